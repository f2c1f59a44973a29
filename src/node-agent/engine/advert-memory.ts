import type { Arrival } from '../vrrp/receive.js';
import type { Datagram } from './ports.js';

/** How much of this is kept: anybody on the segment can send for VRIDs and from interfaces as he likes. */
const MOST_KEPT = 4_096;

type Kept = Readonly<{ datagram: Datagram; arrival: Arrival }>;

/**
 * Adverts repeat: what was made of a datagram is kept, for as long as the next one for its VRID says the same. Two datagrams say the same
 * when they differ in nothing but the identification and the header checksum of their IP header, which nobody looks at.
 */
export class AdvertMemory {
  readonly #kept = new Map<number, Kept>();

  /** What was made of the same datagram before; null: it is another one. The very same object as then. */
  recall(datagram: Datagram): Arrival | null {
    const kept = this.#kept.get(slotOf(datagram));
    return kept !== undefined && isSame(kept, datagram) ? kept.arrival : null;
  }

  /** The bytes of `datagram` must stay as they are. */
  keep(datagram: Datagram, arrival: Arrival): void {
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    this.#kept.set(slotOf(datagram), { datagram, arrival });
  }
}

const VERSION_AND_LENGTH = 0;
const IPV4_IDENTIFICATION = 4;
const IPV4_CHECKSUM = 10;

/** The interface, the family, and the octet where a VRID should be. A wrong guess finds nothing. */
function slotOf({ bytes, family, interfaceIndex }: Datagram): number {
  const start = family === 'IPv4' ? ((bytes[VERSION_AND_LENGTH] ?? 0) & 0x0f) * 4 : 0;
  return interfaceIndex * 512 + (family === 'IPv4' ? 0 : 256) + (bytes[start + 1] ?? 0);
}

function isSame({ datagram }: Kept, other: Datagram): boolean {
  return (
    datagram.interfaceIndex === other.interfaceIndex &&
    datagram.family === other.family &&
    datagram.source === other.source &&
    datagram.destination === other.destination &&
    datagram.hopLimit === other.hopLimit &&
    sameBytes(datagram.bytes, other.bytes, other.family === 'IPv4')
  );
}

function sameBytes(one: Uint8Array, other: Uint8Array, isPacket: boolean): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) {
    if (one[index] === other[index]) continue;
    const nobodyCares = isPacket && ((index & ~1) === IPV4_IDENTIFICATION || (index & ~1) === IPV4_CHECKSUM);
    if (!nobodyCares) return false;
  }
  return true;
}
