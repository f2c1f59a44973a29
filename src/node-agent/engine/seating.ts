import { virtualRouterMac } from '../../values/mac-address.js';
import type { LogLevel } from '../ipc/messages.js';
import type { AdvertSocket, Datagram, Link } from './ports.js';
import type { EnginePorts } from './engine.js';
import { SocketPool } from './socket-pool.js';
import type { VirtualRouter } from './virtual-router.js';

export type SeatingEvents = Readonly<{
  receive: (datagram: Datagram) => void;
  /** The router has a seat now that it had to wait for, or must look for another one. */
  seated: (router: VirtualRouter) => void;
  log: (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>) => void;
}>;

type Occupied = Readonly<{ link: Link; socket: AdvertSocket; virtualMac: number | null }>;

/** Gives routers their sockets and, where asked for, their virtual MAC. */
export class Seating {
  readonly #pool: SocketPool;
  readonly #occupied = new Map<VirtualRouter, Occupied>();
  /** Routers whose virtual MAC is being made. */
  readonly #waiting = new Set<VirtualRouter>();

  constructor(
    private readonly ports: Pick<EnginePorts, 'sockets' | 'virtualMacLinks' | 'inspect'>,
    private readonly events: SeatingEvents,
  ) {
    this.#pool = new SocketPool(ports.sockets, events.receive, (socket, error) => {
      this.#lost(socket, error);
    });
  }

  /** Seats the router on `link`, and moves it there when it was elsewhere. */
  seat(router: VirtualRouter, link: Link): 'seated' | 'waiting' | 'refused' {
    const occupied = this.#occupied.get(router);
    if (occupied !== undefined && sameLink(occupied.link, link)) return 'seated';
    if (this.#waiting.has(router)) return 'waiting';
    this.unseat(router);
    for (const problem of this.ports.inspect(link, router.spec))
      this.events.log('warn', 'Host setting stands in the way', { router: router.key, ...problem });
    if (router.spec.virtualMAC) {
      this.#waiting.add(router);
      void this.#seatWithVirtualMac(router, link);
      return 'waiting';
    }
    return this.#take(router, link, null);
  }

  unseat(router: VirtualRouter): void {
    const occupied = this.#occupied.get(router);
    if (occupied === undefined) return;
    this.#occupied.delete(router);
    router.seat = null;
    this.#pool.release(occupied.socket);
    if (occupied.virtualMac !== null) void this.#removeVirtualMac(router, occupied.virtualMac);
  }

  drain(): void {
    this.#pool.drain();
  }

  /** Closes all sockets and removes what was made for virtual MACs. */
  async close(): Promise<void> {
    const macs = [...this.#occupied].flatMap(([router, { virtualMac }]) =>
      virtualMac === null ? [] : [this.#removeVirtualMac(router, virtualMac)],
    );
    this.#occupied.clear();
    this.#pool.close();
    await Promise.all(macs);
  }

  #take(router: VirtualRouter, link: Link, virtual: Link | null): 'seated' | 'refused' {
    try {
      const place = virtual ?? link;
      const mac = place.mac;
      if (mac === null) throw new Error(`interface ${place.name} has no Ethernet address`);
      const socket = this.#pool.acquire(link, router.spec.family);
      this.#occupied.set(router, { link, socket, virtualMac: virtual?.index ?? null });
      router.seat = { socket, place: { link: place, mac }, egressIndex: virtual?.index };
      return 'seated';
    } catch (error) {
      this.#refused(router, link, error);
      return 'refused';
    }
  }

  async #seatWithVirtualMac(router: VirtualRouter, link: Link): Promise<void> {
    const { vrid, family } = router.spec;
    const mac = virtualRouterMac(vrid, family);
    const name = `vrrp${family === 'IPv4' ? '4' : '6'}.${String(vrid)}.${String(link.index)}`.slice(0, 15);
    try {
      const index = await this.ports.virtualMacLinks.ensure(link, mac, name);
      const virtual: Link = { ...link, index, name, mac, kind: 'macvlan', parentIndex: link.index };
      this.#take(router, link, virtual);
    } catch (error) {
      this.#refused(router, link, error);
    } finally {
      this.#waiting.delete(router);
    }
    if (router.seat !== null) this.events.seated(router);
  }

  async #removeVirtualMac(router: VirtualRouter, index: number): Promise<void> {
    try {
      await this.ports.virtualMacLinks.remove(index);
    } catch (error) {
      this.events.log('warn', 'Virtual MAC interface not removed', {
        router: router.key,
        error: String(error),
      });
    }
  }

  #refused(router: VirtualRouter, link: Link, error: unknown): void {
    const message = `cannot take part on ${link.name}: ${String(error)}`;
    if (router.obstacle?.message !== message)
      this.events.log('error', 'Router refused by the host', { router: router.key, error: String(error) });
    router.obstacle = {
      code: 'HostRefused',
      message,
      remedy: 'run the agent as root or with CAP_NET_RAW and CAP_NET_ADMIN; it is tried again each second',
    };
  }

  #lost(socket: AdvertSocket, error: Error): void {
    for (const [router, occupied] of [...this.#occupied]) {
      if (occupied.socket !== socket) continue;
      this.events.log('warn', 'Socket lost; opening it again', { router: router.key, error: String(error) });
      this.unseat(router);
      this.events.seated(router);
    }
  }
}

const sameLink = (one: Link, other: Link): boolean =>
  one.index === other.index && one.name === other.name && one.mac === other.mac;
