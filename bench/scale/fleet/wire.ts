import type { Clock } from '../../../src/platform/clock.js';

/** What a router says of itself. Times: wall clock, milliseconds since the epoch. */
export type Seat = Readonly<{
  node: string;
  /** The effective one. */
  priority: number;
  state: 'Backup' | 'Active';
  because: string;
  since: number;
}>;

/** Milliseconds between adverts that the VirtualIPs of the bench have. */
const INTERVAL = 1_000;
/** What is left of a priority while something that is tracked has failed. */
const WITHDRAWN = 1;

type Router = { seat: Seat; base: number; withdrawn: boolean; readonly tell: () => void };

/**
 * The election of one virtual router, as far as an API server hears of it: who begins is a Backup, and after the time that RFC 9568
 * makes it wait the one of the highest priority is Active. No packets, and so no mistakes.
 */
export class Wire {
  readonly #routers = new Map<string, Router>();
  #cancel: (() => void) | null = null;

  constructor(private readonly clock: Clock) {}

  get active(): Seat | null {
    return [...this.#routers.values()].find(({ seat }) => seat.state === 'Active')?.seat ?? null;
  }

  seatOf(node: string): Seat | null {
    return this.#routers.get(node)?.seat ?? null;
  }

  /** `tell` is called whenever a seat, or who is Active, is another one than before. */
  join(node: string, priority: number, tell: () => void): void {
    const known = this.#routers.get(node);
    if (known !== undefined) {
      if (known.base === priority) return;
      known.base = priority;
      this.#settle(known);
      return;
    }
    const seat = {
      node,
      priority,
      state: 'Backup',
      because: 'startup',
      since: this.clock.wallClock(),
    } as const;
    this.#routers.set(node, { seat, base: priority, withdrawn: false, tell });
    this.#elect('activeDown');
  }

  leave(node: string): void {
    const wasActive = this.active?.node === node;
    this.#routers.delete(node);
    this.#elect(wasActive ? 'resignation' : 'activeDown');
  }

  /** Something that the Active router tracks has failed, so that another one takes over. Returns its node; null: there is none. */
  withdrawActive(): string | null {
    const node = this.active?.node;
    const router = node === undefined ? undefined : this.#routers.get(node);
    if (router === undefined) return null;
    router.withdrawn = true;
    this.#settle(router);
    return router.seat.node;
  }

  /** What had failed is well again. */
  restore(node: string): void {
    const router = this.#routers.get(node);
    if (router === undefined) return;
    router.withdrawn = false;
    this.#settle(router);
  }

  #settle(router: Router): void {
    router.seat = { ...router.seat, priority: router.withdrawn ? WITHDRAWN : router.base };
    router.tell();
    this.#elect('preemption');
  }

  /** Arms the election when somebody else should be Active than who is. */
  #elect(because: 'activeDown' | 'resignation' | 'preemption'): void {
    this.#cancel?.();
    this.#cancel = null;
    const best = this.#best();
    const { active } = this;
    if (best === null || best.seat.node === active?.node) return;
    if (active !== null && active.priority >= best.seat.priority) return;
    const skew = ((256 - best.seat.priority) / 256) * INTERVAL;
    const wait = active === null && because !== 'resignation' ? 3 * INTERVAL + skew : skew;
    const reason = active === null ? because : 'preemption';
    this.#cancel = this.clock.after(wait, () => {
      this.#cancel = null;
      this.#takeOver(best, reason);
    });
  }

  #best(): Router | null {
    const all = [...this.#routers.values()];
    return all.sort((one, other) => other.seat.priority - one.seat.priority)[0] ?? null;
  }

  #takeOver(winner: Router, because: string): void {
    const since = this.clock.wallClock();
    for (const router of this.#routers.values())
      if (router.seat.state === 'Active')
        router.seat = { ...router.seat, state: 'Backup', because: 'higherPriority', since };
    winner.seat = { ...winner.seat, state: 'Active', because, since };
    for (const { tell } of [...this.#routers.values()]) tell();
  }
}
