import type { Micros } from '../../values/time.js';
import { hiddenAdvert } from '../vrrp/authentication-header.js';
import { type Arrival, openDatagram } from '../vrrp/receive.js';
import { AdvertMemory } from './advert-memory.js';
import type { Demultiplexer } from './demultiplexer.js';
import type { Datagram } from './ports.js';

/** Takes in datagrams: finds the routers that they are for, and counts those that are for none. */
export class Reception {
  readonly #unmatched = new Map<string, number>();
  readonly #memory = new AdvertMemory();

  constructor(private readonly demultiplexer: Demultiplexer) {}

  /** Received datagrams that no router was found for, by reason. */
  get unmatched(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#unmatched);
  }

  /** Hands the datagram, which waited to be read until `now`, to its routers. */
  receive(datagram: Datagram, waited: Micros, now: Micros): void {
    const arrival = this.#memory.recall(datagram) ?? this.#open(datagram, now);
    if (arrival === null) return;
    const routers = this.demultiplexer.find(datagram.interfaceIndex, arrival);
    if (routers.length === 0) this.#count('unknownVrid');
    for (const router of routers) router.receive(arrival, waited, now);
  }

  /** null: nobody can do anything with it, and that is counted. */
  #open(datagram: Datagram, now: Micros): Arrival | null {
    const kept: Datagram = { ...datagram, bytes: datagram.bytes.slice() };
    const arrival = openDatagram(kept);
    if (arrival.rejected === undefined) {
      this.#memory.keep(kept, arrival);
      return arrival;
    }
    if (arrival.rejected !== 'authenticationHeader' || !this.#rejectHidden(kept, now))
      this.#count(arrival.rejected);
    return null;
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
