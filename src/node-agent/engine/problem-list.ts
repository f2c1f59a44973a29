import { type Micros, fromSeconds } from '../../values/time.js';
import type { Problem } from '../ipc/messages.js';

/** A finding about a peer is shown for this long after it was last made. */
const SHOWN_FOR = fromSeconds(60);
/** Of the same code: anybody on the segment can have a finding made about a sender, or about a thousand of them. */
const MOST_OF_A_KIND = 8;

/** Findings that pass when they are no longer made; the same finding about the same thing is one. */
export class ProblemList {
  readonly #problems = new Map<string, Readonly<{ problem: Problem; at: Micros }>>();

  get isEmpty(): boolean {
    return this.#problems.size === 0;
  }

  add(problem: Problem, now: Micros): void {
    const key = keyOf(problem);
    if (!this.#problems.has(key) && this.#count(problem.code) >= MOST_OF_A_KIND) return;
    this.#problems.set(key, { problem, at: now });
  }

  /** Takes back what has turned out not to be so. */
  withdraw(code: string): void {
    for (const [key, { problem }] of this.#problems) if (problem.code === code) this.#problems.delete(key);
  }

  /** Takes back what is so no longer. */
  remove(problem: Problem): void {
    this.#problems.delete(keyOf(problem));
  }

  #count(code: string): number {
    return Array.from(this.#problems.values()).filter(({ problem }) => problem.code === code).length;
  }

  current(now: Micros): readonly Problem[] {
    for (const [key, { at }] of this.#problems) if (now - at > SHOWN_FOR) this.#problems.delete(key);
    return Array.from(this.#problems.values(), ({ problem }) => problem);
  }
}

const keyOf = ({ code, message }: Problem): string => `${code} ${message}`;
