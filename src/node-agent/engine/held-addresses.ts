import type { IpAddress } from '../../values/ip-address.js';
import type { MacAddress } from '../../values/mac-address.js';
import { type Prefix, formatPrefix } from '../../values/prefix.js';
import { SomeRefused } from '../../platform/errors.js';
import { addressesOn } from './present-addresses.js';
import type { AddressTable, Announcer, InterfaceAddress, Lease, Link } from './ports.js';

/** Where addresses are held: the interface itself, or the macvlan with the virtual MAC on top of it. */
export type Place = Readonly<{ link: Link; mac: MacAddress }>;

/** What the kernel has taken. `arrival`: resolves when all of it answers; null: it does already. */
type Installed = Readonly<{ prefixes: readonly Prefix[]; arrival: Promise<void> | null }>;

type Holding = {
  readonly place: Place;
  readonly prefixes: readonly Prefix[];
  /** After what was asked for last. */
  installed: Promise<Installed>;
};

/**
 * The virtual addresses that one router holds on this host. The table carries calls out in order, so that a release
 * right after a hold leaves nothing behind.
 */
export class HeldAddresses {
  #holding: Holding | null = null;
  /** How many of them the kernel had after what it was asked last. */
  #taken = 0;
  /** How often announcements were called off. */
  #silenced = 0;
  #releasing = 0;
  /** Seen on the interface since they were installed: only what was there can get lost. */
  readonly #seen = new Set<string>();

  constructor(
    private readonly table: AddressTable,
    private readonly announcer: Announcer,
    private readonly failed: (operation: 'hold' | 'renew' | 'release', error: unknown) => void,
    /** Whether another router has taken an address over in the same change of configuration. */
    private readonly isHeldByOthers: (interfaceIndex: number, prefix: Prefix) => boolean,
  ) {}

  /** Whether a removal is still on its way to the kernel. */
  get releasing(): boolean {
    return this.#releasing > 0;
  }

  get holding(): Readonly<{ place: Place; prefixes: readonly Prefix[] }> | null {
    return this.#holding;
  }

  includes(interfaceIndex: number, prefix: Prefix): boolean {
    const holding = this.#holding;
    if (holding?.place.link.index !== interfaceIndex) return false;
    return holding.prefixes.some(
      ({ address, length }) => address === prefix.address && length === prefix.length,
    );
  }

  /**
   * Installs `prefixes`, and removes what was held before and is not among them. Tells whether all of them answer here now.
   */
  async hold(place: Place, prefixes: readonly Prefix[], lease: Lease): Promise<boolean> {
    const before = this.#holding;
    const installed = this.#install('hold', place, prefixes, lease);
    this.#holding = { place, prefixes, installed };
    if (before !== null)
      await this.#remove(before, before.place.link.index === place.link.index ? prefixes : []);
    const { prefixes: taken, arrival } = await installed;
    await arrival;
    return taken.length === prefixes.length;
  }

