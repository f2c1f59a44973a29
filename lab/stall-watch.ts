import { cpus } from 'node:os';
import { Worker } from 'node:worker_threads';

import { typeScriptThread } from './typescript-thread.js';

/** Stalls that are remembered; older ones are overwritten. */
export const KEPT = 512;

/** Plain data for the thread. */
export type StallRecord = Readonly<{
  /** The processor that it watches, from zero. */
  processor: number;
  /** Int32: how many stalls there were. */
  count: SharedArrayBuffer;
  /** Float64: by turns when a stall ended, wall-clock milliseconds, and how long it was. */
  stalls: SharedArrayBuffer;
}>;

/** A thread costs some MiB; a machine of more processors hardly runs out of them. */
const MOST_PROCESSORS = 8;

/**
 * Notices when this machine stands still: on each processor a thread of real-time priority that wants to run each few milliseconds tells
 * how late it was. A virtual machine may lose one processor for a second while the others go on, and who waits there waits as long.
 * What measures milliseconds on a shared machine can tell its own faults from those of the machine by it.
 */
export class StallWatch {
  readonly #records: readonly Readonly<{ count: Int32Array; stalls: Float64Array }>[];

  private constructor(records: readonly StallRecord[]) {
    this.#records = records.map(({ count, stalls }) => ({
      count: new Int32Array(count),
      stalls: new Float64Array(stalls),
    }));
  }

  /** Watches until the process ends, which it does not hold up. */
  static async start(): Promise<StallWatch> {
    const processors = cpus().slice(0, MOST_PROCESSORS);
    return new StallWatch(await Promise.all(processors.map((_, processor) => startThread(processor))));
  }

  /** The longest stall of any processor since `since`, wall-clock milliseconds, in milliseconds. */
  longest(since: number): number {
    let most = 0;
    for (const { count, stalls } of this.#records) {
      const kept = Math.min(Atomics.load(count, 0), KEPT);
      for (let index = 0; index < kept; index++)
        if ((stalls[2 * index] ?? 0) >= since) most = Math.max(most, stalls[2 * index + 1] ?? 0);
    }
    return most;
  }
}

async function startThread(processor: number): Promise<StallRecord> {
  const record = {
    processor,
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
  return record;
}

let only: Promise<StallWatch> | null = null;

/** The one of this process. */
export const stallWatch = (): Promise<StallWatch> => (only ??= StallWatch.start());
