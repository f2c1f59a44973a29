import { randomBytes } from 'node:crypto';
import { Backoff } from '../backoff.js';
import { type Clock, pause, systemClock } from '../clock.js';
import type { Log } from '../log.js';
import { NO_OBSERVER, type Observer } from '../observer.js';
import { RateLimit } from '../rate-limit.js';
import { TokenBucket } from '../token-bucket.js';
import {
  type EventObject,
  type Happening,
  type Reporter,
  eventObject,
  happeningKey,
  objectId,
  repeated,
} from './event-object.js';
import { type KubeApi, KubeApiError, type KubeObject } from './ports.js';
import { EVENTS } from './resources.js';

export type EventRecorderOptions = Readonly<{
  api: KubeApi;
  reporter: Reporter;
  log: Log;
  observer?: Observer;
  clock?: Clock;
  /** In [0, 1). Default: Math.random. */
  random?: () => number;
}>;

/** An event that may happen again. */
type Series = {
  readonly event: EventObject;
  count: number;
  lastSeen: number;
  /** Whether it waits to be sent. */
  queued: boolean;
  lastSent: number;
};

/** Milliseconds without a repetition after which the same thing is a new event. */
const SERIES_ENDS_AFTER = 600_000;
/** Milliseconds between two writes of one event that keeps happening. */
const SERIES_INTERVAL = 30_000;
/** Per object, over all its events: so many at once, and one a minute in the long run. */
const PER_OBJECT = { burst: 25, perSecond: 1 / 60 };
/** Events that wait to be sent, and events and objects that are remembered. */
const MOST = 1_000;
const ATTEMPTS = 5;
const BACKOFF = { first: 500, longest: 15_000 };
/** Milliseconds that are left for what waits when the program stops. */
const LAST_WORDS = 2_000;
const COMPLAINT_INTERVAL = 600_000;

