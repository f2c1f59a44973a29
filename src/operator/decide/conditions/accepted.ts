import { findingSentence } from '../admission.js';
import type { Situation } from '../situation.js';
import { sentences } from '../wording.js';
import type { Claimed } from './claimed.js';

export function accepted({ plan, input }: Situation): Claimed {
  const { admission, placement } = plan;
  if (!admission.accepted)
    return {
      type: 'Accepted',
      status: 'False',
      reason: admission.reason,
      message:
        input.virtualRouters.length === 0
          ? admission.message
          : `${admission.message} Until then everything goes on as before.`,
    };
  const idle = (placement?.idleOverrides ?? []).map(
    (index) =>
      `spec.nodes[${String(index)}] is about ${input.virtualIP.spec.nodes?.[index]?.name ?? 'a node'}, which takes no part.`,
  );
  const warnings = [...admission.warnings.map(findingSentence), ...idle];
  return {
    type: 'Accepted',
    status: 'True',
    reason: 'Accepted',
    message: sentences([`The spec makes sense, and VRID ${String(admission.vrid)} is its own.`, ...warnings]),
  };
}
