import { agentPodState, isReady, isSteady, type KubePod } from '../gather/agent-pods.js';
import { REVISION_LABEL } from '../decide/daemon-set.js';
import type { NodeFacts } from '../decide/types.js';

export type RollOutInput = Readonly<{
  pods: readonly KubePod[];
  /** How many there should be, as the DaemonSet controller has counted. */
  desired: number;
  /** What pods are to be made from now. */
  revision: string;
  nodes: readonly NodeFacts[];
  /** Milliseconds since the last one was replaced. */
  sinceLast: number;
  /** Nodes that hold addresses. */
  holders: ReadonlySet<string>;
  /** Nodes where the agent did not run before it was replaced either: it is not the new one's fault. */
  brokenBefore: ReadonlySet<string>;
}>;

/**
 * Milliseconds that an agent of the present revision is given to become ready: one whose interface is missing never
 * does, and must not keep the others from being replaced.
 */
const PATIENCE = 60_000;

/**
 * The outdated pod to replace now; null: there is none, or another one has to become ready first. One at a time, so that
 * there are Backups to hand addresses to, and holders last, so that addresses move once at most. Nodes that are not Ready
 * hold nobody up: what is on them changes when they come back.
 */
export function nextToReplace(input: RollOutInput): KubePod | null {
  const { pods, desired, revision, sinceLast, nodes, holders, brokenBefore } = input;
  const ready = new Set(nodes.filter((node) => node.ready).map(({ name }) => name));
  const reachable = pods.filter(({ spec }) => ready.has(spec?.nodeName ?? ''));
  const outdated = reachable.filter((pod) => !isLeaving(pod) && !isOf(pod, revision));
  // Whoever does not run cannot lose anything.
  const broken = outdated.find((pod) => agentPodState(pod) === 'Failing');
  if (broken !== undefined) return broken;
  // The one that takes the last one's place is not there yet.
  if (pods.length < desired) return null;
  if (reachable.some(isLeaving)) return null;
  if (sinceLast < PATIENCE && reachable.some((pod) => !isReady(pod))) return null;
  const judged = reachable.filter(({ spec }) => !brokenBefore.has(spec?.nodeName ?? ''));
  if (isFailing(judged.filter((pod) => isOf(pod, revision)))) return null;
  const held = (pod: KubePod): number => Number(holders.has(pod.spec?.nodeName ?? ''));
  return outdated.toSorted((a, b) => held(a) - held(b))[0] ?? null;
}

/**
 * Whether what takes the place of outdated agents does not even run, on more nodes than it works on: its image cannot be pulled or
 * crashes, and going on would take the addresses from one node after the other.
 */
const isFailing = (replaced: readonly KubePod[]): boolean =>
  replaced.filter((pod) => !isSteady(pod)).length > replaced.filter(isReady).length;

/** Whether there is something left to do, now or later. */
export const isRollingOut = ({ pods, revision }: Pick<RollOutInput, 'pods' | 'revision'>): boolean =>
  pods.some((pod) => !isOf(pod, revision));

const isLeaving = ({ metadata }: KubePod): boolean => metadata?.deletionTimestamp !== undefined;

const isOf = ({ metadata }: KubePod, revision: string): boolean =>
  metadata?.labels?.[REVISION_LABEL] === revision;
