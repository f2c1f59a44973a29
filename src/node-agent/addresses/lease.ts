import { type Micros, fromMillis, fromSeconds, micros, toSeconds } from '../../values/time.js';
import type { Lease } from '../engine/ports.js';

/** More often than this the kernel is not asked. Shorter than the shortest span that a lease can spare. */
const SHORTEST_RENEWAL: Micros = fromMillis(250);

/**
 * How long the kernel keeps the addresses of a router with this advertisement interval A by itself, and how often that is
 * extended.
 *
 * The kernel counts whole seconds. floor(3A + 1.3 s) makes both ends meet: the address of a holder that died right after a renewal
 * is gone at most 1.5 s after 3A, the earliest moment at which a successor takes over; and because what the lease lasts beyond 3A
 * (0.3 s to 1.3 s) is also the longest time between renewals, a stall shorter than 3A, after which no other router has taken
 * over yet, never loses the address.
 */
export function leaseFor(advertisementInterval: Micros): Lease & Readonly<{ renewal: Micros }> {
  const down = 3 * toSeconds(advertisementInterval);
  // Rounded to the microsecond first: 3 * 0.9 + 1.3 must not be 3.9999.
  const seconds = Math.max(1, Math.floor(toSeconds(fromSeconds(down + 1.3))));
  const spare = micros(fromSeconds(seconds) - fromSeconds(down));
  return { seconds, renewal: micros(Math.max(SHORTEST_RENEWAL, Math.min(advertisementInterval, spare))) };
}
