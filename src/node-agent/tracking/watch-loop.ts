import type { Verdict } from './rise-fall.js';

/** How one tracked object is doing. */
export type TrackedState = Readonly<{
  verdict: Verdict;
  /** What is known of it, in a few words. */
  message: string;
  /** How long the last attempt took, in seconds; null: none has ended, or none is made. */
  duration: number | null;
  successes: number;
  failures: number;
}>;

/** Follows one tracked object for as long as it is started. */
export interface WatchLoop {
  readonly state: TrackedState;
  start(): void;
  /** Nothing is told after this. */
  close(): void;
}

/** Makes the loop for a method; `verdictChanged` is called when the verdict changes, the first one included. */
export type MakeLoop<Method> = (method: Method, verdictChanged: (state: TrackedState) => void) => WatchLoop;
