export type TokenRate = Readonly<{ perSecond: number; burst: number }>;

/** Lets `burst` things through at once, and `perSecond` in the long run. Reads no clock: times are milliseconds. */
export class TokenBucket {
  readonly #rate: TokenRate;
  /** When the bucket was, or will be, full; everything follows from that one number. */
  #fullAt: number;

  constructor(rate: TokenRate, now: number) {
    this.#rate = rate;
    this.#fullAt = now;
  }

  /** Takes one token, if need be one that does not exist yet. Returns in how many milliseconds it will. */
  reserve(now: number): number {
    this.#fullAt = Math.max(this.#fullAt, now) + this.#interval;
    return Math.max(0, this.#fullAt - now - this.#capacity);
  }

  /** Takes one token if there is one. */
  tryTake(now: number): boolean {
    if (Math.max(this.#fullAt, now) + this.#interval - now > this.#capacity) return false;
    this.#fullAt = Math.max(this.#fullAt, now) + this.#interval;
    return true;
  }

  /** Whether nothing has been taken for so long that forgetting the bucket would make no difference. */
  isFull(now: number): boolean {
    return this.#fullAt <= now;
  }

  get #interval(): number {
    return 1_000 / this.#rate.perSecond;
  }

  get #capacity(): number {
    return this.#rate.burst * this.#interval;
  }
}
