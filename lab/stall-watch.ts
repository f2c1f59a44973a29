import { Worker } from 'node:worker_threads';

import { typeScriptThread } from './typescript-thread.js';

/** Stalls that are remembered; older ones are overwritten. */
export const KEPT = 512;

/** Plain data for the thread. */
export type StallRecord = Readonly<{
  /** Int32: how many stalls there were. */
  count: SharedArrayBuffer;
  /** Float64: by turns when a stall ended, wall-clock milliseconds, and how long it was. */
  stalls: SharedArrayBuffer;
}>;

/**
 * Notices when this machine stands still: a thread of real-time priority that wants to run each few milliseconds tells how late it was.
 * What measures milliseconds on a shared machine can tell its own faults from those of the machine by it.
 */
export class StallWatch {
  readonly #count: Int32Array;
  readonly #stalls: Float64Array;

  private constructor(record: StallRecord) {
    this.#count = new Int32Array(record.count);
    this.#stalls = new Float64Array(record.stalls);
  }

  /** Watches until the process ends, which it does not hold up. */
  static async start(): Promise<StallWatch> {
    const record = {
      count: new SharedArrayBuffer(4),
      stalls: new SharedArrayBuffer(2 * 8 * KEPT),
    };
    const worker = new Worker(typeScriptThread('./stall-thread.ts', 'watchForStalls'), {
      ...{ eval: true, execArgv: [], workerData: record },
    });
    await new Promise<void>((resolve, reject) => {
      worker.once('message', () => resolve());
      worker.once('error', reject);
    });
    worker.unref();
    return new StallWatch(record);
  }

  /** The longest stall since `since`, wall-clock milliseconds, in milliseconds. */
  longest(since: number): number {
    const kept = Math.min(Atomics.load(this.#count, 0), KEPT);
    const stalls = Array.from({ length: kept }, (_, index) => ({
      endedAt: this.#stalls[2 * index] ?? 0,
      length: this.#stalls[2 * index + 1] ?? 0,
    }));
    return stalls.reduce(
      (most, { endedAt, length }) => (endedAt >= since ? Math.max(most, length) : most),
      0,
    );
  }
}

let only: Promise<StallWatch> | null = null;

/** The one of this process. */
export const stallWatch = (): Promise<StallWatch> => (only ??= StallWatch.start());
