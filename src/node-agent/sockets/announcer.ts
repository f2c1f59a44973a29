import { type IpAddress, familyOf } from '../../values/ip-address.js';
import type { MacAddress } from '../../values/mac-address.js';
import { HostError } from '../../platform/errors.js';
import type { Announcer, Link } from '../engine/ports.js';
import { isForwardingIPv6 } from '../host/sysctls.js';
import { type Frame, gratuitousArp, neighbourAdvertisement } from './frames.js';
import { type Libc, SOCK_CLOEXEC, SOCK_RAW } from './libc.js';
import { AF_PACKET, linkSocketAddress } from './socket-address.js';

/** About 100 µs of work; between two turns adverts are sent and received. */
const FRAMES_PER_TURN = 20;
const TURN_MILLISECONDS = 1;

export type AnnouncerOptions = Readonly<{
  /** Whether this host forwards IPv6 on an interface: the R flag of neighbour advertisements. */
  forwardsIPv6: (interfaceName: string) => boolean;
  /** Told when a frame could not be sent. The others are still sent. */
  failed: (error: HostError, link: Link, address: IpAddress) => void;
}>;

/** An {@link Announcer} over a packet socket that only sends, and what closes it. */
export interface PacketAnnouncer extends Announcer {
  close(): void;
}

type Queued = Readonly<{ link: Link; mac: MacAddress; address: IpAddress; router: boolean }>;

/** Throws a `HostError` when there is no packet socket to be had. */
export function createAnnouncer(
  libc: Libc,
  { forwardsIPv6 = isForwardingIPv6, failed = () => undefined }: Partial<AnnouncerOptions> = {},
): PacketAnnouncer {
  // Protocol 0: receives nothing.
  const descriptor = libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  const queue = new Map<string, Queued>();
  let timer: NodeJS.Timeout | null = null;
  let open = true;

  const framesFor = ({ mac, address, router }: Queued): readonly Frame[] =>
    familyOf(address) === 'IPv4'
      ? [gratuitousArp(address, mac, 'request'), gratuitousArp(address, mac, 'reply')]
      : [neighbourAdvertisement(address, mac, router)];

  const send = (entry: Queued): number => {
    const frames = framesFor(entry);
    try {
      for (const { bytes, destination, etherType } of frames)
        libc.sendTo(descriptor, bytes, linkSocketAddress(entry.link.index, destination, etherType));
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      failed(error, entry.link, entry.address);
    }
    return frames.length;
  };

  const turn = (): void => {
    timer = null;
    let sent = 0;
    for (const [key, entry] of queue) {
      if (sent >= FRAMES_PER_TURN) break;
      queue.delete(key);
      sent += send(entry);
    }
    if (queue.size > 0) timer = setTimeout(turn, TURN_MILLISECONDS);
  };

  return {
    announce: (link, mac, addresses) => {
      if (!open) return;
      const router = addresses.some((address) => familyOf(address) === 'IPv6') && forwardsIPv6(link.name);
      for (const address of addresses) {
        const key = keyOf(link, address);
        // Deleted first, so that it goes to the end.
        queue.delete(key);
        queue.set(key, { link, mac, address, router });
      }
      // The first ones at once: neighbours are waiting for them.
      if (timer === null) turn();
    },
    cancel: (link, addresses) => {
      for (const address of addresses) queue.delete(keyOf(link, address));
    },
    close: () => {
      if (!open) return;
      open = false;
      if (timer !== null) clearTimeout(timer);
      queue.clear();
      libc.close(descriptor);
    },
  };
}

const keyOf = (link: Link, address: IpAddress): string => `${String(link.index)} ${address}`;
