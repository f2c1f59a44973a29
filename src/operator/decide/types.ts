import type { ObjectMeta, VirtualIP, VirtualIPStatus } from '../../api/v1alpha1/virtual-ip.js';
import type { VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import type { Reason } from '../../api/v1alpha1/reasons.js';
import type { IpAddress } from '../../values/ip-address.js';

/*
 * What the operator's decisions are made from, and what comes out of them. Everything here is plain data: gather/ fills it
 * in from the caches, apply/ carries it out.
 */

/** A node, as far as it matters. */
export type NodeFacts = Readonly<{
  name: string;
  labels: Readonly<Record<string, string>>;
  /** spec.unschedulable. */
  cordoned: boolean;
  /** Its Ready condition. False and unknown are alike. */
  ready: boolean;
  /** metadata.deletionTimestamp is set. */
  leaving: boolean;
  /** InternalIP addresses, in the order of the node's status. */
  addresses: readonly string[];
}>;

/** What one VirtualIP may get in the way of others with: claim.ts makes it. */
export type Claim = Readonly<{
  virtualIP: string;
  /** By age, then by name: who was first keeps what two want. RFC 3339. */
  creationTimestamp: string;
  /** What it wants; null while its spec cannot be used. */
  wanted: ClaimedThings | null;
  /** What its VirtualRouters have. Differs from what it wants while an edit is refused or not yet applied. */
  running: ClaimedThings | null;
}>;

export type ClaimedThings = Readonly<{
  /** null: whichever is free. */
  vrid: number | null;
  /** Where; null: on any interface. */
  interfaces: readonly string[] | null;
  addresses: readonly IpAddress[];
}>;

/**
 * When the operator saw an agent say something, by the operator's monotonic clock in milliseconds. There is one for each
 * entry that has changed since the operator began to watch.
 */
export type Observation = Readonly<{
  /** When the entry last changed in any way. */
  heardAt: number;
  /** When its `state` or `since` last changed; null: it was in that state when the operator began to watch. */
  stateSeenAt: number | null;
}>;

/** Everything that is decided about one VirtualIP. */
export type Input = Readonly<{
  virtualIP: VirtualIP;
  /** Its VirtualRouters that exist now. */
  virtualRouters: readonly VirtualRouter[];
  /** Every node of the cluster. */
  nodes: readonly NodeFacts[];
  /**
   * Of all VirtualIPs; its own does no harm. Must tell what has just been applied, even if the cache does not: else two
   * VirtualIPs get the same free VRID.
   */
  claims: readonly Claim[];
  /** By VirtualRouter name and node: `NAME/NODE`. */
  observations: ReadonlyMap<string, Observation>;
  /**
   * When an entry of a node's agent last changed, in whichever VirtualRouter: node → monotonic milliseconds. Nodes whose
   * agents have said nothing since the operator began to watch are not in it.
   */
  agentHeardAt: ReadonlyMap<string, number>;
  /**
   * Milliseconds from one heartbeat to the next of the agents that VirtualRouters name, by node (heartbeat.ts). A node that is not in
   * it is in none but this VirtualIP's.
   */
  heartbeats: ReadonlyMap<string, number>;
  /**
   * How many VirtualIPs wait for their first VirtualRouters, and milliseconds, as far as can be foreseen, until all have some and until
   * it is told who is Active in those that were made before this one. Nothing, if this one has some.
   */
  backlog: Readonly<{ waiting: number; untilWritten: number; untilTold: number }>;
  /** When the operator's caches were complete, by its monotonic clock. */
  watchingSince: number;
  /** The password's Secret: true when it exists and its entry is a legal password; a sentence otherwise; null: none needed. */
  password: true | string | null;
  /** Whether the agents' pods run on these nodes; null: not known. */
  agentPods: ReadonlyMap<string, 'Running' | 'Pending' | 'Failing'> | null;
  /** `monotonic` stands still while the operator cannot hear anybody: all times of observations are by that clock. */
  now: Readonly<{ monotonic: number; wall: Date }>;
}>;

/** What is to be done about one VirtualIP. */
export type Decision = Readonly<{
  /** Whole objects for server-side apply: those that differ from what exists, or are new. */
  apply: readonly VirtualRouter[];
  /** Names of VirtualRouters that are not wanted any more. */
  remove: readonly string[];
  /**
   * Entries of `status.members` that nobody will ever write again, because their nodes are no more: to be taken away by an
   * apply in the name of that node's agent.
   */
  forget: readonly Readonly<{ virtualRouter: string; node: string }>[];
  /** The whole status, equal to the present one (also in its times) when nothing has changed. */
  status: VirtualIPStatus;
  events: readonly EventToTell[];
  /**
   * Look again after this many milliseconds even if nothing happens, e.g. when an entry grows stale; null: no need. Also look
   * again when another VirtualIP or its VirtualRouters change and this one is refused for a conflict.
   */
  recheckAfter: number | null;
}>;

export type EventToTell = Readonly<{ type: 'Normal' | 'Warning'; reason: Reason; message: string }>;

/** What the operator runs the agents with; from its configuration file. */
export type AgentSettings = Readonly<{
  image: string;
  imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  imagePullSecrets: readonly string[];
  /** The operator's namespace, which is the agents' as well. */
  namespace: string;
  daemonSetName: string;
  serviceAccountName: string;
  /** The Secret with the passwords for the agents. */
  secretName: string;
  /** Adds SYS_NICE, for real-time scheduling. */
  realtime: boolean;
  priorityClassName: string | null;
  resources: Readonly<Record<string, unknown>>;
  tolerations: readonly Readonly<Record<string, unknown>>[];
  podLabels: Readonly<Record<string, string>>;
  podAnnotations: Readonly<Record<string, string>>;
  /** Where the agent keeps its last known configuration, on the node. */
  stateDir: string;
  /** HTTP of the agent: `ADDRESS:PORT`, or `off`. */
  http: string;
  logFormat: 'text' | 'json';
  logLevel: 'debug' | 'info' | 'warn' | 'error';
  terminationGracePeriodSeconds: number;
  /** More environment variables of the container, e.g. where the API server is. */
  env: Readonly<Record<string, string>>;
  extraArgs: readonly string[];
}>;

/** What is decided about the agents' DaemonSet from. */
export type AgentsInput = Readonly<{
  /** All there are: as long as one exists, its members have something to run, or to end in good order. */
  virtualRouters: readonly VirtualRouter[];
  settings: AgentSettings;
  /** The DaemonSet that exists now. */
  existing: DaemonSet | null;
  /** The agents' ServiceAccount, so that the agents go with the installation; null: it may not be read. */
  owner: OwnerReference | null;
  /** What came of the last apply; null: there was none since the operator began to lead. */
  answered: AppliedAgents | null;
}>;

/** What was applied, and what the API server made of it. */
export type AppliedAgents = Readonly<{
  hash: string;
  uid: string | undefined;
  generation: number | undefined;
}>;

/** `apply` by server-side apply when it is not null; `remove` when nothing needs agents any more. */
export type AgentsDecision = Readonly<{ apply: DaemonSet | null; remove: boolean }>;

export type OwnerReference = NonNullable<ObjectMeta['ownerReferences']>[number];

/** As much of a DaemonSet as we look at. */
export type DaemonSet = Readonly<{
  apiVersion: 'apps/v1';
  kind: 'DaemonSet';
  metadata: ObjectMeta;
  spec: Readonly<Record<string, unknown>>;
}>;
