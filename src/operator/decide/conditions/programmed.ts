import { silences } from '../silence.js';
import { type NodeView, type Situation, hasReported, isSpeaking } from '../situation.js';
import { isBackup } from './redundant.js';
import { enumerate, sentence, sentences } from '../wording.js';
import type { Claimed } from './claimed.js';

/**
 * Whether the agents run what the operator wants. A node that is neither heard nor Ready is not waited for: it reads what is
 * wanted when it comes back.
 */
export function programmed(situation: Situation): Claimed {
  const { plan, nodes, routers, input } = situation;
  const no = (reason: Claimed['reason'], message: string): Claimed => ({
    type: 'Programmed',
    status: 'False',
    reason,
    message,
  });
  if (!plan.admission.accepted)
    return no('NotAccepted', 'The spec is refused, see Accepted; the agents do not know it.');
  if (routers.some(({ generation }) => generation === null))
    return no('Pending', 'The agents are about to be told.');
  if (nodes.length === 0) return no('NoMembers', 'There is no node to run it, see Ready.');
  const absent = nodes.filter((node) => !isSpeaking(node) && node.facts?.ready !== true);
  const awaited = nodes.filter((node) => !absent.includes(node));
  const missing = awaited.filter((node) => !hasReported(node));
  const behind = awaited.filter((node) => hasReported(node) && !isCurrent(node));
  const excused =
    absent.length === 0 ? [] : [`${enumerate(names(absent))}: not heard and not Ready; not waited for.`];
  const kept = keptSentences(situation);
  if (kept.length === 0 && missing.length === 0 && behind.length === 0)
    return {
      type: 'Programmed',
      status: 'True',
      reason: 'Programmed',
      message: sentences(['All agents run what is wanted.', ...excused]),
    };
  return no(
    kept.length > 0 ? 'NodesKept' : missing.length > 0 ? 'AgentsMissing' : 'Pending',
    sentences([
      ...kept,
      ...silences(missing, input.agentPods).map(({ names: who, why }) =>
        sentence(`${who}: no report yet, ${why}`),
      ),
      ...(behind.length === 0
        ? []
        : [
            sentence(
              `${enumerate(names(behind))} ${behind.length === 1 ? 'runs' : 'run'} an earlier configuration still`,
            ),
          ]),
      ...excused,
    ]),
  );
}

/** Who takes part although it is not wanted any more, and what that waits for. */
function keptSentences({ plan, nodes }: Situation): readonly string[] {
  const kept = plan.placement?.kept ?? [];
  if (kept.length === 0) return [];
  const one = kept.length === 1;
  const wanted = nodes.filter(({ name }) => !kept.includes(name));
  const what = `${enumerate(kept)} ${one ? 'is' : 'are'} not selected any more and ${one ? 'takes' : 'take'} part until a selected node holds the addresses`;
  if (wanted.length === 0)
    return [
      `${what}, and no selected node is Ready.`,
      'Compare spec.nodeSelector with `kubectl get nodes --show-labels`.',
    ];
  return wanted.some(isBackup)
    ? [`${what}, which ${enumerate(names(wanted.filter(isBackup)))} can take over now.`]
    : [`${what}; none of ${enumerate(names(wanted))} is ready to take over.`];
}

const names = (nodes: readonly NodeView[]): readonly string[] => nodes.map(({ name }) => name).sort();

const isCurrent = ({ parts }: NodeView): boolean =>
  parts.every(({ router, member }) => member.entry?.observedGeneration === router.generation);
