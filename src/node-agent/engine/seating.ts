import { virtualRouterMac } from '../../values/mac-address.js';
import type { AddressFamily } from '../../values/ip-address.js';
import type { LogLevel } from '../ipc/messages.js';
import type { AdvertSocket, Link, Receive } from './ports.js';
import type { EnginePorts } from './engine.js';
import { SocketPool } from './socket-pool.js';
import type { VirtualRouter } from './virtual-router.js';

export type SeatingEvents = Readonly<{
  receive: Receive;
  /** The router has a seat now that it had to wait for, or must look for another one. */
  seated: (router: VirtualRouter) => void;
  /** The host refused what the router was waiting for. */
  refused: (router: VirtualRouter) => void;
  log: (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>) => void;
}>;

type Occupied = Readonly<{
  link: Link;
  /** That of the interface, and that of the virtual MAC's. */
  sockets: readonly AdvertSocket[];
  virtualMac: number | null;
}>;

/** One attempt to seat a router; a later one, or none being wanted any more, makes it void. */
type Attempt = Readonly<{ link: Link }>;

/** Gives routers their sockets and, where asked for, their virtual MAC. */
export class Seating {
  readonly #pool: SocketPool;
  readonly #occupied = new Map<VirtualRouter, Occupied>();
  /** Routers whose virtual MAC is being made. */
  readonly #waiting = new Map<VirtualRouter, Attempt>();
  /** Virtual MACs' interfaces that the host has reported: only those can disappear. */
  readonly #seen = new Set<number>();
  readonly #removals = new Set<Promise<void>>();
  readonly #attempts = new Set<Promise<void>>();

