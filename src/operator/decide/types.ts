import type { DefaultedVirtualIP, VirtualIP, VirtualIPStatus } from '../../api/v1alpha1/virtual-ip.js';
import type { VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import type { Reason } from '../../api/v1alpha1/reasons.js';
import type { Finding } from '../../api/v1alpha1/finding.js';

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

/** A VirtualIP other than the one that is decided about: what it may get in the way with. */
export type Claim = Readonly<{
  virtualIP: string;
  /** By age, then by name: who was first keeps what two want. RFC 3339. */
  creationTimestamp: string;
  /** What it wants, and what its VirtualRouters have. They differ while an edit is refused or not yet applied. */
  wanted: ClaimedThings;
  running: ClaimedThings | null;
}>;

export type ClaimedThings = Readonly<{
  /** null: whichever is free. */
  vrid: number | null;
  interface: string | null;
  /** As written: ADDRESS or ADDRESS/LENGTH. */
  addresses: readonly string[];
}>;

/** When the operator saw an agent say something, by the operator's monotonic clock in milliseconds. */
export type Observation = Readonly<{
  /** When the entry last changed in any way. */
  heardAt: number;
  /** When the entry last changed its state. */
  stateSeenAt: number;
}>;

/** Everything that is decided about one VirtualIP. */
export type Input = Readonly<{
  virtualIP: VirtualIP;
  /** Its VirtualRouters that exist now. */
  virtualRouters: readonly VirtualRouter[];
  /** Every node of the cluster. */
  nodes: readonly NodeFacts[];
  /** Of all other VirtualIPs. */
  claims: readonly Claim[];
  /** By VirtualRouter name and node: `NAME/NODE`. */
  observations: ReadonlyMap<string, Observation>;
  /** When anything was last heard from a node's agent, in whichever VirtualRouter: node → monotonic milliseconds. */
  agentHeardAt: ReadonlyMap<string, number>;
  /** The password's Secret: true when it exists and its entry is a legal password; a sentence otherwise; null: none needed. */
  password: true | string | null;
  /** Whether the agents' pods run on these nodes; null: not known. */
  agentPods: ReadonlyMap<string, 'Running' | 'Pending' | 'Failing'> | null;
  now: Readonly<{ monotonic: number; wall: Date }>;
}>;

/** What is to be done about one VirtualIP. */
export type Decision = Readonly<{
  /** Whole objects for server-side apply: those that differ from what exists, or are new. */
  apply: readonly VirtualRouter[];
  /** Names of VirtualRouters that are not wanted any more. */
  remove: readonly string[];
  /** The whole status, equal to the present one (also in its times) when nothing has changed. */
  status: VirtualIPStatus;
  events: readonly EventToTell[];
  /** Look again after this many milliseconds even if nothing happens, e.g. when an entry grows stale; null: no need. */
  recheckAfter: number | null;
}>;

export type EventToTell = Readonly<{ type: 'Normal' | 'Warning'; reason: Reason; message: string }>;

/** The outcome of admission by the rules that both operator and agent have. */
export type Admission = Readonly<{
  problems: readonly Finding[];
  warnings: readonly Finding[];
  accepted: DefaultedVirtualIP | null;
}>;

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
  extraArgs: readonly string[];
}>;
