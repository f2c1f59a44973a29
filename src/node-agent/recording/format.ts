import type { Micros } from '../../values/time.js';
import type { Effect } from '../vrrp/effect.js';
import type { RouterEvent } from '../vrrp/event.js';
import type { RouterState } from '../vrrp/state.js';

/*
 * A recording is what happened to virtual routers and what they did about it, as lines of JSON: one header, then for
 * each router a `router` line with the state it was in, then a `step` line for each event. Everything a router knows
 * is in these lines, deadlines included, so the same code run again must come to the same result.
 *
 * A file may hold several recordings, one after the other; each begins with its header. `n` counts the lines of one
 * recording from 0, so lines that were lost can be told from lines that never were.
 */

export const FORMAT = 'kube-vrrp-recording';
export const VERSION = 1;

export type HeaderLine = Readonly<{
  n: 0;
  format: typeof FORMAT;
  version: typeof VERSION;
  /** Name of the node. */
  node: string;
  /** Version of kube-vrrp that made it. */
  program: string;
  /** Wall clock at `at`, ISO 8601. */
  time: string;
  /** Microseconds of the monotonic clock, as everywhere below. */
  at: Micros;
}>;

/** A router as it was when the recording, or the router, began. Replaces what was known under this key. */
export type RouterLine = Readonly<{ n: number; type: 'router'; at: Micros; key: string; state: RouterState }>;

export type StepLine = Readonly<{
  n: number;
  type: 'step';
  at: Micros;
  key: string;
  event: RouterEvent;
  effects: readonly Effect[];
  after: Snapshot;
}>;

export type RecordedLine = HeaderLine | RouterLine | StepLine;

/** A state without its configuration, which only changes by a `configSet` event. */
export type Snapshot = DistributiveOmit<RouterState, 'config'>;

type DistributiveOmit<Type, Key extends PropertyKey> = Type extends unknown ? Omit<Type, Key> : never;

export function snapshotOf({ config: _, ...rest }: RouterState): Snapshot {
  return rest;
}
