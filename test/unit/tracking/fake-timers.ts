import type { Timers } from '../../../src/node-agent/tracking/probe-loop.js';

type Waiting = { at: number; callback: () => void };

/** Timers whose time passes by command. */
export class FakeTimers implements Timers {
  #now = 0;
  readonly #waiting = new Set<Waiting>();

  now(): number {
    return this.#now;
  }

  at(time: number, callback: () => void): () => void {
    const entry = { at: time, callback };
    this.#waiting.add(entry);
    return () => void this.#waiting.delete(entry);
  }

  /** Fires what is due on the way, in order, and lets promises settle after each. */
  async advanceTo(time: number): Promise<void> {
    await settled();
    for (;;) {
      const [next] = [...this.#waiting].sort((a, b) => a.at - b.at);
      if (next === undefined || next.at > time) break;
      this.#waiting.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await settled();
    }
    this.#now = time;
    await settled();
  }

  get waiting(): number {
    return this.#waiting.size;
  }
}

/** Resolves when all promises that could go on have. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
