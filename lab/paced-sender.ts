import { Worker } from 'node:worker_threads';

import { typeScriptThread } from './typescript-thread.js';

/** What a sender sends; plain data for its thread. */
export type SenderJob = Readonly<{
  namespace: string;
  perSecond: number;
  /** Ethernet frames out of a device, one after the other and round again; or echo requests to an address. */
  what:
    | Readonly<{ kind: 'frames'; device: string; frames: readonly Uint8Array[] }>
    | Readonly<{ kind: 'echo'; family: 'IPv4' | 'IPv6'; destination: Uint8Array; identifier: number }>;
  /** Int32: [0] set to 1 to stop, [1] how many were sent, [2] how many the kernel refused. */
  control: SharedArrayBuffer;
  /** Float64: when number N was sent, wall-clock milliseconds; for echo requests. */
  sentAt: SharedArrayBuffer;
}>;

/**
 * A thread that sends at a steady rate from inside a namespace, undisturbed by what the test's own event loop does.
 */
export class PacedSender {
  readonly #control: Int32Array;
  readonly #sentAt: Float64Array;
  readonly #ended: Promise<void>;

  private constructor(worker: Worker, job: SenderJob) {
    this.#control = new Int32Array(job.control);
    this.#sentAt = new Float64Array(job.sentAt);
    this.#ended = new Promise((resolve, reject) => {
      worker.once('exit', () => resolve());
      worker.once('error', reject);
    });
  }

  /** Resolves when the first one is about to be sent. `capacity`: of how many the time of sending is kept. */
  static async start(job: Omit<SenderJob, 'control' | 'sentAt'>, capacity = 0): Promise<PacedSender> {
    const whole: SenderJob = {
      ...job,
      control: new SharedArrayBuffer(12),
      sentAt: new SharedArrayBuffer(8 * capacity),
    };
    const worker = new Worker(typeScriptThread('./sender-thread.ts', 'runSender'), {
      eval: true,
      execArgv: [],
      workerData: whole,
    });
    const sender = new PacedSender(worker, whole);
    const ready = new Promise<void>((resolve) => worker.once('message', () => resolve()));
    await Promise.race([ready, sender.#ended]);
    return sender;
  }

  get sent(): number {
    return Atomics.load(this.#control, 1);
  }

  /** How many the kernel refused to send. */
  get refused(): number {
    return Atomics.load(this.#control, 2);
  }

  /** When number `index` was sent. */
  sentAt(index: number): number {
    return this.#sentAt[index] ?? Number.NaN;
  }

  async stop(): Promise<void> {
    Atomics.store(this.#control, 0, 1);
    Atomics.notify(this.#control, 0);
    await this.#ended;
  }
}
