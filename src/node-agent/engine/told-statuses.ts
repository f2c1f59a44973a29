import type { Micros } from '../../values/time.js';
import type { InterfaceAddress, Link } from './ports.js';
import { heldBy } from './router-status.js';
import type { VirtualRouter } from './virtual-router.js';

/**
 * What the other process knows of the routers, so that it is told only what is new to it. Counters do not count: a Backup that hears
 * an advert each second has nothing to tell. Whoever wants them asks for everything.
 */
export class ToldStatuses {
  readonly #told = new Map<string, readonly unknown[]>();
  readonly #seen = new Set<string>();
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
    const marks = marksOf(router, present, links, now);
    const known = this.#told.get(key);
    if (known?.every((mark, index) => mark === marks[index]) === true) return false;
    this.#told.set(key, marks);
    return true;
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
function marksOf(
  router: VirtualRouter,
  present: readonly InterfaceAddress[],
  links: readonly Link[],
  now: Micros,
): readonly unknown[] {
  const { state } = router;
  const active = state.name === 'Backup' ? state.active : null;
  return [
    ...[router, router.spec, router.prefixes, router.seat, router.obstacle, router.trackers],
    ...[state.name, state.priority, state.source, active?.source, active?.priority],
    ...[router.because, router.since, router.transitionCount, router.takeover.count],
    ...[router.addressReinstalls, router.problems.revision(now)],
    ...[heldBy(router, present).join(), links],
  ];
}
