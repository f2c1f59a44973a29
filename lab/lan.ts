import { Capture } from './capture.js';
import { Host } from './host.js';
import type { Lab } from './lab.js';
import { Namespace } from './namespace.js';

/** Where a host is plugged in. */
type Port = Readonly<{ host: Host; device: string; number: number }>;

export type LanOptions = Readonly<{
  name?: string;
  /** The first three octets of the IPv4 network; host N has N as the fourth. */
  ipv4?: string;
  /** The IPv6 /64 without its last group. */
  ipv6?: string;
}>;

/**
 * An Ethernet segment: a bridge in a namespace of its own. Everything that crosses it is captured where it enters, so
 * frames that the segment loses afterwards are still seen.
 */
export class Lan {
  readonly #ports = new Map<string, Port>();
  readonly #indexes = new Map<number, Host>();

  private constructor(
    readonly lab: Lab,
    readonly namespace: Namespace,
    readonly ipv4: string,
    readonly ipv6: string,
  ) {}

  static async create(lab: Lab, options: LanOptions = {}): Promise<Lan> {
    const { name = 'lan', ipv4 = '192.0.2', ipv6 = '2001:db8::' } = options;
    const lan = new Lan(lab, await Namespace.create(lab, name), ipv4, ipv6);
    await layBridge(lan.namespace);
    await Capture.start(lan);
    return lan;
  }

  /** A segment that exists without the laboratory, and stays when it closes. Silenced hosts are heard again. */
  static async attach(lab: Lab, namespace: Namespace, options: Required<LanOptions>): Promise<Lan> {
    const lan = new Lan(lab, namespace, options.ipv4, options.ipv6);
    await namespace.run(['nft', '-f', '-'], LOSSES);
    await Capture.start(lan);
    return lan;
  }

  /** Makes a host and plugs its `eth0` in; it has the addresses IPV4.number/24, IPV6number/64 and fe80::number. */
  async host(name: string, number: number): Promise<Host> {
    const host = await Host.create(this.lab, name);
    await this.plug(host, { number });
    return host;
  }

  /** Lays a cable from a new interface of `host` to the segment. */
  async plug(host: Host, options: Readonly<{ number: number; device?: string }>): Promise<void> {
    const { number, device = 'eth0' } = options;
    await layCable(this.namespace, host.namespace, {
      ...{ name: host.name, number, device },
      ...{ ipv4: this.ipv4, ipv6: this.ipv6 },
    });
    await this.adopt(host, { number, device });
  }

  /** Takes note of a host that is plugged in already. */
  async adopt(host: Host, options: Readonly<{ number: number; device?: string }>): Promise<void> {
    const { number, device = 'eth0' } = options;
    this.#ports.set(host.name, { host, device, number });
    const [link] = JSON.parse(await this.namespace.ip(['-j', 'link', 'show', portName(host)])) as {
      ifindex: number;
    }[];
    if (link !== undefined) this.#indexes.set(link.ifindex, host);
  }

  /** Removes the cable with the host's interface. */
  async unplug(host: Host): Promise<void> {
    this.lab.timeline.step(`the interface of ${host.name} is removed`);
    await this.namespace.ip(['link', 'del', portName(host)]);
  }

  /** The host loses its carrier. */
  async cut(host: Host): Promise<number> {
    const at = this.lab.timeline.step(`the cable of ${host.name} is cut`);
    await this.namespace.ip(['link', 'set', portName(host), 'down']);
    return at;
  }

  async restore(host: Host): Promise<number> {
    await this.namespace.ip(['link', 'set', portName(host), 'up']);
    return this.lab.timeline.step(`the cable of ${host.name} is whole again`);
  }

  /** The segment silently loses everything that `from` sends to `to`; the other direction still works. */
  async block(from: Host, to: Host): Promise<number> {
    const at = this.lab.timeline.step(`${to.name} no longer hears ${from.name}`);
    await this.#nft('add', from, to);
    return at;
  }

  async unblock(from: Host, to: Host): Promise<number> {
    await this.#nft('delete', from, to);
    return this.lab.timeline.step(`${to.name} hears ${from.name} again`);
  }

  /** Silence in both directions between the two; the links stay up. */
  async partition(one: Host, other: Host): Promise<number> {
    const at = await this.block(one, other);
    await this.block(other, one);
    return at;
  }

  async heal(one: Host, other: Host): Promise<number> {
    await this.unblock(one, other);
    return this.unblock(other, one);
  }

  /** The segment loses this share, in percent, of all frames at random. 0: none. */
  async lose(percent: number): Promise<void> {
    this.lab.timeline.step(`the segment loses ${String(percent)} % of all frames`);
    const rule =
      percent > 0 ? `add rule bridge lab loss numgen random mod 100 < ${String(percent)} drop\n` : '';
    await this.namespace.run(['nft', '-f', '-'], `flush chain bridge lab loss\n${rule}`);
  }

  /** The host behind a port of the bridge, by the port's interface index. */
  hostAt(index: number): Host | undefined {
    return this.#indexes.get(index);
  }

  /** The host whose interface on this segment has this Ethernet address. */
  hostOf(mac: string): Host | undefined {
    return [...this.#ports.values()].find(({ number }) => macOf(number) === mac)?.host;
  }

  #nft(verb: 'add' | 'delete', from: Host, to: Host): Promise<string> {
    const element = `{ "${portName(from)}" . "${portName(to)}" }`;
    return this.namespace.run(['nft', `${verb} element bridge lab silenced ${element}`]);
  }
}

/** The Ethernet address of host `number`, the same on every segment. */
export const macOf = (number: number): string => `02:00:00:00:00:${number.toString(16).padStart(2, '0')}`;

/** What the bridge calls the port of a host. */
export const portName = ({ name }: Readonly<{ name: string }>): string => `p-${name}`;

/** Makes a segment out of an empty namespace. */
export async function layBridge(segment: Namespace): Promise<void> {
  await segment.run(['sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1']);
  await segment.ipBatch([
    'link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0',
    'link set br0 up',
  ]);
  await segment.run(['nft', '-f', '-'], LOSSES);
}

/** Lays a cable from a new interface of a host to a segment. */
export async function layCable(
  segment: Namespace,
  host: Namespace,
  cable: Readonly<{ name: string; number: number; device: string; ipv4: string; ipv6: string }>,
): Promise<void> {
  const { number, device, ipv4, ipv6 } = cable;
  const port = portName(cable);
  await segment.ipBatch([
    `link add ${port} type veth peer name ${device} address ${macOf(number)} netns ${host.name}`,
    `link set ${port} master br0 up`,
  ]);
  await host.ipBatch([
    `addr add ${ipv4}.${String(number)}/24 dev ${device}`,
    `link set ${device} up`,
    `addr add fe80::${number.toString(16)}/64 dev ${device} nodad`,
    `addr add ${ipv6}${number.toString(16)}/64 dev ${device} nodad`,
  ]);
}

/** The first two lines make the rest the whole of the table, whatever it was before. */
const LOSSES = `
table bridge lab
delete table bridge lab
table bridge lab {
  set silenced { type ifname . ifname; }
  chain loss { }
  chain forward {
    type filter hook forward priority 0
    iifname . oifname @silenced drop
    jump loss
  }
}
`;
