import type { Micros } from '../../values/time.js';
import type { InterfaceAddress, Link } from './ports.js';
import { heldBy } from './router-status.js';
import type { VirtualRouter } from './virtual-router.js';

type Held = Pick<VirtualRouter, 'prefixes' | 'seat'> &
  Readonly<{ present: readonly InterfaceAddress[]; text: string }>;

/**
 * What the other process knows of the routers, so that it is told only what is new to it. Counters do not count: a Backup that hears
 * an advert each second has nothing to tell. Whoever wants them asks for everything.
 */
export class ToldStatuses {
  readonly #told = new Map<string, readonly unknown[]>();
  readonly #seen = new Set<string>();
  /** Of the router that is asked about; used again for each. */
  readonly #marks: unknown[] = [];
  readonly #held = new WeakMap<VirtualRouter, Held>();
  #whole = true;

  /** The other process knows nothing, or wants to know everything anew. */
  forget(): void {
    this.#told.clear();
    this.#whole = true;
  }

  /** Whether the router's status differs from what was told; from now on it is told. */
  isNews(
    router: VirtualRouter,
    present: readonly InterfaceAddress[],
    links: readonly Link[],
    now: Micros,
  ): boolean {
    const { key } = router;
    this.#seen.add(key);
    const marks = this.#marks;
    writeMarks(marks, router, now, this.#heldBy(router, present), links);
    if (sameMarks(this.#told.get(key), marks)) return false;
    this.#told.set(key, [...marks]);
    return true;
  }

  /** As text. Worked out anew when any of what it follows from is another one. */
  #heldBy(router: VirtualRouter, present: readonly InterfaceAddress[]): string {
    const { prefixes, seat } = router;
    const known = this.#held.get(router);
    if (known?.present === present && known.prefixes === prefixes && known.seat === seat) return known.text;
    const text = heldBy(router, present).join();
    this.#held.set(router, { present, prefixes, seat, text });
    return text;
  }

  /** After every router was asked about: which are there no more, and whether all that is told is all there is. */
  close(): Readonly<{ whole: boolean; gone: readonly string[] }> {
    const whole = this.#whole;
    this.#whole = false;
    const gone = [...this.#told.keys()].filter((key) => !this.#seen.has(key));
    for (const key of gone) this.#told.delete(key);
    this.#seen.clear();
    return { whole, gone };
  }
}

/** Everything that router-status.ts reads, apart from the counters. What is an object here is replaced when it changes. */
function writeMarks(
  marks: unknown[],
  router: VirtualRouter,
  now: Micros,
  held: string,
  links: readonly Link[],
): void {
  const { state } = router;
  const active = state.name === 'Backup' ? state.active : null;
  marks.length = 0;
  marks.push(router, router.spec, router.prefixes, router.seat, router.obstacle, router.trackers);
  marks.push(state.name, state.priority, state.source, active?.source, active?.priority);
  marks.push(router.because, router.since, router.transitionCount, router.takeover.count);
  marks.push(router.addressReinstalls, router.problems.revision(now), held, links);
}

function sameMarks(known: readonly unknown[] | undefined, marks: readonly unknown[]): boolean {
  return known?.every((mark, index) => mark === marks[index]) === true;
}
