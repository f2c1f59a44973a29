import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/platform/clock.js';

type Alarm = { readonly at: number; readonly callback: () => void };

/** A clock that stands still until it is told to advance. Milliseconds. */
export class ManualClock implements Clock {
  #now = 1_000;
  readonly #alarms = new Set<Alarm>();

  now(): number {
    return this.#now;
  }

  wallClock(): number {
    return Date.UTC(2026, 0, 1) + this.#now;
  }

  after(delay: number, callback: () => void): () => void {
    const alarm = { at: this.#now + Math.max(0, delay), callback };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** Milliseconds until the next alarm, or null when none is set. */
  get next(): number | null {
    const [first] = this.#due(Infinity);
    return first === undefined ? null : first.at - this.#now;
  }

  /** Lets so many milliseconds pass. What becomes due on the way happens, with all that follows at once from it. */
  async advance(duration: number): Promise<void> {
    const end = this.#now + duration;
    await settled();
    for (let [alarm] = this.#due(end); alarm !== undefined; [alarm] = this.#due(end)) {
      this.#now = Math.max(this.#now, alarm.at);
      this.#alarms.delete(alarm);
      alarm.callback();
      await settled();
    }
    this.#now = end;
  }

  #due(end: number): readonly Alarm[] {
    return [...this.#alarms].filter(({ at }) => at <= end).sort((left, right) => left.at - right.at);
  }
}

/** Until all that is already resolved has been acted upon; of what waits for sockets or timers nothing. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await setImmediate();
}
