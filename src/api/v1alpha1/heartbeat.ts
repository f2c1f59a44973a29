/*
 * How the operator knows that an agent is there. An agent writes an entry of its own when something changes. While nothing does,
 * it renews one of its entries once per period, the oldest one: the number of its virtual routers does not matter,
 * and an agent counts as heard when any of its entries is new. No clock is compared with that of another host: the operator
 * measures from when it saw an entry change.
 */

/** Milliseconds. */
export const SHORTEST_PERIOD = 10_000;
/** Every entry is sent to every member, so many members renew more slowly. */
const PERIOD_PER_MEMBER = 250;
const PERIODS_UNTIL_STALE = 3;

/** Heartbeats of all agents together, a second. Each is a server-side apply, which costs an API server more than anything else that is asked here. */
const MOST_PER_SECOND = 20;
/** The period that a VirtualRouter asks for is a multiple, so that one node more or less does not change it. */
const STEP_SECONDS = 10;

/** What a VirtualRouter says of the heartbeats of its members. */
type Beating = Readonly<{ members: readonly unknown[]; heartbeatSeconds?: number | undefined }>;

/** Milliseconds from one heartbeat of an agent to its next, for one of its virtual routers. The longest of them counts. */
export const heartbeatPeriod = ({ members, heartbeatSeconds = 0 }: Beating): number =>
  Math.max(SHORTEST_PERIOD, members.length * PERIOD_PER_MEMBER, heartbeatSeconds * 1_000);

/** Milliseconds before the first word of a member about a VirtualRouter. */
export const firstSilence = ({
  reportAfterSeconds = 0,
}: Readonly<{ reportAfterSeconds?: number | undefined }>): number => reportAfterSeconds * 1_000;

/** The longest of several, in milliseconds; of none, the shortest that there is. */
export const longestPeriod = (routers: readonly Beating[]): number =>
  Math.max(SHORTEST_PERIOD, ...routers.map(heartbeatPeriod));

/** Milliseconds without any news after which what an agent said last is no longer believed. `period`: of its heartbeats. */
export const staleAfter = (period: number): number => PERIODS_UNTIL_STALE * period;

/** The `heartbeatSeconds` of a VirtualRouter that is written while there are so many agents; undefined: they may beat as they do. */
export function heartbeatSecondsFor(agents: number): number | undefined {
  const seconds = STEP_SECONDS * Math.ceil(agents / MOST_PER_SECOND / STEP_SECONDS);
  return seconds * 1_000 > SHORTEST_PERIOD ? seconds : undefined;
}
