import type { Tally } from './measure/requests.js';
import type { Point } from './measure/slope.js';
import type { Size } from './workload.js';

/* What comes out. Times are seconds, memory is MiB. */

/** How it went until all VirtualIPs were Ready. */
export type ApplyFigures = Readonly<{
  size: Size;
  /** From the first create to the answer to the last one. */
  created: number;
  /** Until all VirtualRouters were written, from the first create. */
  written: number;
  /** Until all VirtualIPs were Ready, from the first create. */
  ready: number;
  /** Processor time, until then. */
  cpu: Readonly<{ operator: number; apiServer: number }>;
  /** The most until then. */
  peak: number;
  /** Of the operator. */
  requests: Tally;
  /** Requests of the operator that were refused for the moment, or failed in the server. */
  refused: number;
  /** Requests of the operator that got no answer. */
  unanswered: number;
  /** VirtualRouters that were written more than once. */
  again: Tally;
  /** Reports of agents that were written; writes of theirs that failed and were made again. */
  reports: Readonly<{ written: number; failed: number }>;
  /** Bytes that each agent watched. */
  watched: readonly number[];
  /** What is wrong afterwards; empty: nothing is. */
  problems: readonly string[];
}>;

/** While nothing changes. */
export type SteadyFigures = Readonly<{
  seconds: number;
  /** Of the operator. */
  requests: Tally;
  /** Writes of the operator that change nothing, in words. */
  needless: readonly string[];
  /** Reports of all agents. */
  reports: number;
  watched: readonly number[];
  cpuPercent: number;
  rss: number;
  heapUsed: number;
}>;

export type SoakFigures = Readonly<{
  seconds: number;
  /** Of these the first so many are for warming up, and do not count. */
  warmUp: number;
  changes: Tally;
  cpuPercent: number;
  peak: number;
  rss: readonly Point[];
  heapUsed: readonly Point[];
  problems: readonly string[];
}>;

export type ScaleFigures = Readonly<{
  tenth: Readonly<{ apply: ApplyFigures; steady: SteadyFigures }> | null;
  apply: ApplyFigures;
  steady: SteadyFigures;
  soak: SoakFigures | null;
  throttled: ApplyFigures | null;
  restarted: ApplyFigures | null;
}>;

/** What is to be reached, with so many VirtualIPs and nodes. */
export const TARGETS = { written: 30, peak: 300, needless: 0, size: 1_000 } as const;

export const allProblems = ({ tenth, apply, soak, throttled, restarted }: ScaleFigures): readonly string[] =>
  [tenth?.apply, apply, soak, throttled, restarted].flatMap((one) => one?.problems ?? []);
