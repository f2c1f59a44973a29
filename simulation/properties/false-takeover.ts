import { OWNER_PRIORITY } from '../../src/node-agent/vrrp/config.js';
import type { RouterState } from '../../src/node-agent/vrrp/state.js';
import { activeDownInterval } from '../../src/node-agent/vrrp/timing.js';
import { fromSeconds } from '../../src/values/time.js';
import type { SimulatedHost } from '../world/host.js';
import { compatible } from './election.js';
import type { Seen, Sight } from './sight.js';

export type Takeover = Readonly<{
  host: number;
  router: number;
  before: Extract<RouterState, { name: 'Backup' }>;
  because: string;
}>;

/**
 * What is wrong with a takeover out of silence; null: nothing.
 *
 * A Backup waits 3A + Skew_Time from the last advert that it believed. An Active router that it must obey sends at least each 1.1 A (timers
 * may be late). If at most one of its datagrams was lost in that time, the longest silence is 2.2 A and the way of one datagram: less
 * than 3A. If two were lost, the third comes 3A after the last, and in time if timers and datagrams are late by less than Skew_Time. So
 * whoever takes over then did so although it had heard.
 */
export function falseTakeover(sight: Sight, takeover: Takeover): string | null {
  const { host, router, before, because } = takeover;
  if (because !== 'activeDown' && because !== 'preemption') return null;
  const waited = activeDownInterval(before.config, before.priority, before.activeAdverInterval);
  const { now, schedule, hosts } = sight.world;
  const since = now - waited - schedule.climate.delay - schedule.climate.lateness;
  if (sight.seen(host, router).changedAt > since) return null;
  const healthy = hosts.find((other) => other.index !== host && wasHeard(sight, other, takeover, since));
  if (healthy === undefined) return null;
  const priority = sight.seen(healthy.index, router).state?.priority ?? 0;
  return `host ${String(host)} took over (${because}) from host ${String(healthy.index)}, which was Active with priority ${String(priority)} and not silent`;
}

/** Whether the other one was Active throughout, and heard by the one that took over, which has to obey it. */
function wasHeard(
  sight: Sight,
  other: SimulatedHost,
  { host, router, before }: Takeover,
  since: number,
): boolean {
  const seen = sight.seen(other.index, router);
  const { state } = seen;
  if (!other.working || state?.name !== 'Active' || !isSteady(seen, since)) return false;
  if (!compatible(sight.world, router, other.index, host)) return false;
  // An owner preempts whatever its Preempt_Mode (RFC 9568 §6.1).
  const preempts = before.config.preemption.mode === 'Preempt' || before.priority === OWNER_PRIORITY;
  if (state.priority < before.priority && preempts) return false;
  // It waits for another one, whose interval it has learned, or has not heard anybody yet.
  if (before.activeAdverInterval < state.config.advertisementInterval) return false;
  return lossesSince(sight, other.index, host, since) <= bearable(sight, before);
}

/** How many losses in a row a Backup bears. */
function bearable({ world }: Sight, { priority, config, activeAdverInterval }: Takeover['before']): 1 | 2 {
  const unit = config.version === 2 ? fromSeconds(1) : activeAdverInterval;
  const { delay, lateness } = world.schedule.climate;
  // Adverts may wait for others, for a thousandth of what they are counted in.
  const late = delay + lateness + unit / 500;
  return late < ((256 - priority) * unit) / 256 ? 2 : 1;
}

/** Active, unchanged and in time for all of the silence that counts. */
const isSteady = ({ activeSince, irregularAt, changedAt }: Seen, since: number): boolean =>
  activeSince !== null && activeSince <= since && irregularAt <= since && changedAt <= since;

const lossesSince = ({ world }: Sight, from: number, to: number, since: number): number =>
  world.lan.path(from, to).lost.filter((at) => at >= since).length;
