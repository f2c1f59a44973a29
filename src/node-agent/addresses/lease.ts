import { type Micros, fromMillis, fromSeconds, micros } from '../../values/time.js';
import type { Lease } from '../engine/ports.js';

/** More often than this the kernel is not asked; the shortest lease is four times as long. */
const SHORTEST_RENEWAL: Micros = fromMillis(250);

/**
 * How long the kernel keeps the addresses of a router with this advertisement interval A by itself, and how often that is
 * extended: with every advert, as far as these are not closer together than 250 ms.
 *
 * What the other routers measure is the silence since our last advert, and they take over 3A and the skew time after it. The lease
 * measures the same: 3A, rounded up to the kernel's whole seconds. So a stall after which nobody has taken over yet never loses
 * the address, and one that lasts longer, or the death of this process, does not leave it on two hosts for longer than 1.5 s.
 *
 * Measured with Linux 6.18 (250 Hz), from the last renewal to the removal, for IPv4 and IPv6 alike: a lease of 1 s: 1.04 s to 1.49 s;
 * 2 s: 2.12 s to 2.46 s; 4 s: 4.15 s to 4.54 s. The kernel looks at most once a second, waits for a full second when that is less than 250 ms
 * away, and its timers are late by up to an eighth; it may also be 20 ms early. When other addresses with an end are changed
 * on the host at the same time, a removal can be one second later still.
 */
export function leaseFor(advertisementInterval: Micros): Lease & Readonly<{ renewal: Micros }> {
  return {
    seconds: Math.max(1, Math.ceil((3 * advertisementInterval) / fromSeconds(1))),
    renewal: micros(Math.max(SHORTEST_RENEWAL, advertisementInterval)),
  };
}
