import type { Clock } from '../../src/node-agent/engine/ports.js';
import type { Micros } from '../../src/values/time.js';

/** A clock that stands still until it is told to advance. */
export class FakeClock implements Clock {
  #now: number;
  #armed: { at: number; callback: () => void } | null = null;

  constructor(start = 1_000_000) {
    this.#now = start;
  }

  now(): Micros {
    return this.#now as Micros;
  }

  wallClock(): number {
    return 1_700_000_000_000 + this.#now / 1_000;
  }

  arm(deadline: Micros | null, callback: () => void): void {
    this.#armed = deadline === null ? null : { at: deadline, callback };
  }

  /** Lets `duration` microseconds pass, firing what becomes due on the way. */
  advance(duration: number): void {
    const end = this.#now + duration;
    for (let fired = 0; this.#armed !== null && this.#armed.at <= end; fired++) {
      if (fired > 100_000) throw new Error('the timer is armed for the past again and again');
      const { at, callback } = this.#armed;
      this.#armed = null;
      this.#now = Math.max(this.#now, at);
      callback();
    }
    this.#now = end;
  }

  /** Lets `duration` microseconds pass in which nothing runs, as when the process is stopped. */
  freeze(duration: number): void {
    this.#now += duration;
  }
}
