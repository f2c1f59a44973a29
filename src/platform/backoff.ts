export type BackoffOptions = Readonly<{
  /** Milliseconds. */
  first: number;
  /** Milliseconds: the delays double up to this. */
  longest: number;
  /** By which part of the delay it may be shorter, by chance: 0 to 1. Default: a half. */
  spread?: number;
  /** In [0, 1). Default: Math.random. */
  random?: () => number;
}>;

/**
 * How long to wait before the next attempt: twice as long each time, and by chance up to half less (or `spread`), so that a thousand
 * clients of a server that comes back do not all come at once.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #attempts = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Milliseconds. */
  next(): number {
    const delay = backoffDelay(this.#attempts, this.#options);
    this.#attempts += 1;
    return delay;
  }

  /** It worked: the next delay is a short one again. */
  reset(): void {
    this.#attempts = 0;
  }
}

/** Milliseconds to wait after so many failures before; see {@link Backoff}. */
export function backoffDelay(
  failures: number,
  { first, longest, spread = 0.5, random = Math.random }: BackoffOptions,
): number {
  const delay = Math.min(longest, first * 2 ** Math.min(failures, 40));
  return delay * (1 - random() * spread);
}
