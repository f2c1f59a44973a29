import { type Micros, after, fromMillis, fromSeconds, micros } from '../../values/time.js';
import { canHearLater } from '../vrrp/router.js';
import type { RouterState } from '../vrrp/state.js';

/** What is read: all sockets together. */
export type Readable<Router> = Readonly<{
  /** Everything but adverts for these routers and resignations may wait for `drain`; null: nothing waits. */
  heed(isUrgent: ((router: Router) => boolean) | null): void;
  /** Reads what waits; false: there may be more. */
  drain(): boolean;
}>;

/** The longest pause, as a share of the shortest interval. */
export const LONGEST_PAUSE = 1 / 10;
/** Read together in about 0.3 ms: that is how much a deadline may have to wait. */
const MOST_ADVERTS = 32;
/** The alarm that ends a pause costs as much as some adverts. */
const SHORTEST_PAUSE: Micros = fromMillis(2);
const FEWEST_ADVERTS = 4;

/** Adverts for the router may not wait. */
const AT_ONCE: Micros = micros(0);
/** None are expected: the router does not take part. */
const NEVER: Micros = micros(Number.MAX_SAFE_INTEGER);

/** `interval`: how often adverts are expected that may wait. */
type Known = Readonly<{ interval: Micros; seat: unknown }>;

/**
 * Hundreds of Backups hear hundreds of adverts a second that change nothing, one by one. Read together after a pause, they cost less than half.
 * What is urgent does not wait, and before anybody draws a conclusion from silence, everything is read.
 */
export class UnhurriedReading<Router extends Readonly<{ state: RouterState; seat: unknown }>> {
  readonly #known = new Map<Router, Known>();
  #changed = false;
  /** The pause, and when it ends; null: everything is read when it comes in. */
  #pausing: Readonly<{ pause: Micros; until: Micros }> | null = null;

  /** `fewest`: how many adverts a pause must bring together on average. */
  constructor(
    private readonly sockets: Readable<Router>,
    private readonly fewest = FEWEST_ADVERTS,
  ) {}

  /** Whether there is something for {@link adjust} to act upon. */
  get changed(): boolean {
    return this.#changed;
  }

  /** When {@link read} is to be called; null: never. */
  get dueAt(): Micros | null {
    return this.#pausing?.until ?? null;
  }

  /** To be told of each router, and each time that its state or its seat may be another one. */
  note(router: Router): void {
    const { seat } = router;
    const interval = intervalOf(router.state);
    const known = this.#known.get(router);
    if (known?.interval === interval && known.seat === seat) return;
    this.#known.set(router, { interval, seat });
    this.#changed = true;
  }

  forget(router: Router): void {
    if (this.#known.delete(router)) this.#changed = true;
  }

  /** Acts upon what was noted: other things may be urgent now, and pauses may be longer or shorter. */
  adjust(now: Micros): void {
    this.#changed = false;
    const pause = this.#pause();
    if (pause === null && this.#pausing === null) return;
    this.sockets.heed(
      pause === null ? null : (router) => (this.#known.get(router)?.interval ?? AT_ONCE) === AT_ONCE,
    );
    // What has become urgent may be waiting already.
    this.#pausing = pause === null ? null : { pause, until: now };
  }

  /** Reads when the pause is over. What is more than can be read in one go is left for the next turn. */
  read(now: Micros): void {
    if (this.#pausing === null || now < this.#pausing.until) return;
    const { pause } = this.#pausing;
    this.#pausing = { pause, until: after(now, pause) };
    if (!this.sockets.drain()) this.#endPause(now);
  }

  /** What was read may have changed the pause, or ended it for good. */
  #endPause(now: Micros): void {
    if (this.#pausing !== null) this.#pausing = { ...this.#pausing, until: now };
  }

  #pause(): Micros | null {
    let shortest = NEVER;
    let perSecond = 0;
    for (const { interval } of this.#known.values()) {
      if (interval === AT_ONCE || interval === NEVER) continue;
      if (interval < shortest) shortest = interval;
      perSecond += fromSeconds(1) / interval;
    }
    if (shortest === NEVER) return null;
    const longest = longestPause(shortest);
    if (perSecond * longest < this.fewest * fromSeconds(1)) return null;
    const filled = fromSeconds(MOST_ADVERTS / perSecond);
    return micros(Math.max(SHORTEST_PAUSE, Math.min(longest, filled)));
  }
}

const longestPause = (interval: Micros): Micros => micros(interval * LONGEST_PAUSE);

function intervalOf(state: RouterState): Micros {
  if (!canHearLater(state)) return AT_ONCE;
  if (state.name === 'Initialize') return NEVER;
  return longestPause(state.activeAdverInterval) < SHORTEST_PAUSE ? AT_ONCE : state.activeAdverInterval;
}
