import type { RouterState } from '../../src/node-agent/vrrp/state.js';
import { skewTime } from '../../src/node-agent/vrrp/timing.js';
import { fromSeconds, micros } from '../../src/values/time.js';
import type { SimulatedHost } from '../world/host.js';
import { bestOf } from './election.js';
import { type Note, type Sight, later, namesOf } from './sight.js';

export type Held = Readonly<{ router: number; address: string; holders: readonly SimulatedHost[] }>;

/** The longest that a router answers on after it has resigned (engine/router-config.ts), less some for what that takes. */
const LONGEST_HANDOVER = fromSeconds(9.8);
const AT_ONCE = micros(0);

/** On a LAN in order somebody has the address at any moment, whatever is done on purpose. */
export function lookAtGap(sight: Sight, { router, address }: Held, note: Note): void {
  const electorate = sight.world.hosts.filter((host) => couldHold(sight, host, router, address));
  if (electorate.length === 0) return;
  note(`gap ${address}`, {
    bound: AT_ONCE,
    property: 'noGap',
    seen: `nobody had ${address}, though host ${namesOf(electorate)} could have`,
  });
}

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

/** Once nothing happens any more, one host has the address, the best one; and the neighbours know. */
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
