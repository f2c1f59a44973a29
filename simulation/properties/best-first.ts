import type { RouterState } from '../../src/node-agent/vrrp/state.js';
import { type Micros, fromSeconds } from '../../src/values/time.js';
import type { SimulatedHost } from '../world/host.js';
import type { Takeover } from './false-takeover.js';
import { NEVER, type Sight } from './sight.js';

type Backup = Extract<RouterState, { name: 'Backup' }>;

/**
 * The better Backup that a takeover has passed over, in words; null: there is none.
 *
 * RFC 9568 §6.1: Skew_Time is shorter by A/256 for each step of priority (v2: 1/256 s). Two Backups that heard the same advert did so within
 * the longest delay of a datagram, so the better one's deadline comes first where their difference is more than that.
 */
export function passedOver(sight: Sight, takeover: Takeover): string | null {
  const { host, router, before, because } = takeover;
  if (because !== 'activeDown' && because !== 'resignation') return null;
  const { hosts } = sight.world;
  const speaker = hosts.find((other) => before.active !== null && other.has(before.active.source));
  if (speaker === undefined || !isUndisturbed(sight, speaker.index, host, router)) return null;
  const better = hosts.find(
    (other) => isBetter(sight, takeover, other) && isUndisturbed(sight, speaker.index, other.index, router),
  );
  if (better === undefined) return null;
  const priority = sight.seen(better.index, router).state?.priority ?? 0;
  return `host ${String(host)} took over (${because}) with priority ${String(before.priority)} before host ${String(better.index)} with ${String(priority)}, which heard the same`;
}

/** Whether the other one is a Backup that heard the same, is better by more than chance, and yet still waits. */
function isBetter(sight: Sight, { host, router, before }: Takeover, other: SimulatedHost): boolean {
  const { state } = sight.seen(other.index, router);
  if (other.index === host || !other.working || state?.name !== 'Backup' || !heardTheSame(before, state))
    return false;
  const deadline = inWorldTime(sight.world.hosts[host], before);
  const its = inWorldTime(other, state);
  return deadline !== null && its !== null && its > deadline && isFarBetter(sight, before, state);
}

/** When its Active_Down_Timer fires, in the time of the world; null: nobody runs it. */
const inWorldTime = (host: SimulatedHost | undefined, { activeDownAt }: Backup): number | null =>
  host?.agent === null || host?.agent === undefined ? null : activeDownAt - host.agent.uptime;

const heardTheSame = (one: Backup, other: Backup): boolean =>
  one.active?.source === other.active?.source &&
  one.takeover === other.takeover &&
  one.activeAdverInterval === other.activeAdverInterval;

/** Whether the difference of Skew_Time is more than that of two ways. */
function isFarBetter(
  { world }: Sight,
  than: Backup,
  { priority, config, activeAdverInterval }: Backup,
): boolean {
  const unit = config.version === 2 ? fromSeconds(1) : activeAdverInterval;
  const { delay, lateness } = world.schedule.climate;
  return ((priority - than.priority) * unit) / 256 > delay + lateness;
}

/** Whether the host has heard everything that the other one said lately, and was told nothing itself. */
function isUndisturbed(sight: Sight, speaker: number, host: number, router: number): boolean {
  const since = (sight.world.now - 2 * sight.bounds(router).down) as Micros;
  const lost = sight.world.lan.path(speaker, host).lost.at(-1) ?? NEVER;
  const { changedAt, electedSince } = sight.seen(host, router);
  return lost < since && changedAt < since && electedSince !== null && electedSince < since;
}
