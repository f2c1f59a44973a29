/*
 * What the tests expect of time, in milliseconds. Computed here, apart from the product's own timing.
 */

/** The default advertisement interval. */
export const A = 1000;

/** How long a backup with this priority waits for the next advert of version 3, with adverts every `interval`. */
export const down = (priority: number, interval = A): number =>
  3 * interval + ((256 - priority) * interval) / 256;

/**
 * How much later something may be than the protocol says: two processors carry three kubelets, the control plane and the
 * client as well. Benchmarks measure finer.
 */
export const EPSILON = 300;

/** The longest time that nobody answers when a holder fails without a word and the next one has priority 253. */
export const FAILOVER = down(253) + EPSILON;

/** Two nodes never have an address for longer. */
export const LONGEST_OVERLAP = 1500;

/** From when the API server can know to when `kubectl get virtualips` tells. */
export const TOLD_WITHIN = 5000;

/** How often an agent says that it is there and what it does, when nothing else makes it. */
export const HEARTBEAT = 10_000;

/** An agent that says nothing for this long is not believed any more: three heartbeats. */
export const STALE_AFTER = 3 * HEARTBEAT;
