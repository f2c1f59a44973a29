import type { Histogram } from '../ipc/messages.js';

/** Counts durations in buckets with fixed upper bounds. */
export class DurationHistogram {
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  /** `bounds`: upper bounds in seconds, ascending; a last bucket without bound is added. */
  constructor(private readonly bounds: readonly number[]) {
    this.#counts = Array<number>(bounds.length + 1).fill(0);
  }

  observe(seconds: number): void {
    const found = this.bounds.findIndex((bound) => seconds <= bound);
    const index = found < 0 ? this.bounds.length : found;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += seconds;
    this.#count++;
  }

  /** How often something was observed. */
  get count(): number {
    return this.#count;
  }

  /** Cumulative, as Prometheus wants it. */
  snapshot(): Histogram {
    let count = 0;
    const buckets = this.#counts.map((inBucket, index) => {
      count += inBucket;
      return { le: this.bounds[index] ?? null, count };
    });
    return { buckets, sum: this.#sum, count };
  }
}

/** How late a timer fires: microseconds on an idle host with real-time priority, and what an overloaded one makes of it. */
export const LATENESS_BOUNDS: readonly number[] = [
  0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1,
];

/** From the deadline to installed addresses. */
export const TAKEOVER_BOUNDS: readonly number[] = [
  0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
];
