import type { KubeObject } from '../../platform/kube/ports.js';
import type { Input } from '../decide/types.js';

type ContainerStatus = Readonly<{
  state?: Readonly<{ waiting?: Readonly<{ reason?: string }>; terminated?: object }>;
  restartCount?: number;
}>;

/** As much of a Pod as is read. */
export type KubePod = KubeObject &
  Readonly<{
    spec?: Readonly<{ nodeName?: string }>;
    status?: Readonly<{
      phase?: string;
      containerStatuses?: readonly ContainerStatus[];
      conditions?: readonly Readonly<{ type: string; status: string }>[];
    }>;
  }>;

export type AgentPodState = 'Running' | 'Pending' | 'Failing';

/** What a kubelet waits for on its way to a running container; whatever else it says needs somebody's help. */
const ON_ITS_WAY = new Set(['ContainerCreating', 'PodInitializing']);
const BEST_FIRST: readonly AgentPodState[] = ['Running', 'Pending', 'Failing'];

/** What each node's agent is doing; during an update the old pod of a node and its new one count as the better of them. */
export function agentPodsByNode(pods: readonly KubePod[]): NonNullable<Input['agentPods']> {
  const states = new Map<string, AgentPodState>();
  for (const pod of pods) {
    const node = pod.spec?.nodeName;
    if (node === undefined) continue;
    const known = states.get(node);
    const state = agentPodState(pod);
    if (known === undefined || BEST_FIRST.indexOf(state) < BEST_FIRST.indexOf(known)) states.set(node, state);
  }
  return states;
}

export function agentPodState({ status }: KubePod): AgentPodState {
  const inContainer = containerState(status?.containerStatuses?.[0]);
  if (status?.phase === 'Failed' || inContainer === 'Failing') return 'Failing';
  return status?.phase === 'Running' ? inContainer : 'Pending';
}

function containerState(status: ContainerStatus | undefined): AgentPodState {
  const { waiting, terminated } = status?.state ?? {};
  if (terminated !== undefined) return 'Failing';
  if (waiting === undefined) return 'Running';
  return ON_ITS_WAY.has(waiting.reason ?? '') ? 'Pending' : 'Failing';
}

export const isReady = ({ status }: KubePod): boolean =>
  status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false;

/** The Pod without what nobody asks for. */
export const slimPod = ({ metadata = {}, spec, status }: KubePod): KubePod => ({
  metadata: present({
    name: metadata.name,
    namespace: metadata.namespace,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    labels: metadata.labels,
    deletionTimestamp: metadata.deletionTimestamp,
  }),
  spec: present({ nodeName: spec?.nodeName }),
  status: {
    ...present({ phase: status?.phase }),
    containerStatuses: (status?.containerStatuses ?? []).map(({ state, restartCount }) =>
      present({ state, restartCount }),
    ),
    conditions: (status?.conditions ?? [])
      .filter(({ type }) => type === 'Ready')
      .map((each) => ({ type: each.type, status: each.status })),
  },
});

type Present<T> = { readonly [Key in keyof T]?: Exclude<T[Key], undefined> };

const present = <T extends object>(fields: T): Present<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
