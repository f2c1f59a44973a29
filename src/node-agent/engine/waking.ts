import { type Micros, after } from '../../values/time.js';
import { stoodStill } from '../vrrp/active.js';
import { deadlineOf } from '../vrrp/router.js';
import type { RouterState } from '../vrrp/state.js';

/** Of an interval: what the skew times of two neighbouring priorities differ by. */
const PATIENCE = 1 / 256;
const CROWD = 16;

/**
 * When the engine wakes up for the router. In a crowd an advert may wait for others: hundreds go out in some dozens of turns instead of one by
 * one, and stay together from then on. Who hears it measures from it, and the adverts of a router stay an interval apart. Nothing else
 * may wait.
 */
export function wakeAt(state: RouterState, routers: number): Micros | null {
  if (state.name !== 'Active' || routers < CROWD) return deadlineOf(state);
  const advert = after(state.adverAt, patienceOf(state));
  const announcement = state.announcing.at;
  return announcement !== null && announcement < advert ? announcement : advert;
}

/** How long a router may wait for others with an advert. */
export const patienceOf = ({ config }: RouterState): Micros =>
  Math.floor(config.advertisementInterval * PATIENCE) as Micros;

/** Whether the router is about to conclude something from silence. */
export function isLate(state: RouterState, now: Micros): boolean {
  if (state.name === 'Backup') return state.activeDownAt <= now;
  return state.name === 'Active' && stoodStill(state, now);
}
