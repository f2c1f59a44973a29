import { backoffDelay } from '../backoff.js';
import { type Clock, systemClock } from '../clock.js';
import { NO_OBSERVER, type Observer } from '../observer.js';
import { TokenBucket } from '../token-bucket.js';

export type WorkQueueOptions = Readonly<{
  /** For metrics. */
  name: string;
  clock?: Clock;
  observer?: Observer;
  /** Milliseconds: the first and the longest delay of one name's retries. */
  retryDelay?: Readonly<{ first: number; longest: number }>;
  /** Over all names: retries per second, and how many may come at once. */
  retryRate?: Readonly<{ perSecond: number; burst: number }>;
  /** What comes before the others, asked whenever a name is added. Default: nothing does. */
  isUrgent?: (name: string) => boolean;
  /** In [0, 1). Default: Math.random. */
  random?: () => number;
}>;

/** Of four names that are handed out one is not urgent, if there is any: nobody waits for ever. */
const MOST_URGENT_IN_A_ROW = 3;
/** Not longer: somebody who has mended what stood in the way, a role for example, waits for it to go on. */
const RETRY_DELAY = { first: 5, longest: 30_000 };
/** So that a thousand objects that fail together are all tried again within seconds, and the server is not flooded. */
const RETRY_RATE = { perSecond: 100, burst: 200 };

/** Milliseconds between attempts while the server does not answer, at most: what is said first after an outage counts. */
const LONGEST_UNANSWERED = 5_000;

/** In a row. What a server did not answer says nothing about the name: the first failure after an outage counts as the first. */
type Failures = Readonly<{ answered: number; unanswered: number }>;
const NO_FAILURES: Failures = { answered: 0, unanswered: 0 };

/**
 * Names of what has to be looked at. A name is in it once, however often it was added, and is handed out to one worker
 * at a time: what is added while it is being worked on comes again afterwards.
 */
export class WorkQueue {
  readonly name: string;
  readonly #clock: Clock;
  readonly #observer: Observer;
  readonly #retryDelay: Readonly<{ first: number; longest: number; random: () => number }>;
  readonly #bucket: TokenBucket;
  readonly #isUrgent: (name: string) => boolean;
  /** Each in the order in which they are handed out. */
  readonly #urgent = new Set<string>();
  readonly #waiting = new Set<string>();
  #urgentInARow = 0;
  readonly #working = new Set<string>();
  /** Added while being worked on. */
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, { readonly at: number; readonly cancel: () => void }>();
  readonly #failures = new Map<string, Failures>();
  #takers: ((name: string | null) => void)[] = [];
  #closed = false;

  constructor(options: WorkQueueOptions) {
    const { name, clock = systemClock, observer = NO_OBSERVER, random = Math.random } = options;
    const { retryDelay = RETRY_DELAY, retryRate = RETRY_RATE, isUrgent = () => false } = options;
    this.name = name;
    this.#isUrgent = isUrgent;
    this.#clock = clock;
    this.#observer = observer;
    this.#retryDelay = { ...retryDelay, random };
    this.#bucket = new TokenBucket(retryRate, clock.now());
  }

  /** How many names could be taken now. */
  get depth(): number {
    return this.#urgent.size + this.#waiting.size;
  }

  /** How many of them are urgent. */
  get urgentDepth(): number {
    return this.#urgent.size;
  }

  /** As soon as a worker is free. */
  add(name: string): void {
    if (this.#closed) return;
    this.#cancelTimer(name);
    if (this.#working.has(name)) this.#again.add(name);
    else if (this.#isUrgent(name)) {
      this.#waiting.delete(name);
      this.#urgent.add(name);
    } else if (!this.#urgent.has(name)) this.#waiting.add(name);
    this.#handOut();
  }

  /** Not before so many milliseconds; of several such wishes the earliest counts. */
  addAfter(name: string, delay: number): void {
    if (delay <= 0) this.add(name);
    if (delay <= 0 || this.#closed || this.#waiting.has(name) || this.#urgent.has(name)) return;
    const at = this.#clock.now() + delay;
    if ((this.#timers.get(name)?.at ?? Infinity) <= at) return;
    this.#cancelTimer(name);
    const cancel = this.#clock.after(delay, () => {
      this.#timers.delete(name);
      this.add(name);
    });
    this.#timers.set(name, { at, cancel });
  }

  /**
   * It failed: again after a while, longer each time until {@link forget}, and after `atLeast` milliseconds. `unanswered`: for want of a
   * server, so that it is not long before it is asked again. Returns the milliseconds.
   */
  retry(name: string, { atLeast = 0, unanswered = false } = {}): number {
    const kind = unanswered ? 'unanswered' : 'answered';
    const failures = this.#failures.get(name) ?? NO_FAILURES;
    this.#failures.set(name, { ...failures, [kind]: failures[kind] + 1 });
    const longest = Math.min(this.#retryDelay.longest, unanswered ? LONGEST_UNANSWERED : Infinity);
    const ownTurn = backoffDelay(failures[kind], { ...this.#retryDelay, longest });
    const delay = Math.max(atLeast, ownTurn, this.#bucket.reserve(this.#clock.now()));
    this.addAfter(name, delay);
    return delay;
  }

  /** It worked: the next failure counts as the first. */
  forget(name: string): void {
    this.#failures.delete(name);
  }

  /** The next name, as soon as there is one; null once the queue is closed. Whoever takes a name calls {@link done}. */
  take(): Promise<string | null> {
    return new Promise((resolve) => {
      if (this.#closed) {
        resolve(null);
        return;
      }
      this.#takers.push(resolve);
      this.#handOut();
    });
  }

  done(name: string): void {
    this.#working.delete(name);
    if (this.#again.delete(name)) this.add(name);
  }

  /** Hands out nothing any more, and forgets what waits. */
  close(): void {
    this.#closed = true;
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#urgent.clear();
    this.#waiting.clear();
    this.#again.clear();
    for (const resolve of this.#takers) resolve(null);
    this.#takers = [];
    this.#observer.queueDepth(this.name, 0);
  }

  #handOut(): void {
    while (this.#takers.length > 0 && this.depth > 0) {
      const name = this.#next();
      this.#working.add(name);
      this.#takers.shift()?.(name);
    }
    this.#observer.queueDepth(this.name, this.depth);
  }

  /** Only while something waits. */
  #next(): string {
    const others = this.#waiting.size > 0 && this.#urgentInARow >= MOST_URGENT_IN_A_ROW;
    const urgent = this.#urgent.size > 0 && !others;
    this.#urgentInARow = urgent ? this.#urgentInARow + 1 : 0;
    const from = urgent ? this.#urgent : this.#waiting;
    const [name = ''] = from;
    from.delete(name);
    return name;
  }

  #cancelTimer(name: string): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
  }
}
