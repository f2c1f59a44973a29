import { setMaxListeners } from 'node:events';

import { type Clock, pause, systemClock } from '../clock.js';
import { KubeApiError } from '../kube/ports.js';
import { remedyFor } from '../kube/remedy.js';
import type { Log } from '../log.js';
import { NO_OBSERVER, type Observer, type ReconcileOutcome } from '../observer.js';
import type { WorkQueue } from './work-queue.js';

/** What came of looking at one name. */
export type Outcome =
  /** All is as it should be, until somebody says otherwise. */
  | Readonly<{ kind: 'done' }>
  /** All is well for so many milliseconds, then it is to be looked at again. */
  | Readonly<{ kind: 'after'; delay: number }>
  /** Not finished, and no error of ours: again soon, later each time. */
  | Readonly<{ kind: 'retry'; because: string }>;

export const DONE: Outcome = { kind: 'done' };
export const after = (delay: number): Outcome => ({ kind: 'after', delay });
export const retry = (because: string): Outcome => ({ kind: 'retry', because });

/** Brings the world to where it should be for one name. What it throws counts as failed, and is tried again. */
export type Reconcile = (name: string, signal: AbortSignal) => Promise<Outcome>;

export type ControllerOptions = Readonly<{
  queue: WorkQueue;
  reconcile: Reconcile;
  /** How many names are worked on at the same time. Default: 1. */
  workers?: number;
  log: Log;
  clock?: Clock;
  observer?: Observer;
  /** Milliseconds that work which has begun is given to finish when the program stops; then its signal is aborted. */
  drain?: number;
}>;

const DRAIN = 5_000;

/** Takes names from a queue and reconciles them. One name is never worked on twice at the same time. */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #clock: Clock;
  readonly #observer: Observer;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#observer = options.observer ?? NO_OBSERVER;
  }

  /**
   * Works until `signal` is aborted; then takes nothing new, waits for what has begun, and resolves. Closes the queue.
   * Never rejects.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { queue, workers = 1, drain = DRAIN } = this.#options;
    const abandon = new AbortController();
    // Each request of each worker listens to it: many workers are no leak, of which Node.js would warn.
    setMaxListeners(0, abandon.signal);
    const stop = (): void => queue.close();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const working = Promise.all(Array.from({ length: workers }, () => this.#work(abandon.signal)));
    await Promise.race([working, aborted(signal)]);
    const finished = new AbortController();
    await Promise.race([working, pause(this.#clock, drain, finished.signal)]);
    finished.abort();
    abandon.abort();
  }

  async #work(signal: AbortSignal): Promise<void> {
    const { queue } = this.#options;
    for (let name = await queue.take(); name !== null; name = await queue.take()) {
      await this.#reconcile(name, signal);
      queue.done(name);
    }
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<void> {
    const { queue, reconcile } = this.#options;
    const startedAt = this.#clock.now();
    let outcome: ReconcileOutcome;
    try {
      const result = await reconcile(name, signal);
      outcome = result.kind;
      this.#schedule(name, result);
    } catch (error) {
      outcome = 'failed';
      this.#failed(name, error);
    }
    this.#observer.reconciled(queue.name, outcome, (this.#clock.now() - startedAt) / 1_000);
  }

  #schedule(name: string, outcome: Outcome): void {
    const { queue, log } = this.#options;
    if (outcome.kind === 'retry') {
      log.debug('Not finished', {
        queue: queue.name,
        name,
        because: outcome.because,
        again: queue.retry(name),
      });
      return;
    }
    queue.forget(name);
    if (outcome.kind === 'after') queue.addAfter(name, outcome.delay);
  }

  #failed(name: string, error: unknown): void {
    const { queue, log } = this.#options;
    const askedFor = error instanceof KubeApiError ? (error.retryAfter ?? 0) : 0;
    const unanswered = error instanceof KubeApiError && error.status === 0;
    const delay = queue.retry(name, { atLeast: askedFor * 1_000, unanswered });
    const remedy = error instanceof KubeApiError ? remedyFor(error) : null;
    const fields = {
      ...{ queue: queue.name, name, error, again: Math.round(delay) },
      ...(remedy === null ? {} : { remedy }),
    };
    // Somebody else was faster: the next attempt sees what he did.
    if (error instanceof KubeApiError && error.reason === 'Conflict') log.debug('Changed meanwhile', fields);
    else log.warn('Failed; trying again', fields);
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
