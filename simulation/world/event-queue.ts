import type { Micros } from '../../src/values/time.js';

type Entry = Readonly<{ at: Micros; order: number; act: () => void }>;

/** What is going to happen, by time; of what happens at the same time, what was put in first comes first. */
export class EventQueue {
  readonly #heap: Entry[] = [];
  #order = 0;

  /** When the next one happens; null: nothing will. */
  get next(): Micros | null {
    return this.#heap[0]?.at ?? null;
  }

  put(at: Micros, act: () => void): void {
    const entry: Entry = { at, order: this.#order++, act };
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(entry, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  /** Takes the next one out. */
  take(): (() => void) | null {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (heap.length > 0) this.#sink(last);
    return first.act;
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let below = heap[child];
      if (below === undefined) break;
      const other = heap[child + 1];
      if (other !== undefined && isBefore(other, below)) {
        child++;
        below = other;
      }
      if (!isBefore(below, entry)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = entry;
  }
}

const isBefore = (one: Entry, other: Entry): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);
