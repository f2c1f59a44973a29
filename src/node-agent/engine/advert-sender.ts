import type { IpAddress } from '../../values/ip-address.js';
import type { Priority, RouterConfig } from '../vrrp/config.js';
import { encodeAdvert, ownAdvert } from '../vrrp/packet.js';
import { VRRP_GROUP } from '../vrrp/protocol-numbers.js';
import type { AdvertSocket } from './ports.js';

type Encoded = Readonly<{ destination: IpAddress; message: Uint8Array }>;

/** Sends a router's adverts. What is sent again and again is encoded once. */
export class AdvertSender {
  #config: RouterConfig | null = null;
  #source: IpAddress | null = null;
  readonly #encoded = new Map<Priority | 0, readonly Encoded[]>();

  /** Sends to the group, or to each peer. Throws a `HostError` when the kernel refused one; the others are sent. */
  send(socket: AdvertSocket, config: RouterConfig, source: IpAddress, priority: Priority | 0): void {
    let refusal: unknown = null;
    for (const { destination, message } of this.#adverts(config, source, priority)) {
      try {
        socket.send(message, source, destination);
      } catch (error) {
        refusal ??= error;
      }
    }
    if (refusal !== null) throw refusal as Error;
  }

  #adverts(config: RouterConfig, source: IpAddress, priority: Priority | 0): readonly Encoded[] {
    if (config !== this.#config || source !== this.#source) {
      this.#encoded.clear();
      this.#config = config;
      this.#source = source;
    }
    const known = this.#encoded.get(priority);
    if (known !== undefined) return known;
    const advert = ownAdvert(config, priority);
    // One list of peers may serve all hosts, and then names this one as well.
    const destinations =
      config.cast.mode === 'Multicast'
        ? [VRRP_GROUP[config.family]]
        : config.cast.peers.filter((peer) => peer !== source);
    const encoded = destinations.map((destination) => ({
      destination,
      message: encodeAdvert(advert, config, source, destination),
    }));
    this.#encoded.set(priority, encoded);
    return encoded;
  }
}
