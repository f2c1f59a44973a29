import type { IpAddress } from '../../values/ip-address.js';
import type { MacAddress } from '../../values/mac-address.js';
import { type Prefix, formatPrefix } from '../../values/prefix.js';
import { SomeRefused } from '../../platform/errors.js';
import { addressesOn } from './present-addresses.js';
import type { AddressTable, Announcer, InterfaceAddress, Lease, Link } from './ports.js';

/** Where addresses are held: the interface itself, or the macvlan with the virtual MAC on top of it. */
export type Place = Readonly<{ link: Link; mac: MacAddress }>;

type Holding = {
  readonly place: Place;
  readonly prefixes: readonly Prefix[];
  /** Resolves with those that answer here, after what was asked for last. */
  installed: Promise<readonly Prefix[]>;
};

/**
 * The virtual addresses that one router holds on this host. The table carries calls out in order, so that a release
 * right after a hold leaves nothing behind.
 */
export class HeldAddresses {
  #holding: Holding | null = null;
  /** How many of them answered after what the kernel was asked last. */
  #answering = 0;
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
    return (await installed).length === prefixes.length;
  }

  /** Extends the lease, with the seconds now right for it; what the kernel takes only now is announced. */
  renew(lease: Lease): void {
    const holding = this.#holding;
    if (holding === null) return;
    holding.installed = this.#install('renew', holding.place, holding.prefixes, lease);
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

  /** Announces what is held, once the kernel has it: nobody may be sent here before the addresses answer. */
  async announce(): Promise<void> {
    const holding = this.#holding;
    if (holding === null) return;
    const silenced = this.#silenced;
    const installed = await holding.installed;
    if (this.#holding?.place !== holding.place || this.#silenced !== silenced) return;
    const { link, mac } = holding.place;
    const prefixes = installed.filter((prefix) => this.includes(link.index, prefix));
    if (prefixes.length > 0) this.announcer.announce(link, mac, addressesOf({ prefixes }));
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

  async #install(
    operation: 'hold' | 'renew',
    { link }: Place,
    prefixes: readonly Prefix[],
    lease: Lease,
  ): Promise<readonly Prefix[]> {
    const answering = await this.#ask(operation, link, prefixes, lease);
    const before = this.#answering;
    this.#answering = answering.length;
    // The announcements that were due had nothing to tell of.
    if (operation === 'renew' && answering.length > before) void this.announce();
    return answering;
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
