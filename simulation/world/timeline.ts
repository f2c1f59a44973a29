import type { Micros } from '../../src/values/time.js';

/** What parts of a world know of the whole: the time, what is to come, and chance. */
export interface Timeline {
  readonly now: Micros;
  /** Does `act` after `delay`. */
  after(delay: Micros, act: () => void): void;
  /** From 0 to `longest`, decided by what it is for and by how many draws there were for that before. */
  draw(longest: Micros, purpose: number): Micros;
  /** Somebody holds an address now, or does not any more, or can be heard: what is to hold must be looked at. */
  touched(): void;
}

/** What a draw is for: one row of chance for each host and each of these. */
export const PURPOSE = {
  timer: 0,
  request: 1,
  answer: 2,
  notification: 3,
  lease: 4,
  boot: 5,
  count: 6,
} as const;

/** Came later. It has rows behind those of all hosts, so that a schedule with a seed goes on meaning what it meant. */
const ARRIVALS = 64;

export const purposeOf = (what: Exclude<keyof typeof PURPOSE, 'count'> | 'arrival', host: number): number =>
  what === 'arrival' ? ARRIVALS + host : host * PURPOSE.count + PURPOSE[what];
