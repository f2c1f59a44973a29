import { familyOf } from '../../src/values/ip-address.js';
import type { HostNetwork, InterfaceAddress, Lease, Link } from '../../src/node-agent/engine/ports.js';
import type { MacAddress } from '../../src/values/mac-address.js';
import { type Prefix, formatPrefix, parsePrefix } from '../../src/values/prefix.js';
import { type Micros, fromMillis, fromSeconds, micros } from '../../src/values/time.js';
import { type Timeline, purposeOf } from './timeline.js';

/** The kernel's timers for addresses, as measured with Linux 6.18; see addresses/lease.ts. */
const LEASE_EARLY = fromMillis(-20);
const LEASE_LATE = fromMillis(540);
/** When other addresses with an end are changed on the host at the same time, a removal can be so much later still. */
const LEASE_LATER = fromSeconds(1);

/** How long after its last renewal an address is gone at the latest. */
export const leaseEnd = (seconds: number, others: boolean): Micros =>
  micros(fromSeconds(seconds) + LEASE_LATE + (others ? LEASE_LATER : 0));

/** Longest time until the route of a new IPv6 address is made, without which it answers nobody; see addresses/arrival.ts. */
export const ARRIVAL = fromMillis(10);

type Leased = { readonly prefix: Prefix; renewals: number; answers: boolean };

/** Interfaces of every simulated host: the one on the LAN, and one that is only tracked. */
export const LAN_INDEX = 2;
export const UPLINK_INDEX = 3;

/**
 * The kernel of a simulated host, as far as an agent can tell: two interfaces, the host's own addresses, and those held on lease,
 * which it removes by itself. What an agent sees of it (`links`, `addresses`) is as old as its last notification.
 */
export class Kernel implements HostNetwork {
  /** By `ADDRESS/LENGTH`. */
  readonly #leased = new Map<string, Leased>();
  readonly #own: readonly Prefix[];
  readonly #mac: MacAddress;
  #up = true;
  #carrier = true;
  #uplink = true;
  #sourceless = false;
  #links: readonly Link[];
  #addresses: readonly InterfaceAddress[];
  #listeners: (() => void)[] = [];
  #notifying = false;
  /** Calls `notice` when the agent gets round to it. */
  deliver: (notice: () => void) => void = (notice) => {
    notice();
  };

  constructor(
    private readonly host: number,
    own: readonly string[],
    private readonly world: Timeline,
    /** Longest way of a notification. */
    private readonly latency: Micros,
    /** Whether several addresses come and go on this host. */
    private readonly busy: boolean,
  ) {
    this.#own = own.map(prefixOf);
    this.#mac = `02:00:00:00:00:${(host + 1).toString(16).padStart(2, '0')}` as MacAddress;
    this.#links = this.#linksNow();
    this.#addresses = this.#addressesNow();
  }

  links(): readonly Link[] {
    return this.#links;
  }

  addresses(): readonly InterfaceAddress[] {
    return this.#addresses;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** The agent is gone and hears of nothing any more; a new one begins with what is. */
  forgetListeners(): void {
    this.#listeners = [];
    this.#links = this.#linksNow();
    this.#addresses = this.#addressesNow();
  }

  /** Whether frames reach the LAN. */
  get running(): boolean {
    return this.#up && this.#carrier;
  }

  /** Whether this host answers for the address, whatever its agent does. */
  holds(address: string): boolean {
    return this.#leased.get(address)?.answers === true;
  }

  get held(): readonly string[] {
    return [...this.#leased.keys()];
  }

  install(prefix: Prefix, { seconds }: Lease): void {
    const text = formatPrefix(prefix);
    const known = this.#leased.get(text);
    const leased: Leased = known ?? { prefix, renewals: 0, answers: false };
    const renewals = ++leased.renewals;
    this.#leased.set(text, leased);
    this.world.after(this.#lifetime(seconds), () => {
      if (this.#leased.get(text) === leased && leased.renewals === renewals) this.#expire(text);
    });
    // Of a lifetime that changes nobody is told.
    if (known !== undefined) return;
    if (familyOf(prefix.address) === 'IPv4') this.#arrived(text, leased);
    else
      this.world.after(this.world.draw(ARRIVAL, purposeOf('arrival', this.host)), () => {
        this.#arrived(text, leased);
      });
  }

  remove(prefix: Prefix): void {
    if (this.#leased.delete(formatPrefix(prefix))) this.#changed();
  }

  /** Removes what carries our mark and tells what it was. */
  sweep(): readonly string[] {
    const held = this.held;
    this.#leased.clear();
    if (held.length > 0) this.#changed();
    return held;
  }

  set({ up, carrier, uplink }: Readonly<{ up?: boolean; carrier?: boolean; uplink?: boolean }>): void {
    this.#up = up ?? this.#up;
    this.#carrier = carrier ?? this.#carrier;
    this.#uplink = uplink ?? this.#uplink;
    this.#changed();
  }

  set sourceless(sourceless: boolean) {
    this.#sourceless = sourceless;
    this.#changed();
  }

  #lifetime(seconds: number): Micros {
    const { world, host } = this;
    const spread = world.draw(micros(LEASE_LATE - LEASE_EARLY), purposeOf('lease', host));
    const disturbed =
      this.busy && this.#leased.size > 1 && world.draw(fromSeconds(1), purposeOf('lease', host)) < 50_000;
    return micros(fromSeconds(seconds) + LEASE_EARLY + spread + (disturbed ? LEASE_LATER : 0));
  }

  #arrived(text: string, leased: Leased): void {
    if (this.#leased.get(text) !== leased) return;
    leased.answers = true;
    this.#changed();
  }

  #expire(text: string): void {
    this.#leased.delete(text);
    this.#changed();
  }

  #changed(): void {
    this.world.touched();
    if (this.#notifying) return;
    this.#notifying = true;
    this.world.after(this.world.draw(this.latency, purposeOf('notification', this.host)), () => {
      this.#notifying = false;
      const listeners = this.#listeners;
      this.deliver(() => {
        // A process that has ended meanwhile is not told.
        if (listeners !== this.#listeners) return;
        this.#links = this.#linksNow();
        this.#addresses = this.#addressesNow();
        for (const listener of listeners) listener();
      });
    });
  }

  #linksNow(): readonly Link[] {
    const common = {
      mac: this.#mac,
      mtu: 1500,
      multicast: true,
      loopback: false,
      kind: null,
      parentIndex: null,
    };
    return [
      { ...common, index: LAN_INDEX, name: 'eth0', up: this.#up, running: this.running },
      { ...common, index: UPLINK_INDEX, name: 'uplink0', up: true, running: this.#uplink },
    ];
  }

  #addressesNow(): readonly InterfaceAddress[] {
    const common = {
      interfaceIndex: LAN_INDEX,
      secondary: false,
      tentative: false,
      deprecated: false,
      scope: 0,
    };
    const own = this.#sourceless ? [] : this.#own;
    return [
      ...own.map((prefix) => ({ ...common, prefix, ours: false })),
      ...[...this.#leased.values()]
        .filter(({ answers }) => answers)
        .map(({ prefix }) => ({ ...common, prefix, ours: true })),
    ];
  }
}

/** Throws when `text` is no address with a length: schedules have nothing else. */
export function prefixOf(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new TypeError(parsed.problem);
  return parsed.value;
}