  /**
   * Extends the lease, with the seconds now right for it; what the kernel takes only now is announced. Hundreds of routers do this each
   * second, and there is mostly nothing to say about it.
   */
  renew(lease: Lease): void {
    const holding = this.#holding;
    if (holding === null) return;
    const { place, prefixes } = holding;
    const install = (): void => {
      if (this.#holding === holding) holding.installed = this.#install('renew', place, prefixes, lease);
    };
    if (!this.table.renew(place.link.index, prefixes, lease, install)) install();
  }

  release(): Promise<void> {
    const holding = this.#holding;
    if (holding === null) return Promise.resolve();
    this.#holding = null;
    return this.#remove(holding, []);
  }

  /** Forgets without removing: the interface is gone and its addresses with it. */
  forget(): void {
    const holding = this.#holding;
    this.#holding = null;
    this.#seen.clear();
    if (holding !== null) this.announcer.cancel(holding.place.link, addressesOf(holding));
  }

  /**
   * Announces what is held, once it answers: nobody may be sent here before. Where `nobodyAnswers` now, at once as well: the kernel may
   * need less time than it takes to hear of it, and nothing is lost by asking a host too early that would be lost otherwise.
   */
  async announce(nobodyAnswers: boolean): Promise<void> {
    const holding = this.#holding;
    if (holding === null) return;
    const silenced = this.#silenced;
    const isDue = (): boolean => this.#holding?.place === holding.place && this.#silenced === silenced;
    const { prefixes, arrival } = await holding.installed;
    if (isDue() && (nobodyAnswers || arrival === null)) this.#announce(holding.place, prefixes);
    if (arrival === null) return;
    await arrival;
    if (isDue()) this.#announce(holding.place, prefixes);
  }

  /** Calls off what is still to be announced: another router has the addresses, or is about to, and ours must not be the last word. */
  silence(): void {
    this.#silenced++;
    const holding = this.#holding;
    if (holding !== null) this.announcer.cancel(holding.place.link, addressesOf(holding));
  }

  /** Which held addresses the kernel had and has no more, given what the interfaces carry now. */
  lost(present: readonly InterfaceAddress[]): readonly IpAddress[] {
    const holding = this.#holding;
    if (holding === null) return [];
    const there = addressesOn(holding.place.link.index, present);
    const gone: IpAddress[] = [];
    for (const prefix of holding.prefixes) {
      const text = formatPrefix(prefix);
      if (there.has(text)) this.#seen.add(text);
      else if (this.#seen.delete(text)) gone.push(prefix.address);
    }
    return gone;
  }

  #announce({ link, mac }: Place, installed: readonly Prefix[]): void {
    const prefixes = installed.filter((prefix) => this.includes(link.index, prefix));
    if (prefixes.length > 0) this.announcer.announce(link, mac, addressesOf({ prefixes }));
  }

  async #install(
    operation: 'hold' | 'renew',
    { link }: Place,
    wanted: readonly Prefix[],
    lease: Lease,
  ): Promise<Installed> {
    const prefixes = await this.#ask(operation, link, wanted, lease);
    const more = prefixes.length > this.#taken;
    this.#taken = prefixes.length;
    // The announcements that were due had nothing to tell of.
    if (operation === 'renew' && more) void this.announce(false);
    const arrival = operation === 'hold' || more ? this.table.arrival(link.index, prefixes) : null;
    return { prefixes, arrival };
  }

  async #ask(
    operation: 'hold' | 'renew',
    link: Link,
    prefixes: readonly Prefix[],
    lease: Lease,
  ): Promise<readonly Prefix[]> {
    try {
      await this.table.hold(link.index, prefixes, lease);
      return prefixes;
    } catch (error) {
      this.failed(operation, error);
      if (!(error instanceof SomeRefused)) return [];
      // EEXIST: somebody else has put it on the interface; it answers here all the same, and the neighbours may know.
      return prefixes.filter((prefix) => (error.refused.get(formatPrefix(prefix)) ?? 'EEXIST') === 'EEXIST');
    }
  }

  async #remove(holding: Holding, except: readonly Prefix[]): Promise<void> {
    const kept = new Set(except.map(formatPrefix));
    const { index } = holding.place.link;
    const unwanted = holding.prefixes.filter(
      (prefix) => !kept.has(formatPrefix(prefix)) && !this.isHeldByOthers(index, prefix),
    );
    if (unwanted.length === 0) return;
    for (const prefix of unwanted) this.#seen.delete(formatPrefix(prefix));
    this.announcer.cancel(
      holding.place.link,
      unwanted.map(({ address }) => address),
    );
    this.#releasing++;
    try {
      await this.table.release(index, unwanted);
    } catch (error) {
      this.failed('release', error);
    } finally {
      this.#releasing--;
    }
  }
}

const addressesOf = ({ prefixes }: Readonly<{ prefixes: readonly Prefix[] }>): readonly IpAddress[] =>
  prefixes.map(({ address }) => address);
