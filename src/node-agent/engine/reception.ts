import type { Micros } from '../../values/time.js';
import { hiddenAdvert } from '../vrrp/authentication-header.js';
import { openDatagram } from '../vrrp/receive.js';
import type { Demultiplexer } from './demultiplexer.js';
import type { Datagram } from './ports.js';

/** Takes in datagrams: finds the routers that they are for, and counts those that are for none. */
export class Reception {
  readonly #unmatched = new Map<string, number>();

  constructor(private readonly demultiplexer: Demultiplexer) {}

  /** Received datagrams that no router was found for, by reason. */
  get unmatched(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#unmatched);
  }

  /** Hands the datagram to its routers. */
  receive(datagram: Datagram, now: Micros): void {
    const arrival = openDatagram(datagram);
    if (arrival.rejected === 'authenticationHeader' && this.#rejectHidden(datagram, now)) return;
    if (arrival.rejected !== undefined) {
      this.#count(arrival.rejected);
      return;
    }
    const routers = this.demultiplexer.find(datagram.interfaceIndex, arrival);
    if (routers.length === 0) this.#count('unknownVrid');
    for (const router of routers) router.receive(arrival, now);
  }

  /** Tells the routers for which a peer's AH hides an advert; false when there is none. */
  #rejectHidden({ bytes, interfaceIndex }: Datagram, now: Micros): boolean {
    const hidden = hiddenAdvert(bytes);
    if (hidden === null) return false;
    const destination = { ...hidden, family: 'IPv4', cast: 'Multicast' } as const;
    const routers = this.demultiplexer.find(interfaceIndex, destination);
    for (const router of routers) router.reject('authenticationHeader', hidden.source, now);
    return routers.length > 0;
  }

  #count(reason: string): void {
    this.#unmatched.set(reason, (this.#unmatched.get(reason) ?? 0) + 1);
  }
}
