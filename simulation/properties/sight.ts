import type { VirtualRouter } from '../../src/node-agent/engine/virtual-router.js';
import type { RouterState } from '../../src/node-agent/vrrp/state.js';
import { type Micros, micros, toSeconds } from '../../src/values/time.js';
import type { SimulatedHost } from '../world/host.js';
import type { World } from '../world/world.js';
import type { Bounds } from './bounds.js';
import type { Property } from './violation.js';

/** What is known of one virtual router on one host. */
export type Seen = {
  router: VirtualRouter | null;
  /** Its state after its last step. */
  state: RouterState | null;
  /** In Backup or Active without a break since; null: it is not. */
  electedSince: Micros | null;
  activeSince: Micros | null;
  /** When it last ceased to be Active. */
  leftAt: Micros;
  /** The host whose adverts it believed before it became Active because of silence; null: none, or another reason. */
  succeeded: number | null;
  /** When a router that resigned would last have given up waiting for it. */
  slowAt: Micros;
  /** When its adverts last came at another time than an interval after the one before. */
  irregularAt: Micros;
  sentAt: Micros;
  /** Until when what it was told, or suffered, makes what it does no measure. */
  changedAt: Micros;
};

/** Something that may be so, but for no longer than `bound`. */
export type Condition = Readonly<{
  /** What was before does not count. */
  since?: Micros;
  bound: Micros;
  property: Property;
  seen: string;
}>;

/** What is so at the moment; a condition of the same name that was so before goes on. */
export type Note = (name: string, condition: Condition) => void;

/** What the properties are decided from. */
export interface Sight {
  readonly world: World;
  bounds(router: number): Bounds;
  seen(host: number, router: number): Seen;
  /** Whether nothing unplanned has happened for so long that addresses may not be without a holder. */
  calm(router: number): boolean;
  /** Whether nothing at all has happened for so long that nothing may change any more. */
  still(router: number): boolean;
}

export const NEVER: Micros = micros(-1e15);

export const unseen = (): Seen => ({
  router: null,
  state: null,
  electedSince: null,
  activeSince: null,
  leftAt: NEVER,
  succeeded: null,
  slowAt: NEVER,
  irregularAt: micros(0),
  sentAt: NEVER,
  changedAt: micros(0),
});

/** The agent is gone, or the router begins anew. */
export function forget(seen: Seen): void {
  seen.router = null;
  seen.state = null;
  seen.electedSince = null;
  seen.activeSince = null;
}

/** Whether the host's agent runs and can hear. */
export const isAlive = ({ agent }: SimulatedHost): boolean =>
  agent !== null && !agent.paused && agent.listens;

/** Whether the host's agent is dead or stands still. */
export const isDead = ({ agent }: SimulatedHost): boolean => agent === null || agent.paused;

export const diedAt = ({ pausedSince, since }: SimulatedHost): Micros => pausedSince ?? since;

export const later = (one: Micros, other: Micros): Micros => (other > one ? other : one);

export const inSeconds = (duration: number): string => `${toSeconds(duration as Micros).toFixed(3)} s`;

export const namesOf = (hosts: readonly SimulatedHost[]): string =>
  hosts.map(({ index }) => index).join(' and ');
