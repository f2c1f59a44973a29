/*
 * Chance without state. Every draw is a function of the seed and of what is decided: the fourth datagram from one host to another
 * meets the same delay whatever else happens. So a schedule from which something was taken away still resembles itself,
 * which is what makes shrinking work.
 */

/** A number from 0 to 1, 1 excluded, that depends on these integers alone. */
export function chance(seed: number, a: number, b = 0, c = 0): number {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  mixed = stir(mixed, a);
  mixed = stir(mixed, b);
  mixed = stir(mixed, c);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}

function stir(mixed: number, value: number): number {
  // Times in microseconds exceed 32 bits.
  const folded = (value | 0) ^ Math.imul((value / 2 ** 32) | 0, 0x27d4eb2f);
  const next = Math.imul(mixed ^ folded, 0xcc9e2d51);
  return Math.imul((next << 15) | (next >>> 17), 0x1b873593);
}

/** Draws one after another, for making up a schedule. */
export class Dice {
  #draws = 0;

  constructor(private readonly seed: number) {}

  /** From 0 to 1, 1 excluded. */
  fraction(): number {
    return chance(this.seed, this.#draws++, 0x5eed);
  }

  /** Whether something of this probability happens. */
  happens(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** A whole number of the range, both ends included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.fraction() * (to - from + 1));
  }

  pick<T>(of: readonly [T, ...T[]]): T {
    return of[this.whole(0, of.length - 1)] ?? of[0];
  }

  /** Each with its own weight. */
  weighted<T>(of: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.fraction() * of.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of of) {
      left -= weight;
      if (left < 0) return value;
    }
    const last = of.at(-1);
    if (last === undefined) throw new RangeError('nothing to pick from');
    return last[1];
  }

  /** So many different ones, in their order. */
  some<T>(count: number, of: readonly T[]): readonly T[] {
    const left = of.map((value, index) => ({ value, index, rank: this.fraction() }));
    return left
      .sort((one, other) => one.rank - other.rank)
      .slice(0, count)
      .sort((one, other) => one.index - other.index)
      .map(({ value }) => value);
  }
}
