/*
 * What a scenario expects of time, in milliseconds. Computed here, apart from the product's own timing.
 */

/** How far a moment may be from the expected one on a shared machine. The fine figures are the benchmarks' job. */
export const EPSILON = 100;

/** The default advertisement interval. */
export const A = 1000;

/** Skew time of a router with this priority: v2 in fractions of a second, v3 of the interval. */
export const skew = (priority: number, version: 2 | 3 = 2, interval = A): number =>
  ((256 - priority) * (version === 2 ? 1000 : interval)) / 256;

/** How long a router with this priority waits for the next advert. */
export const down = (priority: number, version: 2 | 3 = 2, interval = A): number =>
  3 * interval + skew(priority, version, interval);
