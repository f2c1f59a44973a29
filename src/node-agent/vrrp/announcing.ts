import { type Micros, after, fromMillis } from '../../values/time.js';
import type { Announcement } from './config.js';
import type { Announcing } from './state.js';

/**
 * The announcements of one burst are spread over some hundred milliseconds, so that a lost frame, a port that a switch
 * has just opened, and the last moments of a predecessor that still answers are all outlived within the first burst.
 */
const SPACING: Micros = fromMillis(100);

/** The schedule of a router that has just announced for the first time. */
export function startAnnouncing({ repeat, delay, refresh }: Announcement, now: Micros): Announcing {
  const secondAt = delay > 0 ? after(now, delay) : null;
  return following({ at: now, left: repeat, secondAt }, repeat, refresh, now);
}

/** The schedule after the announcement that was due. */
export const announced = (
  announcing: Announcing,
  { repeat, refresh }: Announcement,
  now: Micros,
): Announcing => following(announcing, repeat, refresh, now);

/** Whether a burst is under way, so that another one would add nothing. */
export const inBurst = ({ at, left }: Announcing, now: Micros): boolean =>
  at !== null && left > 0 && at <= after(now, SPACING);

function following({ left, secondAt }: Announcing, repeat: number, refresh: Micros, now: Micros): Announcing {
  if (left > 1) return { at: after(now, SPACING), left: left - 1, secondAt };
  if (secondAt !== null) {
    const earliest = after(now, SPACING);
    return { at: secondAt > earliest ? secondAt : earliest, left: repeat, secondAt: null };
  }
  return { at: refresh > 0 ? after(now, refresh) : null, left: refresh > 0 ? 1 : 0, secondAt: null };
}
