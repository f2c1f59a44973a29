import type { Incident } from '../schedule.js';
import type { SimulatedHost } from '../world/host.js';
import { compatible } from './election.js';
import { NEVER, type Note, type Sight, diedAt, isAlive, isDead, later } from './sight.js';

export type Shared = Readonly<{ router: number; address: string; one: SimulatedHost; other: SimulatedHost }>;

/** Whether two hosts may have an address at the same time. */
export function lookAtSharing(sight: Sight, shared: Shared, note: Note): void {
  const { address, one, other } = shared;
  const names = `hosts ${String(one.index)} and ${String(other.index)}`;
  if (isAlive(one) && isAlive(other)) {
    if (understandEachOther(sight, shared))
      note(`two ${address} ${names}`, {
        since: hearingSince(sight, shared),
        bound: sight.bounds(shared.router).overlap,
        property: 'twoHolders',
        seen: `${names} heard each other and both had ${address}`,
      });
    return;
  }
  for (const [dead, successor] of [
    [one, other],
    [other, one],
  ] as const)
    if (isSuccession(sight, shared.router, dead, successor))
      note(`dead ${address} ${names}`, {
        bound: sight.bounds(shared.router).overlapWithDead,
        property: 'successorAlone',
        seen: `host ${String(dead.index)}, whose agent was dead or stood still, and its successor host ${String(successor.index)} both had ${address}`,
      });
}

const understandEachOther = ({ world }: Sight, { router, one, other }: Shared): boolean =>
  compatible(world, router, one.index, other.index) && compatible(world, router, other.index, one.index);

/** Since when nothing was lost between the two, and neither was told anything new. */
function hearingSince(sight: Sight, { router, one, other }: Shared) {
  const { lan } = sight.world;
  return [
    sight.seen(one.index, router).changedAt,
    sight.seen(other.index, router).changedAt,
    lan.path(one.index, other.index).lost.at(-1) ?? NEVER,
    lan.path(other.index, one.index).lost.at(-1) ?? NEVER,
  ].reduce(later);
}

/** Whether `successor` took over because it had listened to `dead` and heard nothing any more. */
function isSuccession(sight: Sight, router: number, dead: SimulatedHost, successor: SimulatedHost): boolean {
  if (!isDead(dead)) return false;
  const { world } = sight;
  const { activeSince, succeeded } = sight.seen(successor.index, router);
  const died = diedAt(dead);
  const heardAll = died - 2 * sight.bounds(router).down;
  const lost = world.lan.path(dead.index, successor.index).lost.at(-1) ?? NEVER;
  return (
    activeSince !== null &&
    activeSince > died &&
    succeeded === dead.index &&
    lost < heardAll &&
    sight.seen(dead.index, router).changedAt < heardAll &&
    haveOneInterval(sight, router)
  );
}

/** Otherwise the successor waits for another time than that for which the lease lasts. */
function haveOneInterval({ world }: Sight, router: number): boolean {
  const intervals = new Set(world.settings[router]?.map(({ interval }) => interval));
  return intervals.size === 1 && !world.schedule.incidents.some(changesLeases);
}

const changesLeases = (incident: Incident): boolean =>
  incident.kind === 'addressesStolen' ||
  (incident.kind === 'packet' && incident.packet.kind === 'forged') ||
  (incident.kind === 'edit' && incident.change.interval !== undefined);
