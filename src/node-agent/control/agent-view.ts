import type { Problem, VrrpStatus } from '../ipc/messages.js';

/** What became of the configuration files. */
export type ConfigurationView = Readonly<{
  /** What runs: the files, what was accepted from them by an earlier run of the agent, or nothing (null) yet. */
  source: 'files' | 'lastAccepted' | null;
  /** Wall clock of the last acceptance, milliseconds since the epoch; null: none was since this process started. */
  acceptedAt: number | null;
  accepted: number;
  refused: number;
  /** What is wrong with the files as they are now; empty when they are what runs. */
  problems: readonly string[];
  /** Keys of the routers that are to run. */
  routerKeys: readonly string[];
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
