/*
 * How the operator knows that an agent is there. An agent writes an entry of its own when something changes. While nothing does,
 * it renews one of its entries once per period, the oldest one: the number of its virtual routers does not matter,
 * and an agent counts as heard when any of its entries is new. No clock is compared with that of another host: the operator
 * measures from when it saw an entry change.
 */

const SHORTEST_PERIOD = 10_000;
/** Every entry is sent to every member, so many members renew more slowly. */
const PERIOD_PER_MEMBER = 250;
const PERIODS_UNTIL_STALE = 3;

/** Milliseconds from one heartbeat of an agent to its next, when its largest virtual router has this many members. */
export const heartbeatPeriod = (members: number): number =>
  Math.max(SHORTEST_PERIOD, members * PERIOD_PER_MEMBER);

/** Milliseconds without any news after which what an agent said last is no longer believed. */
export const staleAfter = (members: number): number => PERIODS_UNTIL_STALE * heartbeatPeriod(members);
