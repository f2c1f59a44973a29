/** What is left of a long job, by what its parts took so far. It begins when it is made. */
export class Progress {
  readonly #startedAt = performance.now();
  #done = 0;
  #expectedDone = 0;

  /** `expected`: milliseconds for all parts together. */
  constructor(
    private readonly total: number,
    private readonly expected: number,
  ) {}

  /** What there is to do. */
  get text(): string {
    return `${String(this.total)} runs, about ${timeText(this.expected)}`;
  }

  /** One part is finished, of which `expected` was expected. Returns what to print before its result. */
  finished(expected: number): string {
    this.#done++;
    this.#expectedDone += expected;
    const elapsed = performance.now() - this.#startedAt;
    const left = (elapsed / this.#expectedDone) * (this.expected - this.#expectedDone);
    const width = String(this.total).length;
    return `[${String(this.#done).padStart(width)}/${String(this.total)}, ${timeText(left)} left]`;
  }
}

/** `45 s`, `12 min`. */
export function timeText(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  return seconds < 100 ? `${String(seconds)} s` : `${String(Math.round(seconds / 60))} min`;
}
