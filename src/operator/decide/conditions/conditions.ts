import type { VirtualIPStatus } from '../../../api/v1alpha1/virtual-ip.js';
import { instant } from '../instant.js';
import type { Situation } from '../situation.js';
import { accepted } from './accepted.js';
import type { Claimed } from './claimed.js';
import { degraded } from './degraded.js';
import { programmed } from './programmed.js';
import { ready } from './ready.js';
import { redundant } from './redundant.js';
import { splitBrain } from './split-brain.js';

export type Condition = NonNullable<VirtualIPStatus['conditions']>[number];

const ALL: readonly ((situation: Situation) => Claimed)[] = [
  accepted,
  programmed,
  ready,
  splitBrain,
  redundant,
  degraded,
];

/** All conditions; `lastTransitionTime` is that of before as long as the status is. */
export function conditions(situation: Situation): readonly Condition[] {
  const { metadata, status } = situation.input.virtualIP;
  const before = new Map((status?.conditions ?? []).map((condition) => [condition.type, condition]));
  return ALL.map((claim) => {
    const claimed = claim(situation);
    const previous = before.get(claimed.type);
    return {
      ...claimed,
      ...(metadata.generation === undefined ? {} : { observedGeneration: metadata.generation }),
      lastTransitionTime:
        previous?.status === claimed.status ? previous.lastTransitionTime : instant(situation.input.now.wall),
    };
  });
}
