import type { AddressFamily } from '../../values/ip-address.js';
import type { Priority, Vrid } from '../vrrp/config.js';
import type { StateName } from '../vrrp/effect.js';
import type { RouterSpec, TrackerState } from './router-spec.js';

/*
 * What the two processes of an agent say to each other, as JSON over the channel of child_process.fork.
 * The VRRP process is the parent; it never waits for the other, and bounds what it queues for it.
 */

/** From the control process to the VRRP process. */
export type ToVrrp =
  /** All routers that are to run; the difference to what runs is applied. */
  | Readonly<{
      kind: 'desired';
      routers: readonly RouterSpec[];
      /** Stands for these routers; the status tells which one runs. */
      revision: string;
    }>
  /** The whole list for one router key; what is not in it no longer counts. */
  | Readonly<{ kind: 'trackers'; key: string; trackers: readonly TrackerState[] }>
  /** Tell the whole status now, counters and all. */
  | Readonly<{ kind: 'tellAll' }>
  /** Send a `recorded` message for every event from now on. */
  | Readonly<{ kind: 'record' }>;

/** From the VRRP process to the control process. */
export type ToControl =
  /** At least once a second and right after every transition. */
  | Readonly<{ kind: 'status'; status: StatusReport }>
  | Readonly<{ kind: 'log'; entries: readonly LogEntry[] }>
  /** Lines of a recording, ready to be written; see recording/. */
  | Readonly<{ kind: 'recorded'; lines: readonly string[] }>
  /** The agent is resigning; after this the VRRP process disconnects by itself. */
  | Readonly<{ kind: 'stopping' }>;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** One log line: a constant message, the variable part in fields. */
export type LogEntry = Readonly<{
  level: LogLevel;
  /** Wall clock, milliseconds since the epoch. */
  time: number;
  message: string;
  fields: Readonly<Record<string, unknown>>;
}>;

/** What the other process does not know yet. */
export type StatusReport = VrrpStatus &
  Readonly<{
    /** Whether `routers` are all there are; otherwise those that differ from what was told last, in anything but counters. */
    whole: boolean;
    /** Keys of routers that were told of and are no more. */
    gone: readonly string[];
  }>;

export type VrrpStatus = Readonly<{
  /** Wall clock, milliseconds since the epoch. */
  time: number;
  process: ProcessStatus;
  /** That of the last `desired` message which was carried out; null: there was none yet. */
  revision: string | null;
  routers: readonly RouterStatus[];
}>;

export type ProcessStatus = Readonly<{
  pid: number;
  /** What the kernel granted: e.g. `SCHED_RR 10`, `nice -20`, `normal`. */
  scheduling: string;
  /** How late timers fired, cumulative: counts per upper bound in seconds, the last bound is +Inf (null). */
  lateness: Histogram;
  /** Messages for the control process that were dropped because it did not read. */
  droppedMessages: number;
  /** Received datagrams no router was found for, by reason. */
  unmatched: Readonly<Record<string, number>>;
  /** Findings about the host that an operator should look at. */
  problems: readonly Problem[];
}>;

export type Histogram = Readonly<{
  buckets: readonly Readonly<{ le: number | null; count: number }>[];
  sum: number;
  count: number;
}>;

/** A finding with a stable code, a plain sentence and what to do about it. */
export type Problem = Readonly<{ code: string; message: string; remedy: string }>;

export type RouterStatus = Readonly<{
  key: string;
  virtualIP: string;
  family: AddressFamily;
  vrid: Vrid;
  state: StateName;
  /** Why it is in this state: a TransitionReason. */
  because: string;
  /** Wall clock of the last transition, milliseconds since the epoch. */
  since: number;
  /** The effective priority. */
  priority: Priority;
  basePriority: Priority;
  interface: string | null;
  source: string | null;
  addresses: readonly string[];
  /** Addresses the kernel has on this host right now. */
  held: readonly string[];
  /** The router that is Active, as far as known: our own source when we are. */
  active: Readonly<{ source: string; priority: Priority }> | null;
  /** RFC 6527 counters and ours, as of when the router was told of; names are those of vrrp/statistics.ts. */
  counters: Readonly<Record<string, number>>;
  /** Transitions by `FROM>TO:reason`. */
  transitions: Readonly<Record<string, number>>;
  /** From the deadline that made the router Active to its addresses being installed, in seconds. */
  takeover: Histogram;
  trackers: readonly TrackerState[];
  problems: readonly Problem[];
}>;
