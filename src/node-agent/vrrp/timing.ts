import { type Micros, after, fromSeconds, micros } from '../../values/time.js';
import type { Priority, RouterConfig } from './config.js';

/** Adverts that may be missed before a Backup takes over (RFC 9568 §6.1, the factor of Active_Down_Interval). */
export const DOWN_TIMER_ADVERTS = 3;

/**
 * Skew_Time: what makes the best Backup the first one to take over.
 * v3 (RFC 9568 §6.1): (256 - priority) * Active_Adver_Interval / 256. v2 (RFC 3768 §6.1): (256 - priority) / 256 seconds.
 */
export function skewTime(config: RouterConfig, priority: Priority, activeAdverInterval: Micros): Micros {
  const unit = config.version === 2 ? fromSeconds(1) : activeAdverInterval;
  return micros(((256 - priority) * unit) / 256);
}

/** Active_Down_Interval (RFC 9568 §6.1): the silence after which the Active router is taken for dead. */
export function activeDownInterval(
  config: RouterConfig,
  priority: Priority,
  activeAdverInterval: Micros,
): Micros {
  return micros(DOWN_TIMER_ADVERTS * activeAdverInterval + skewTime(config, priority, activeAdverInterval));
}

/**
 * The first slot after `now` of a timer that fires each `interval`, counted from `previous` so that it does not drift;
 * slots that were missed are skipped, never made up for in a burst.
 */
export function nextSlot(previous: Micros, interval: Micros, now: Micros): Micros {
  const next = after(previous, interval);
  if (next > now) return next;
  const missed = Math.floor((now - next) / interval) + 1;
  return micros(next + missed * interval);
}
