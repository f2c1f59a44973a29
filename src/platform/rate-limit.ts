export type RateLimitOptions = Readonly<{
  /** How many may pass per key in one interval. At least 1. */
  limit: number;
  /** In the unit of the `now` that is passed in. */
  interval: number;
  /** Keys remembered at the same time; what comes beyond shares one key, so that no sender can fill the memory. */
  maxKeys?: number;
}>;

/** What was held back for one key. */
export type Suppressed = Readonly<{ key: string; count: number }>;

type Window = { startedAt: number; passed: number; suppressed: number };

const DEFAULT_MAX_KEYS = 1024;

/** Stands for all the keys there was no room for. */
export const OTHER_KEYS = 'others';

/**
 * Lets at most `limit` things per key and interval pass and counts the rest, e.g. log lines about one peer's bad
 * packets. Reads no clock: time comes in as an argument and only has to be monotonic.
 */
export class RateLimit {
  readonly #windows = new Map<string, Window>();
  readonly #limit: number;
  readonly #interval: number;
  readonly #maxKeys: number;

  constructor({ limit, interval, maxKeys = DEFAULT_MAX_KEYS }: RateLimitOptions) {
    this.#limit = limit;
    this.#interval = interval;
    this.#maxKeys = maxKeys;
  }

  /**
   * null: hold it back. A number: let it pass; so many were held back since the last one of this key passed and have
   * not been told by {@link ended}.
   */
  admit(key: string, now: number): number | null {
    const window = this.#windowOf(key, now);
    if (now - window.startedAt >= this.#interval) {
      window.startedAt = now;
      window.passed = 0;
    }
    if (window.passed >= this.#limit) {
      window.suppressed += 1;
      return null;
    }
    window.passed += 1;
    const held = window.suppressed;
    window.suppressed = 0;
    return held;
  }

  /**
   * Forgets the keys whose interval is over and tells of which of them something was held back. To be called now and
   * then; without it memory stays bounded, but a burst that is over is only told of with the next one.
   */
  ended(now: number): readonly Suppressed[] {
    const told: Suppressed[] = [];
    for (const [key, { startedAt, suppressed }] of this.#windows) {
      if (now - startedAt < this.#interval) continue;
      this.#windows.delete(key);
      if (suppressed > 0) told.push({ key, count: suppressed });
    }
    return told;
  }

  #windowOf(key: string, now: number): Window {
    const known = this.#windows.get(key);
    if (known !== undefined) return known;
    if (this.#windows.size >= this.#maxKeys && key !== OTHER_KEYS) return this.#windowOf(OTHER_KEYS, now);
    const window = { startedAt: now, passed: 0, suppressed: 0 };
    this.#windows.set(key, window);
    return window;
  }
}
