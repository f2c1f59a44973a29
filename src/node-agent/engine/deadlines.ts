import type { Micros } from '../../values/time.js';

type Entry<Sleeper> = { readonly sleeper: Sleeper; at: Micros; place: number };

/**
 * Who wants to be woken when. A binary heap: to find the next of a thousand, or to move one of them, takes no longer than with ten, and
 * every advert moves one.
 */
export class Deadlines<Sleeper> {
  readonly #heap: Entry<Sleeper>[] = [];
  readonly #entries = new Map<Sleeper, Entry<Sleeper>>();

  /** The next deadline; null: there is none. */
  get earliest(): Micros | null {
    return this.#heap[0]?.at ?? null;
  }

  /** `at` replaces what was set for this one before; null: it is not to be woken. */
  set(sleeper: Sleeper, at: Micros | null): void {
    const entry = this.#entries.get(sleeper);
    if (at === null) {
      if (entry !== undefined) this.#remove(entry);
      return;
    }
    if (entry === undefined) this.#add({ sleeper, at, place: this.#heap.length });
    else if (entry.at !== at) {
      entry.at = at;
      this.#settle(entry);
    }
  }

  /** All whose deadline is not after `now`, the earliest first; they stay until they are set anew. */
  due(now: Micros): readonly Sleeper[] {
    const found: Entry<Sleeper>[] = [];
    this.#anyFrom(0, now, (entry) => {
      found.push(entry);
      return false;
    });
    if (found.length > 1) found.sort((one, other) => one.at - other.at);
    return found.map(({ sleeper }) => sleeper);
  }

  /** Whether `is` holds for one of those whose deadline is not after `now`. */
  anyDue(now: Micros, is: (sleeper: Sleeper) => boolean): boolean {
    return this.#anyFrom(0, now, ({ sleeper }) => is(sleeper));
  }

  #anyFrom(place: number, now: Micros, is: (entry: Entry<Sleeper>) => boolean): boolean {
    const entry = this.#heap[place];
    // What is below an entry that is not due is not due either.
    if (entry === undefined || entry.at > now) return false;
    return is(entry) || this.#anyFrom(2 * place + 1, now, is) || this.#anyFrom(2 * place + 2, now, is);
  }

  #add(entry: Entry<Sleeper>): void {
    this.#entries.set(entry.sleeper, entry);
    this.#heap.push(entry);
    this.#settle(entry);
  }

  #remove(entry: Entry<Sleeper>): void {
    this.#entries.delete(entry.sleeper);
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#put(last, entry.place);
    this.#settle(last);
  }

  /** Moves an entry up or down to where it belongs. */
  #settle(entry: Entry<Sleeper>): void {
    this.#rise(entry);
    this.#sink(entry);
  }

  #rise(entry: Entry<Sleeper>): void {
    while (entry.place > 0) {
      const above = this.#heap[(entry.place - 1) >> 1];
      if (above === undefined || above.at <= entry.at) return;
      this.#swap(entry, above);
    }
  }

  #sink(entry: Entry<Sleeper>): void {
    for (;;) {
      const left = this.#heap[2 * entry.place + 1];
      const right = this.#heap[2 * entry.place + 2];
      const below = right !== undefined && left !== undefined && right.at < left.at ? right : left;
      if (below === undefined || below.at >= entry.at) return;
      this.#swap(entry, below);
    }
  }

  #swap(one: Entry<Sleeper>, other: Entry<Sleeper>): void {
    const place = one.place;
    this.#put(one, other.place);
    this.#put(other, place);
  }

  #put(entry: Entry<Sleeper>, place: number): void {
    entry.place = place;
    this.#heap[place] = entry;
  }
}
