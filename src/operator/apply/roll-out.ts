import { agentPodState, isReady, type KubePod } from '../gather/agent-pods.js';
import { REVISION_LABEL } from '../decide/daemon-set.js';
import type { NodeFacts } from '../decide/types.js';

export type RollOutInput = Readonly<{
  pods: readonly KubePod[];
  /** How many there should be, as the DaemonSet controller has counted. */
  desired: number;
  /** What pods are to be made from now. */
  revision: string;
  nodes: readonly NodeFacts[];
  /** Nodes that hold addresses. */
  holders: ReadonlySet<string>;
}>;

/**
 * The outdated pod to replace now; null: there is none, or another one has to become ready first. One at a time, so that
 * there are Backups to hand addresses to, and holders last, so that addresses move once at most. Nodes that are not Ready
 * hold nobody up: what is on them changes when they come back.
 */
export function nextToReplace({ pods, desired, revision, nodes, holders }: RollOutInput): KubePod | null {
  const ready = new Set(nodes.filter((node) => node.ready).map(({ name }) => name));
  const reachable = pods.filter(({ spec }) => ready.has(spec?.nodeName ?? ''));
  const outdated = reachable.filter((pod) => !isLeaving(pod) && !isOf(pod, revision));
  // Whoever does not run cannot lose anything.
  const broken = outdated.find((pod) => agentPodState(pod) === 'Failing');
  if (broken !== undefined) return broken;
  // The one that takes the last one's place is not there yet.
  if (pods.length < desired) return null;
  if (reachable.some((pod) => isLeaving(pod) || !isReady(pod))) return null;
  const held = (pod: KubePod): number => Number(holders.has(pod.spec?.nodeName ?? ''));
  return outdated.toSorted((a, b) => held(a) - held(b))[0] ?? null;
}

const isLeaving = ({ metadata }: KubePod): boolean => metadata?.deletionTimestamp !== undefined;

const isOf = ({ metadata }: KubePod, revision: string): boolean =>
  metadata?.labels?.[REVISION_LABEL] === revision;
