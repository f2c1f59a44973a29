import type { Problem, VrrpStatus } from '../ipc/messages.js';

/** What became of the configuration: files, or in a cluster the VirtualRouters of this node. */
export type ConfigurationView = Readonly<{
  /** Where what runs comes from; null: nothing runs yet. */
  source: ConfigurationSource | null;
  /** Wall clock of the last acceptance, milliseconds since the epoch; null: none was since this process started. */
  acceptedAt: number | null;
  accepted: number;
  refused: number;
  /** What is wrong with the configuration as it is now; empty when it is what runs. */
  problems: readonly string[];
  /** Keys of the routers that are to run. */
  routerKeys: readonly string[];
}>;

/** The second of each pair: what an earlier run of the agent kept of the first. */
export type ConfigurationSource = 'files' | 'lastAccepted' | 'virtualRouters' | 'lastKnown';

/** How the agent gets along with the API server. */
export type ClusterView = Readonly<{
  /** What is watched, by plural: whether it is up to date now, and how many objects there are. */
  watches: readonly Readonly<{ resource: string; synced: boolean; current: boolean; objects: number }>[];
  requests: readonly Readonly<{ verb: string; resource: string; code: string; count: number }>[];
  watchRestarts: readonly Readonly<{ resource: string; reason: string; count: number }>[];
  reports: Readonly<{
    written: number;
    failed: number;
    /** Milliseconds since the last one was written; null: none was. */
    age: number | null;
  }>;
}>;

export type ProbeView = Readonly<{
  routerKey: string;
  id: string;
  /** null: no result yet. */
  up: boolean | null;
  message: string;
  /** How long the last attempt took, in seconds; null: none has ended. */
  duration: number | null;
  successes: number;
  failures: number;
}>;

/** Everything that can be asked about the agent from outside, as plain data at one moment. */
export type AgentView = Readonly<{
  nodeName: string;
  program: Readonly<{ version: string; nodeVersion: string }>;
  /** The last report of the VRRP process; null before the first one. */
  status: VrrpStatus | null;
  /** How long ago it came, milliseconds. */
  statusAge: number | null;
  stopping: boolean;
  configuration: ConfigurationView;
  probes: readonly ProbeView[];
  /** null: there is no cluster. */
  cluster: ClusterView | null;
  control: Readonly<{
    pid: number;
    /** How often this process was started again. */
    restarts: number;
    /** Messages from the VRRP process that made no sense. */
    malformedMessages: number;
    /** What is wrong in this process: a port in use, a recording that cannot be written. */
    problems: readonly Problem[];
  }>;
}>;