/**
 * Tells what happened as Kubernetes Events. Best effort by nature: what happens too often is counted in one event, what
 * is too much is dropped and counted, and whoever records never waits.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #observer: Observer;
  readonly #series = new Map<string, Series>();
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #complaints = new RateLimit({ limit: 1, interval: COMPLAINT_INTERVAL });
  readonly #queue: Series[] = [];
  #wake = (): void => undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#observer = options.observer ?? NO_OBSERVER;
  }

  /** Returns at once and never throws. `regarding` needs its type, name and uid. */
  record(regarding: KubeObject, happening: Happening): void {
    try {
      this.#record(regarding, happening);
    } catch (error) {
      this.#failed(error);
    }
  }

  #record(regarding: KubeObject, happening: Happening): void {
    const now = this.#clock.now();
    const key = happeningKey(regarding, happening);
    const known = this.#series.get(key);
    if (known !== undefined && now - known.lastSeen < SERIES_ENDS_AFTER) {
      known.count += 1;
      known.lastSeen = now;
      this.#enqueue(known);
      return;
    }
    if (!this.#bucketOf(objectId(regarding), now).tryTake(now)) {
      this.#dropped('too many events about one object', { name: regarding.metadata?.name });
      return;
    }
    const at = { wallClock: this.#clock.wallClock(), id: randomBytes(8).toString('hex') };
    const event = eventObject(regarding, happening, this.#options.reporter, at);
    const series = { event, count: 1, lastSeen: now, queued: false, lastSent: -Infinity };
    this.#forgetSome(now);
    if (this.#enqueue(series)) this.#series.set(key, series);
  }

  /** Sends what is recorded until `signal` is aborted, then what still waits, for two seconds at most. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const sent = this.#sendUntil(signal);
    await stopped;
    this.#wake();
    const done = new AbortController();
    await Promise.race([sent, pause(this.#clock, LAST_WORDS, done.signal)]);
    done.abort();
  }

  async #sendUntil(signal: AbortSignal): Promise<void> {
    const isStopped = (): boolean => signal.aborted;
    while (!isStopped()) {
      const next = this.#nextDue();
      if (next === 'nothing') await this.#woken(null, signal);
      else if (typeof next === 'number') await this.#woken(next, signal);
      else await this.#send(next, signal);
    }
    for (const series of this.#queue.splice(0)) await this.#send(series, signal);
  }

  #enqueue(series: Series): boolean {
    if (series.queued) return true;
    if (this.#queue.length >= MOST) {
      this.#dropped('too many events wait to be sent', {});
      return false;
    }

    series.queued = true;
    this.#queue.push(series);
    this.#wake();
    return true;
  }

  /** What to send now, taken from the queue; or how many milliseconds there is nothing to do. */
  #nextDue(): Series | number | 'nothing' {
    const now = this.#clock.now();
    let wait = Infinity;
    for (const [index, series] of this.#queue.entries()) {
      const due = series.lastSent + SERIES_INTERVAL - now;
      if (due <= 0) {
        this.#queue.splice(index, 1);
        return series;
      }
      wait = Math.min(wait, due);
    }
    return wait === Infinity ? 'nothing' : wait;
  }

  async #woken(delay: number | null, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    if (signal.aborted) woken.abort();
    if (delay !== null) await pause(this.#clock, delay, woken.signal);
    else if (!woken.signal.aborted)
      await new Promise<void>((resolve) => {
        woken.signal.addEventListener('abort', () => resolve());
      });
  }

  async #send(series: Series, signal: AbortSignal): Promise<void> {
    const { random = Math.random } = this.#options;
    const backoff = new Backoff({ ...BACKOFF, random });
    Object.assign(series, { queued: false, lastSent: this.#clock.now() });
    for (let left = ATTEMPTS - 1; ; left -= 1)
      try {
        await this.#write(series);
        this.#observer.eventRecorded(series.count > 1 ? 'repeated' : 'created');
        return;
      } catch (error) {
        const retryAfter = worthAnotherAttempt(error);
        if (retryAfter === null || left === 0 || signal.aborted) {
          this.#failed(error);
          return;
        }
        await pause(this.#clock, Math.max(backoff.next(), retryAfter * 1_000), signal);
      }
  }

  /**
   * By server-side apply: an answer that is lost makes no second event, and an event that the server has deleted
   * meanwhile, as it does after an hour, is made anew.
   */
  async #write({ event, count }: Series): Promise<void> {
    const { api, reporter } = this.#options;
    const told = count > 1 ? repeated(event, count, this.#clock.wallClock()) : event;
    await api.apply(EVENTS, told, { fieldManager: reporter.controller, force: true });
  }

  #bucketOf(id: string, now: number): TokenBucket {
    const known = this.#buckets.get(id);
    if (known !== undefined) return known;
    if (this.#buckets.size >= MOST)
      for (const [other, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(other);
    if (this.#buckets.size >= MOST) this.#buckets.clear();
    const bucket = new TokenBucket(PER_OBJECT, now);
    this.#buckets.set(id, bucket);
    return bucket;
  }

  /** Series that have ended; if that is not enough, the oldest ones. */
  #forgetSome(now: number): void {
    if (this.#series.size < MOST) return;
    for (const [key, { lastSeen }] of this.#series)
      if (now - lastSeen >= SERIES_ENDS_AFTER) this.#series.delete(key);
    for (const key of this.#series.keys()) {
      if (this.#series.size < MOST) return;
      this.#series.delete(key);
    }
  }

  #dropped(message: string, fields: Readonly<Record<string, unknown>>): void {
    this.#observer.eventRecorded('dropped');
    if (this.#complaints.admit(message, this.#clock.now()) !== null) this.#options.log.warn(message, fields);
  }

  #failed(error: unknown): void {
    this.#observer.eventRecorded('failed');
    if (this.#complaints.admit('failed', this.#clock.now()) !== null)
      this.#options.log.warn('A Kubernetes Event cannot be written', { error });
  }
}

/** Seconds to wait at least; null: it would be refused again. */
function worthAnotherAttempt(error: unknown): number | null {
  if (!(error instanceof KubeApiError)) return null;
  const isPassing = error.status === 0 || error.status === 429 || error.status >= 500;
  return isPassing ? (error.retryAfter ?? 0) : null;
}
