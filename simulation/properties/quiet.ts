import type { RouterState } from '../../src/node-agent/vrrp/state.js';
import { skewTime } from '../../src/node-agent/vrrp/timing.js';
import { fromSeconds, micros } from '../../src/values/time.js';
import type { SimulatedHost } from '../world/host.js';
import { prefixOf } from '../world/kernel.js';
import type { Heard } from '../world/world.js';
import type { Incident } from '../schedule.js';
import { bestOf } from './election.js';
import { disturbs } from './order.js';
import { NEVER, type Note, type Sight, later, namesOf } from './sight.js';

export type Held = Readonly<{ router: number; address: string; holders: readonly SimulatedHost[] }>;

/** The longest that a router answers on after it has resigned (engine/router-config.ts), less some for what that takes. */
const LONGEST_HANDOVER = fromSeconds(9.8);
const AT_ONCE = micros(0);

/** On a LAN in order somebody has the address at any moment, whatever is done on purpose, and the neighbours know who. */
export function lookAtCalm(sight: Sight, held: Held, note: Note): void {
  const { router, address, holders } = held;
  const electorate = sight.world.hosts.filter((host) => couldHold(sight, host, router, address));
  if (electorate.length === 0) return;
  if (holders.length > 0) lookAtNeighbours(sight, held, note);
  else
    note(`gap ${address}`, {
      bound: AT_ONCE,
      property: 'noGap',
      seen: `nobody had ${address}, though host ${namesOf(electorate)} could have`,
    });
}

function lookAtNeighbours(sight: Sight, { router, address, holders }: Held, note: Note): void {
  const { world } = sight;
  const bare = prefixOf(address).address;
  const heard = world.neighbours.get(bare);
  if (heard === undefined || holders.some(({ index }) => index === heard.host)) return;
  // It is on its way, or has been lost while things were.
  if (holders.some(({ index }) => (world.announced[index]?.get(bare) ?? NEVER) > heard.saidAt)) return;
  if (holders.some((holder) => couldNotKnow(sight, router, heard, holder))) return;
  note(`misled ${address}`, {
    bound: AT_ONCE,
    property: 'neighbours',
    seen: `the neighbours sent to host ${String(heard.host)} for ${address}, which host ${namesOf(holders)} had`,
  });
}

/** Whether the holder could not learn that another host had announced the address, and has it no more: only its refresh mends that. */
function couldNotKnow(sight: Sight, router: number, { host, saidAt }: Heard, holder: SimulatedHost): boolean {
  const { world } = sight;
  const { incidents, mendAt } = world.schedule;
  const died = (world.hosts[host]?.fellSilentAt ?? NEVER) > saidAt;
  // Its last word was lost.
  const unheard =
    (world.lan.path(host, holder.index).lost.at(-1) ?? NEVER) >= sight.seen(host, router).leftAt;
  const strangers = saidAt < mendAt && incidents.some(isEdit);
  return died || unheard || strangers;
}

/** Makes one host's router another than those of the others. */
const isEdit = (incident: Incident): boolean => incident.kind === 'edit' && disturbs(incident);

/** Whether the host was in the election for so long that it must have taken over from whoever went. */
function couldHold(sight: Sight, host: SimulatedHost, router: number, address: string): boolean {
  const { electedSince, slowAt } = sight.seen(host.index, router);
  if (electedSince === null || !takesPart(sight, host, router, address)) return false;
  const { settled } = sight.bounds(router);
  return sight.world.now - later(electedSince, slowAt) > settled;
}

/** Whether one that resigned gives up waiting for somebody who takes over before this router does. */
export function isSlow(state: RouterState | null): boolean {
  if (state === null) return false;
  const interval = state.name === 'Backup' ? state.activeAdverInterval : state.config.advertisementInterval;
  return skewTime(state.config, state.priority, interval) >= LONGEST_HANDOVER;
}

const takesPart = (sight: Sight, host: SimulatedHost, router: number, address: string): boolean =>
  host.working &&
  host.attached &&
  sight.seen(host.index, router).electedSince !== null &&
  sight.world.settingsOf(router, host.index).addresses.includes(address);

/** Once nothing happens any more, one host has the address, the best one. */
export function lookAtStillness(sight: Sight, held: Held, note: Note): void {
  const { router, address } = held;
  const candidates = sight.world.hosts.filter((host) => takesPart(sight, host, router, address));
  if (candidates.length === 0) return;
  const wrong = whatIsWrong(sight, held, candidates);
  if (wrong !== null) note(`still ${address}`, { bound: AT_ONCE, property: 'oneHolder', seen: wrong });
}

function whatIsWrong(
  sight: Sight,
  { router, address, holders }: Held,
  candidates: readonly SimulatedHost[],
): string | null {
  const [holder, ...more] = holders;
  if (holder === undefined) return `nobody had ${address}`;
  if (more.length > 0) return `hosts ${namesOf(holders)} had ${address}`;
  const best = bestOf(sight.world, router, candidates, (host) => sight.seen(host, router).router);
  if (best === null || best === holder.index) return null;
  return `host ${String(holder.index)} had ${address}, though host ${String(best)} is better and preempts`;
}
