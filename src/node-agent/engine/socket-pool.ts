import type { AddressFamily } from '../../values/ip-address.js';
import type { AdvertSocket, AdvertSockets, Link, Receive } from './ports.js';

type Entry = { readonly socket: AdvertSocket; users: number };

/** The sockets in use: one per interface and family, however many routers there are on it. */
export class SocketPool {
  readonly #entries = new Map<string, Entry>();

  /** `failed`: the socket has become useless and is closed; its routers need another one. */
  constructor(
    private readonly sockets: AdvertSockets,
    private readonly receive: Receive,
    private readonly failed: (socket: AdvertSocket, error: Error) => void,
  ) {}

  /** Throws a `HostError` when the kernel refuses. Each call wants a {@link release}. */
  acquire(link: Link, family: AddressFamily): AdvertSocket {
    const key = `${String(link.index)}/${family}`;
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.users++;
      return known.socket;
    }
    const socket = this.sockets.open(link, family, this.receive, (error) => {
      if (this.#entries.get(key)?.socket !== socket) return;
      this.#entries.delete(key);
      socket.close();
      this.failed(socket, error);
    });
    this.#entries.set(key, { socket, users: 1 });
    return socket;
  }

  release(socket: AdvertSocket): void {
    for (const [key, entry] of this.#entries) {
      if (entry.socket !== socket) continue;
      entry.users--;
      if (entry.users > 0) return;
      this.#entries.delete(key);
      socket.close();
      return;
    }
  }

  /** Hands over what waits in the receive queues; false: there may be more. */
  drain(): boolean {
    let isAll = true;
    for (const { socket } of [...this.#entries.values()]) if (!socket.drain()) isAll = false;
    return isAll;
  }

  close(): void {
    for (const { socket } of this.#entries.values()) socket.close();
    this.#entries.clear();
  }
}
