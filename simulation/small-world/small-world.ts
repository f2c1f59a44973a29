import type { RouterConfig } from '../../src/node-agent/vrrp/config.js';
import { initialState } from '../../src/node-agent/vrrp/router.js';
import type { RouterState } from '../../src/node-agent/vrrp/state.js';
import { type IpAddress, ipAddress } from '../../src/values/ip-address.js';
import { type Micros, fromMillis, fromSeconds, micros } from '../../src/values/time.js';

/*
 * Worlds so small that everything that can happen in them can be tried: two or three routers, adverts that arrive at once or never, and
 * kernels that carry out at once what they are told.
 */

export type Member = Readonly<{
  state: RouterState;
  /** `gone`: there is no agent. `standing`: it stands still. */
  agent: 'running' | 'standing' | 'gone';
  /** When the kernel removes the address; null: it does not have it. */
  leasedUntil: Micros | null;
  /** Was in the election when somebody last resigned: it can be relied on to take over. */
  elder: boolean;
  /** What waits for an agent that stands still. */
  waiting: readonly Advert[];
}>;

export type Advert = Readonly<{ from: number; priority: number }>;

/** On its way from one router to another. */
export type InFlight = Advert & Readonly<{ to: number }>;

export type SmallWorld = Readonly<{
  now: Micros;
  members: readonly Member[];
  /** Those of one sender to one receiver in their order. */
  inFlight: readonly InFlight[];
  /** Since when two that hear each other have had the address; null: they do not. */
  sharedSince: Micros | null;
}>;

export const INTERVAL: Micros = fromSeconds(1);
/** As long as a lease of three seconds may last (world/kernel.ts). */
export const LEASE: Micros = fromMillis(3_540);

export const addressOf = (member: number): IpAddress => ipAddress(`192.0.2.${String(member + 1)}`);

const CONFIG: Omit<RouterConfig, 'basePriority'> = {
  vrid: 51,
  family: 'IPv4',
  version: 3,
  addresses: [ipAddress('192.0.2.100')],
  advertisementInterval: INTERVAL,
  preemption: { mode: 'Preempt', delay: micros(0) },
  authentication: { type: 'None' },
  cast: { mode: 'Multicast' },
  checksum: 'PseudoHeader',
  // Announcements change nothing here, and would be moments of their own.
  announcement: { repeat: 1, delay: micros(0), refresh: micros(0) },
  leaseRenewal: INTERVAL,
  handover: { bound: fromMillis(1_100), settle: fromMillis(100), displaced: fromMillis(30) },
  strictOwner: false,
  strictFirstAddress: false,
};

/** A world of routers with these priorities, none of which has been started. */
export const smallWorld = (priorities: readonly number[]): SmallWorld => ({
  now: micros(0),
  members: priorities.map((basePriority) => ({
    state: initialState({ ...CONFIG, basePriority }),
    agent: 'gone',
    leasedUntil: null,
    elder: false,
    waiting: [],
  })),
  inFlight: [],
  sharedSince: null,
});

/** Equal for worlds from which the same can follow: times are what is left until then. */
export function identityOf({ now, members, inFlight, sharedSince }: SmallWorld): string {
  const left = (at: Micros | null): number | null => (at === null ? null : at - now);
  const parts = members.map(({ state, agent, leasedUntil, elder, waiting }) => [
    state.name,
    state.priority,
    agent,
    left(leasedUntil),
    elder,
    state.answering === null ? null : [left(state.answering.until), state.answering.settle],
    ...(state.name === 'Backup'
      ? [
          left(state.activeDownAt),
          left(state.preemptAt),
          state.takeover,
          state.active?.source,
          state.active?.priority,
        ]
      : []),
    ...(state.name === 'Active' ? [left(state.adverAt), left(state.sentAt), left(state.renewAt)] : []),
    waiting,
  ]);
  return JSON.stringify([parts, inFlight, left(sharedSince)]);
}
