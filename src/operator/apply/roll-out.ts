import { agentPodState, isReady, type KubePod } from '../gather/agent-pods.js';
import { REVISION_LABEL } from '../decide/daemon-set.js';
import type { NodeFacts } from '../decide/types.js';
import { enumerate } from '../decide/wording.js';

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
  /** Nodes where the agent was not ready before it was replaced either: it is not the new one's fault. */
  brokenBefore: ReadonlySet<string>;
}>;

/**
 * Milliseconds that an agent of the present revision is given to become ready. When more have done so than not, one whose interface
 * is missing, say, does not keep the others from being replaced; else it is the version, and all addresses would be at stake.
 */
const PATIENCE = 60_000;

/** What is to be done about outdated agents now. `stuck`: it needs somebody's help. */
export type RollOutStep =
  | Readonly<{ kind: 'done' }>
  | Readonly<{ kind: 'replace'; pod: KubePod }>
  | Readonly<{ kind: 'wait'; because: string; stuck: boolean }>;

/**
 * Which outdated pod to replace now, or what has to happen first. One at a time, so that
 * there are Backups to hand addresses to, and holders last, so that addresses move once at most. Nodes that are not Ready
 * hold nobody up: what is on them changes when they come back.
 */
export function rollOutStep(input: RollOutInput): RollOutStep {
  const { pods, revision, nodes, holders, brokenBefore } = input;
  if (!pods.some((pod) => !isOf(pod, revision))) return { kind: 'done' };
  const ready = new Set(nodes.filter((node) => node.ready).map(({ name }) => name));
  const reachable = pods.filter((pod) => ready.has(nodeOf(pod)));
  const outdated = reachable.filter((pod) => !isLeaving(pod) && !isOf(pod, revision));
  // Whoever does not run cannot lose anything.
  const broken = outdated.find((pod) => agentPodState(pod) === 'Failing');
  if (broken !== undefined) return { kind: 'replace', pod: broken };
  const waiting = waitsFor(input, reachable);
  if (waiting !== null) return waiting;
  const replaced = reachable.filter((pod) => isOf(pod, revision) && !brokenBefore.has(nodeOf(pod)));
  const failing = replaced.filter((pod) => !isReady(pod));
  if (failing.length > replaced.length - failing.length)
    return stuck(`agents of the new version do not become ready on ${nodesOf(failing)}`);
  // Those that are not ready come late: what the new version is worth shows on the others.
  const cost = (pod: KubePod): number => 2 * Number(holders.has(nodeOf(pod))) + Number(!isReady(pod));
  const [pod] = outdated.toSorted((a, b) => cost(a) - cost(b));
  return pod === undefined
    ? wait(
        `the nodes of the outdated agents are not Ready: ${nodesOf(pods.filter((each) => !isOf(each, revision)))}`,
      )
    : { kind: 'replace', pod };
}

function waitsFor(
  { pods, desired, sinceLast }: RollOutInput,
  reachable: readonly KubePod[],
): RollOutStep | null {
  // The one that takes the last one's place is not there yet.
  if (pods.length < desired)
    return wait(
      `${String(pods.length)} of ${String(desired)} agents are there; see the events of the DaemonSet`,
    );
  const leaving = reachable.filter(isLeaving);
  if (leaving.length > 0) return wait(`the agent is still ending on ${nodesOf(leaving)}`);
  const unready = reachable.filter((pod) => !isReady(pod));
  return sinceLast < PATIENCE && unready.length > 0
    ? wait(`the agent is not ready yet on ${nodesOf(unready)}`)
    : null;
}

const wait = (because: string): RollOutStep => ({ kind: 'wait', because, stuck: false });
const stuck = (because: string): RollOutStep => ({ kind: 'wait', because, stuck: true });

const nodeOf = ({ spec }: KubePod): string => spec?.nodeName ?? '';
const nodesOf = (pods: readonly KubePod[]): string => enumerate(pods.map(nodeOf).sort());

const isLeaving = ({ metadata }: KubePod): boolean => metadata?.deletionTimestamp !== undefined;

const isOf = ({ metadata }: KubePod, revision: string): boolean =>
  metadata?.labels?.[REVISION_LABEL] === revision;
