import { agentNodeTerms } from './agent-nodes.js';
import { agentDaemonSet } from './daemon-set.js';
import { contentHash, covers, sameContent } from './same-content.js';
import type { AgentsDecision, AgentsInput, AppliedAgents, DaemonSet } from './types.js';

/** Of what was applied last. */
const HASH_ANNOTATION = 'kube-vrrp.io/applied';

/** The DaemonSet of the agents: on every node that some VirtualIP wants, and nowhere without one. */
export function decideAgents(input: AgentsInput): AgentsDecision {
  const { existing } = input;
  // Until it is gone, nothing that is applied would last.
  if (existing?.metadata.deletionTimestamp !== undefined) return { apply: null, remove: false };
  const terms = agentNodeTerms(input.virtualRouters);
  if (terms.length === 0) return { apply: null, remove: existing !== null };
  const wanted = withHash(agentDaemonSet(input.settings, terms, input.owner));
  return {
    apply: existing !== null && isUpToDate(wanted, existing, input.answered) ? null : wanted,
    remove: false,
  };
}

const withHash = (daemonSet: DaemonSet): DaemonSet => ({
  ...daemonSet,
  metadata: {
    ...daemonSet.metadata,
    annotations: { ...daemonSet.metadata.annotations, [HASH_ANNOTATION]: contentHash(daemonSet) },
  },
});

/**
 * Also puts right what somebody has changed by hand, but for the resources: the API server may spell them otherwise. What differs
 * in the very answer to an apply is somebody's who changes each of them on its way, a webhook that puts another registry into
 * images for example, and would differ for ever.
 */
const isUpToDate = (wanted: DaemonSet, existing: DaemonSet, answered: AgentsInput['answered']): boolean =>
  covers(existing, wanted, OTHERWISE_SPELT) || sameContent(answered, answerTo(wanted, existing));

/** What to give as `answered` next time. */
export const answerTo = (applied: DaemonSet, { metadata }: DaemonSet): AppliedAgents => ({
  hash: applied.metadata.annotations?.[HASH_ANNOTATION] ?? '',
  uid: metadata.uid,
  generation: metadata.generation,
});

const OTHERWISE_SPELT: ReadonlySet<string> = new Set(['resources']);
