import { type Micros, fromMillis, fromSeconds, micros } from '../../src/values/time.js';
import type { Incident, RouterPlan, Schedule, Settings } from '../schedule.js';
import { ARRIVAL, leaseEnd } from '../world/kernel.js';
import { possible } from '../world/specs.js';

/*
 * How long things may take, from RFC 9568 and docs/simulation.md. A is the longest interval that any host has, or hears of, in the whole
 * schedule: VRRPv3 learns it from any advert that is accepted.
 */

/** An agent that is started while the LAN is mended: until its engine runs (world/host.ts). */
const BOOT = fromMillis(300);
/** What the host refused is tried again after this (engine/engine.ts). */
const RETRY = fromSeconds(1);
/** The part of its interval that an advert may wait for others (engine/waking.ts), twice. */
export const PATIENCE = 1 / 128;
/** The longest that a router answers on after its successor was heard (engine/router-config.ts). */
const SETTLE = fromMillis(100);
/** What a router that resigned waits for its successor beyond Skew_Time (engine/router-config.ts). */
const SUCCESSOR_MARGIN = fromMillis(100);
/** Product: how long two hosts may have an address when the holder's agent is killed. */
const OVERLAP_WITH_DEAD = fromMillis(1_500);
const OVERLAP_LATER = fromSeconds(1);

export type Bounds = Readonly<{
  /** From when all is whole until one holds the addresses, and nothing moves any more. */
  settled: Micros;
  /** Of two holders that hear each other. */
  overlap: Micros;
  /** Of the lease of an agent that is dead. */
  lease: Micros;
  /** Of a dead holder's address beside its successor's. */
  overlapWithDead: Micros;
  /** Of answering although not Active. */
  answering: Micros;
  /** For a call to the kernel to be carried out, and its consequence to be told. */
  kernel: Micros;
  /** Until an Active router whose address is not in the kernel has put it back. */
  reinstall: Micros;
  /** The longest Active_Down_Interval. */
  down: Micros;
  /** Adverts per second and router that all hosts together may send. */
  rate: number;
}>;

export function boundsOf(schedule: Schedule, router: number): Bounds {
  const plan = schedule.routers[router];
  if (plan === undefined) throw new RangeError(`no router ${String(router)}`);
  const { climate, hosts } = schedule;
  const all = settingsOf(plan, router, schedule.incidents);
  const intervals = all.map(({ interval }) => interval);
  const heard = schedule.incidents.flatMap((incident) => forgedInterval(incident, router));
  const own = Math.max(...intervals);
  const longest = Math.max(own, ...heard);
  const shortest = Math.min(...intervals);
  const skew = Math.max(longest, all.some(({ version }) => version === 2) ? fromSeconds(1) : 0);
  const delay = Math.max(0, ...all.map(({ preemption }) => preemption.delay));
  // A request and those queued before it, its answer, what it takes to come into effect, and the notification.
  const kernel = micros(4 * climate.kernel + (plan.family === 'IPv6' ? ARRIVAL : 0));
  const wayThere = micros(2 * climate.delay + 2 * climate.lateness + kernel + PATIENCE * longest);
  const down = micros(3 * longest + skew);
  const busy =
    all.reduce((most, { addresses }) => Math.max(most, addresses.length), 0) > 1 ||
    schedule.routers.length > 1;
  const lease = micros(leaseEnd(Math.ceil((3 * own) / fromSeconds(1)), busy) + kernel);
  const handover = micros(Math.max(longest, skew) + SUCCESSOR_MARGIN);
  const refused = schedule.incidents.some(({ kind }) => kind === 'refused' || kind === 'socketLost');
  const again = micros(BOOT + (refused ? RETRY : 0));
  return {
    // While a preemption delay lasts, the adverts of a worse router that came first count, and then the wait begins anew.
    // Two more intervals: the advert that began the last Active_Down_Interval, and the one that ends the Active time of a worse router.
    settled: micros(
      again +
        Math.max(lease, (delay > 0 ? delay + down : 0) + down + 2 * longest + handover) +
        wayThere +
        fromMillis(50),
    ),
    overlap: micros(longest + Math.max(SETTLE, SUCCESSOR_MARGIN) + (skew > longest ? skew : 0) + wayThere),
    lease,
    overlapWithDead: micros(OVERLAP_WITH_DEAD + (busy ? OVERLAP_LATER : 0) + wayThere),
    answering: micros(2 * longest + skew + SUCCESSOR_MARGIN + wayThere),
    kernel,
    reinstall: micros(1.5 * Math.max(own, fromMillis(250)) + wayThere),
    down,
    rate: (2 * hosts * hosts * 1_000_000) / shortest,
  };
}

/** Everything that any host is ever set to for a router. */
function settingsOf(plan: RouterPlan, router: number, incidents: readonly Incident[]): readonly Settings[] {
  const edited = incidents.flatMap((incident): Settings[] => {
    if (incident.kind !== 'edit' || incident.router !== router) return [];
    return plan.settings.map((settings) => possible({ ...settings, ...incident.change }, plan.family));
  });
  return [...plan.settings, ...edited];
}

const forgedInterval = (incident: Incident, router: number): readonly number[] =>
  incident.kind === 'packet' && incident.router === router && incident.packet.kind === 'forged'
    ? [incident.packet.interval]
    : [];
