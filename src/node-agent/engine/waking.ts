import type { Micros } from '../../values/time.js';
import { stoodStill } from '../vrrp/active.js';
import { deadlineOf } from '../vrrp/router.js';
import type { RouterState } from '../vrrp/state.js';

const PATIENCE = 1 / 1_000;
const CROWD = 16;

/**
 * When the engine wakes up for the router. In a crowd an advert may wait for others, for a thousandth of its interval: hundreds go out in
 * some dozens of turns instead of one by one. That is a quarter of what the skew times of two neighbouring priorities differ by,
 * and the adverts of a router stay an interval apart. Nothing else may wait.
 */
export function wakeAt(state: RouterState, routers: number): Micros | null {
  const deadline = deadlineOf(state);
  if (deadline === null || state.name !== 'Active' || routers < CROWD) return deadline;
  return (deadline + patienceOf(state)) as Micros;
}

/** How long a router may wait for others with an advert, in microseconds. */
export const patienceOf = ({ config }: RouterState): number =>
  Math.floor(config.advertisementInterval * PATIENCE);

/** Whether the router is about to conclude something from silence. */
export function isLate(state: RouterState, now: Micros): boolean {
  if (state.name === 'Backup') return state.activeDownAt <= now;
  return state.name === 'Active' && stoodStill(state, now);
}
