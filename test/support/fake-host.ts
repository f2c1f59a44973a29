import { HostError, SomeRefused } from '../../src/platform/errors.js';
import type {
  AddressTable,
  AdvertSocket,
  AdvertSockets,
  Announcer,
  Datagram,
  HostNetwork,
  InterfaceAddress,
  Link,
  Receive,
  VirtualMacLinks,
} from '../../src/node-agent/engine/ports.js';
import type { MacAddress } from '../../src/values/mac-address.js';
import { type Micros, micros } from '../../src/values/time.js';
import { type Prefix, formatPrefix, parsePrefix } from '../../src/values/prefix.js';

/** A host whose kernel is a few lists; what is done to it can be read as text. */
export class FakeHost implements HostNetwork, AddressTable, AdvertSockets, Announcer, VirtualMacLinks {
  #links: Link[] = [];
  #addresses: InterfaceAddress[] = [];
  #listener: () => void = () => undefined;
  /** What was done, oldest first: `hold 192.0.2.100/32 on eth0 for 4 s`, `send 20 octets to 224.0.0.18`, … */
  readonly done: string[] = [];
  readonly sent: { message: Uint8Array; source: string; destination: string }[] = [];
  /** Sockets that are open, by `INTERFACE/FAMILY`. */
  readonly open_ = new Map<
    string,
    { receive: (datagram: Datagram, waited?: Micros) => void; failed: (error: Error) => void }
  >();
  /** The VRIDs that a socket does not let wait, by `INTERFACE/FAMILY`; null: none waits. */
  readonly heeded = new Map<string, readonly number[] | null>();
  /** What waits in the receive queues until somebody drains or delivers it, and since when. */
  readonly queued: (Datagram & Readonly<{ waited?: Micros }>)[] = [];
  /** Hosts that answer for addresses, besides VRRP. */
  readonly strangers = new Map<string, MacAddress>();
  /** Addresses that the kernel will not have, with the errno's name. */
  readonly refusedAddresses = new Map<string, string>();
  /** When addresses that are held answer; null: at once, as those of IPv4 do. */
  arrivesBy: Promise<void> | null = null;
  refuseSockets = false;
  refuseSending = false;

  links(): readonly Link[] {
    return this.#links;
  }

  addresses(): readonly InterfaceAddress[] {
    return this.#addresses;
  }

  onChange(listener: () => void): void {
    this.#listener = listener;
  }

  setLink(name: string, change: Partial<Link> = {}): Link {
    const known = this.#links.find((link) => link.name === name);
    const link: Link = {
      index: this.#links.length + 2,
      name,
      mac: '02:00:00:00:00:01' as MacAddress,
      up: true,
      running: true,
      mtu: 1500,
      multicast: true,
      loopback: false,
      kind: null,
      parentIndex: null,
      ...known,
      ...change,
    };
    this.#links = [...this.#links.filter((other) => other.name !== name), link];
    this.#listener();
    return link;
  }

  /** Carries out several changes of which the listener hears at once. */
  quietly(changes: () => void): void {
    const listener = this.#listener;
    this.#listener = () => undefined;
    changes();
    this.#listener = listener;
    listener();
  }

  removeLink(name: string): void {
    const index = this.indexOf(name);
    this.#links = this.#links.filter((link) => link.name !== name);
    this.#addresses = this.#addresses.filter((address) => address.interfaceIndex !== index);
    this.#listener();
  }

