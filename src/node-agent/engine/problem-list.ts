import { type Micros, fromSeconds } from '../../values/time.js';
import type { Problem } from '../ipc/messages.js';

/** A finding about a peer is shown for this long after it was last made. */
const SHOWN_FOR = fromSeconds(60);
/** Of the same code: anybody on the segment can have a finding made about a sender, or about a thousand of them. */
const MOST_OF_A_KIND = 8;

/** Findings that pass when they are no longer made; the same finding about the same thing is one. */
export class ProblemList {
  readonly #problems = new Map<string, Readonly<{ problem: Problem; at: Micros }>>();

  #revision = 0;

  get isEmpty(): boolean {
    return this.#problems.size === 0;
  }

  add(problem: Problem, now: Micros): void {
    const key = keyOf(problem);
    if (!this.#problems.has(key) && this.#count(problem.code) >= MOST_OF_A_KIND) return;
    if (!this.#problems.has(key)) this.#revision++;
    this.#problems.set(key, { problem, at: now });
  }

  /** Takes back what has turned out not to be so. */
  withdraw(code: string): void {
    if (this.isEmpty) return;
    for (const [key, { problem }] of this.#problems) if (problem.code === code) this.#delete(key);
  }

  /** Takes back what is so no longer. */
  remove(problem: Problem): void {
    this.#delete(keyOf(problem));
  }

  #count(code: string): number {
    return Array.from(this.#problems.values()).filter(({ problem }) => problem.code === code).length;
  }

  #delete(key: string): void {
    if (this.#problems.delete(key)) this.#revision++;
  }

  #expire(now: Micros): void {
    if (this.isEmpty) return;
    for (const [key, { at }] of this.#problems) if (now - at > SHOWN_FOR) this.#delete(key);
  }

  /** Another number whenever {@link current} gives something else than before. */
  revision(now: Micros): number {
    this.#expire(now);
    return this.#revision;
  }

  current(now: Micros): readonly Problem[] {
    this.#expire(now);
    return Array.from(this.#problems.values(), ({ problem }) => problem);
  }
}

const keyOf = ({ code, message }: Problem): string => `${code} ${message}`;
