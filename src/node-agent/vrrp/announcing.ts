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
  return following({ at: now, left: repeat, secondAt, hastened: 0 }, repeat, refresh, now);
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

/** How soon after one announcement the next one may follow. Less than what a router that gives way still answers for. */
const CROSSING: Micros = fromMillis(15);
/** Of a burst, for the first advert of the other one and for its last: who advertises again and again must not have us announce without end. */
const MOST_HASTENED = 2;

/**
 * Another router has taken over at the same time and announced the addresses too, perhaps after us: it gives way and falls silent, and the
 * neighbours must know before. The next announcement of a burst that is under way does not wait for its turn.
 */
export function hastened(announcing: Announcing, now: Micros): Announcing {
  const { at } = announcing;
  if (at === null || !inBurst(announcing, now)) return announcing;
  if (announcing.hastened >= MOST_HASTENED || at <= after(now, CROSSING)) return announcing;
  return {
    ...announcing,
    at: Math.max(now, at - SPACING + CROSSING) as Micros,
    hastened: announcing.hastened + 1,
  };
}

function following(
  { left, secondAt, hastened: soFar }: Announcing,
  repeat: number,
  refresh: Micros,
  now: Micros,
): Announcing {
  if (left > 1) return { at: after(now, SPACING), left: left - 1, secondAt, hastened: soFar };
  if (secondAt !== null) {
    const earliest = after(now, SPACING);
    return { at: secondAt > earliest ? secondAt : earliest, left: repeat, secondAt: null, hastened: 0 };
  }
  return {
    at: refresh > 0 ? after(now, refresh) : null,
    left: refresh > 0 ? 1 : 0,
    secondAt: null,
    hastened: 0,
  };
}