  addAddress(name: string, text: string, change: Partial<InterfaceAddress> = {}): void {
    this.#put({
      interfaceIndex: this.indexOf(name),
      prefix: prefix(text),
      ours: false,
      secondary: false,
      tentative: false,
      deprecated: false,
      scope: 0,
      ...change,
    });
    this.#listener();
  }

  /** Somebody removes an address; the listener hears of it. */
  removeAddress(text: string): void {
    this.#addresses = this.#addresses.filter((address) => formatPrefix(address.prefix) !== text);
    this.#listener();
  }

  /** The addresses of ours, as text. */
  held(): readonly string[] {
    return this.#addresses.filter(({ ours }) => ours).map((address) => formatPrefix(address.prefix));
  }

  open(
    link: Link,
    family: Datagram['family'],
    receive: Receive,
    failed: (error: Error) => void,
  ): AdvertSocket {
    if (this.refuseSockets) throw new HostError('open a raw socket', 'EPERM');
    const key = `${link.name}/${family}`;
    const hear = (datagram: Datagram, waited = micros(0)): void => {
      receive(datagram, waited);
    };
    this.open_.set(key, { receive: hear, failed });
    return {
      send: (message, source, destination) => {
        if (this.refuseSending) throw new HostError('send', 'EPERM');
        this.sent.push({ message, source, destination });
        this.done.push(`send priority ${String(message[2])} to ${destination}`);
      },
      heed: (vrids) => {
        this.heeded.set(key, vrids && [...vrids]);
      },
      drain: () => {
        for (const datagram of this.queued.splice(0)) hear(datagram, datagram.waited);
        return true;
      },
      close: () => {
        this.open_.delete(key);
      },
    };
  }

  hold(interfaceIndex: number, prefixes: readonly Prefix[], { seconds }: { seconds: number }): Promise<void> {
    const refused = new Map<string, string>();
    for (const one of prefixes) {
      const code = this.refusedAddresses.get(formatPrefix(one));
      if (code !== undefined) {
        refused.set(formatPrefix(one), code);
        continue;
      }
      this.done.push(`hold ${formatPrefix(one)} on ${this.nameOf(interfaceIndex)} for ${String(seconds)} s`);
      this.#put({
        interfaceIndex,
        prefix: one,
        ours: true,
        secondary: false,
        tentative: false,
        deprecated: false,
        scope: 0,
      });
    }
    // The kernel, too, tells of it later.
    return Promise.resolve().then(() => {
      this.#listener();
      if (refused.size > 0) throw new SomeRefused('hold', refused);
    });
  }

  renew(
    interfaceIndex: number,
    prefixes: readonly Prefix[],
    lease: { seconds: number },
    refused: () => void,
  ): boolean {
    if (!prefixes.every((one) => this.held().includes(formatPrefix(one)))) return false;
    void this.hold(interfaceIndex, prefixes, lease).catch(refused);
    return true;
  }

  arrival(): Promise<void> | null {
    return this.arrivesBy;
  }

  release(interfaceIndex: number, prefixes: readonly Prefix[]): Promise<void> {
    for (const one of prefixes)
      this.done.push(`release ${formatPrefix(one)} on ${this.nameOf(interfaceIndex)}`);
    const texts = new Set(prefixes.map(formatPrefix));
    this.#addresses = this.#addresses.filter(
      (address) =>
        !(
          address.ours &&
          address.interfaceIndex === interfaceIndex &&
          texts.has(formatPrefix(address.prefix))
        ),
    );
    // The kernel, too, tells of it later.
    return Promise.resolve().then(() => {
      this.#listener();
    });
  }

  sweep(): Promise<readonly string[]> {
    const held = this.held();
    this.#addresses = this.#addresses.filter(({ ours }) => !ours);
    return Promise.resolve(held);
  }

  announce(link: Link, mac: MacAddress, addresses: readonly string[]): void {
    for (const address of addresses) this.done.push(`announce ${address} on ${link.name} at ${mac}`);
  }

  cancel(): void {
    // Announcing is instantaneous here.
  }

  ensure(parent: Link, mac: MacAddress, name: string): Promise<number> {
    this.done.push(`make ${name} with ${mac} on ${parent.name}`);
    return Promise.resolve(this.setLink(name, { mac, kind: 'macvlan', parentIndex: parent.index }).index);
  }

  remove(index: number): Promise<void> {
    this.done.push(`remove ${this.nameOf(index)}`);
    this.removeLink(this.nameOf(index));
    return Promise.resolve();
  }

  indexOf(name: string): number {
    return this.#links.find((link) => link.name === name)?.index ?? 0;
  }

  private nameOf(index: number): string {
    return this.#links.find((link) => link.index === index)?.name ?? `interface ${String(index)}`;
  }

  #put(address: InterfaceAddress): void {
    const text = formatPrefix(address.prefix);
    const others = this.#addresses.filter(
      (other) => other.interfaceIndex !== address.interfaceIndex || formatPrefix(other.prefix) !== text,
    );
    this.#addresses = [...others, address];
  }
}

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new TypeError(parsed.problem);
  return parsed.value;
}