  constructor(
    private readonly ports: Pick<EnginePorts, 'sockets' | 'network' | 'virtualMacLinks' | 'inspect'>,
    private readonly events: SeatingEvents,
  ) {
    this.#pool = new SocketPool(ports.sockets, events.receive, (socket, error) => {
      this.#lost(socket, error);
    });
  }

  /** Seats the router on `link`, and moves it there when it was elsewhere. */
  seat(router: VirtualRouter, link: Link): 'seated' | 'waiting' | 'refused' {
    const occupied = this.#occupied.get(router);
    if (occupied !== undefined && sameLink(occupied.link, link) && this.#isThere(occupied.virtualMac))
      return 'seated';
    if (this.#waiting.get(router)?.link.index === link.index) return 'waiting';
    this.unseat(router);
    for (const problem of this.ports.inspect(link, router.spec))
      this.events.log('warn', 'Host setting stands in the way', { router: router.key, ...problem });
    if (router.spec.virtualMAC) {
      const attempt: Attempt = { link };
      this.#waiting.set(router, attempt);
      const made = this.#seatWithVirtualMac(router, attempt).finally(() => this.#attempts.delete(made));
      this.#attempts.add(made);
      return 'waiting';
    }
    return this.#take(router, link, null);
  }

  unseat(router: VirtualRouter): void {
    this.#waiting.delete(router);
    const occupied = this.#occupied.get(router);
    if (occupied === undefined) return;
    this.#occupied.delete(router);
    router.seat = null;
    for (const socket of occupied.sockets) this.#pool.release(socket);
    if (occupied.virtualMac !== null) this.#removeVirtualMac(router, occupied.virtualMac);
  }

  /** Hands over what waits in the receive queues; false: there may be more. */
  drain(): boolean {
    return this.#pool.drain();
  }

  /** As {@link AdvertSocket.heed}, for all sockets: adverts wait but for the VRIDs of these routers. null: none waits. */
  heed(isUrgent: ((router: VirtualRouter) => boolean) | null): void {
    const urgent = new Map<AdvertSocket, Set<number>>();
    for (const [router, { sockets }] of this.#occupied)
      for (const socket of sockets) {
        const vrids = urgent.get(socket) ?? new Set();
        urgent.set(socket, vrids);
        if (isUrgent?.(router) === true) vrids.add(router.config.vrid);
      }
    for (const [socket, vrids] of urgent) socket.heed(isUrgent === null ? null : vrids);
  }

  /** Closes all sockets and removes what was made for virtual MACs. */
  async close(): Promise<void> {
    for (const router of [...this.#occupied.keys()]) this.unseat(router);
    this.#waiting.clear();
    this.#pool.close();
    // What was under way when nobody wanted it any more is removed when it is there.
    await Promise.all(this.#attempts);
    await Promise.all(this.#removals);
  }

  #take(router: VirtualRouter, link: Link, virtual: Link | null): 'seated' | 'refused' {
    try {
      const place = virtual ?? link;
      const mac = place.mac;
      if (mac === null) throw new Error(`interface ${place.name} has no Ethernet address`);
      // A macvlan keeps for itself what comes from its own MAC, and so do all peers' adverts when they use it, too.
      const links = virtual === null ? [link] : [virtual, link];
      const sockets = this.#acquireAll(links, router.spec.family);
      const [socket] = sockets;
      if (socket === undefined) return 'refused';
      this.#occupied.set(router, { link, sockets, virtualMac: virtual?.index ?? null });
      router.seat = { socket, link, place: { link: place, mac }, indices: links.map(({ index }) => index) };
      return 'seated';
    } catch (error) {
      this.#refused(router, link, error);
      return 'refused';
    }
  }

  /** A socket for each link, or none at all. */
  #acquireAll(links: readonly Link[], family: AddressFamily): readonly AdvertSocket[] {
    const sockets: AdvertSocket[] = [];
    try {
      for (const link of links) sockets.push(this.#pool.acquire(link, family));
      return sockets;
    } catch (error) {
      for (const socket of sockets) this.#pool.release(socket);
      throw error;
    }
  }

  async #seatWithVirtualMac(router: VirtualRouter, attempt: Attempt): Promise<void> {
    const { link } = attempt;
    const { vrid, family } = router.spec;
    const mac = virtualRouterMac(vrid, family);
    const name = `vrrp${family === 'IPv4' ? '4' : '6'}.${String(vrid)}.${String(link.index)}`.slice(0, 15);
    let index: number | null = null;
    try {
      index = await this.ports.virtualMacLinks.ensure(link, mac, name);
    } catch (error) {
      this.#refused(router, link, error);
    }
    if (this.#waiting.get(router) !== attempt) {
      if (index !== null && !this.#waiting.has(router)) this.#removeVirtualMac(router, index);
      return;
    }
    this.#waiting.delete(router);
    const seated =
      index !== null &&
      this.#take(router, link, { ...link, index, name, mac, kind: 'macvlan', parentIndex: link.index }) ===
        'seated';
    if (seated) this.events.seated(router);
    else this.events.refused(router);
  }

  /** Whether a virtual MAC's interface has not been removed by somebody else. */
  #isThere(index: number | null): boolean {
    if (index === null) return true;
    if (this.ports.network.links().some((link) => link.index === index)) this.#seen.add(index);
    else if (this.#seen.delete(index)) return false;
    return true;
  }

  #removeVirtualMac(router: VirtualRouter, index: number): void {
    const removal = this.ports.virtualMacLinks
      .remove(index)
      .catch((error: unknown) => {
        const fields = { router: router.key, error: String(error) };
        this.events.log('warn', 'Virtual MAC interface not removed', fields);
      })
      .finally(() => this.#removals.delete(removal));
    this.#removals.add(removal);
  }

  #refused(router: VirtualRouter, link: Link, error: unknown): void {
    const message = `cannot take part on ${link.name}: ${String(error)}`;
    if (router.obstacle?.message !== message)
      this.events.log('error', 'Router refused by the host', { router: router.key, error: String(error) });
    router.obstacle = {
      code: 'HostRefused',
      message,
      remedy: `${remedyFor(error)}; it is tried again each second`,
    };
  }

  #lost(socket: AdvertSocket, error: Error): void {
    for (const [router, occupied] of [...this.#occupied]) {
      if (!occupied.sockets.includes(socket)) continue;
      this.events.log('warn', 'Socket lost; opening it again', { router: router.key, error: String(error) });
      this.unseat(router);
      this.events.seated(router);
    }
  }
}

const sameLink = (one: Link, other: Link): boolean =>
  one.index === other.index && one.name === other.name && one.mac === other.mac;

const OUT_OF_DESCRIPTORS: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE']);

/** `error` is the adapters' HostError, or Node's own of a system call. */
const remedyFor = (error: unknown): string =>
  error instanceof Error && 'code' in error && OUT_OF_DESCRIPTORS.has(String(error.code))
    ? 'raise the limit of open files (ulimit -n, LimitNOFILE, or fs.file-max for the whole host)'
    : 'run the agent as root or with CAP_NET_RAW and CAP_NET_ADMIN';
