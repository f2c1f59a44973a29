import { type Micros, after } from '../../values/time.js';
import { startAnnouncing } from './announcing.js';
import type { TransitionReason } from './effect.js';
import type { Active, Backup, Initialize } from './state.js';
import { ANNOUNCE, HOLD, type Step, changed, sendAdvert, step } from './step.js';

const PLANNED: ReadonlySet<TransitionReason> = new Set(['resignation', 'preemption']);

/**
 * Becomes Active (RFC 9568 §6.4.1 and §6.4.2). The announcement goes last, when the addresses answer.
 *
 * In a planned takeover another router still answers, and stops soon after our advert: so the addresses are installed before it.
 * In any other takeover nobody answers, and the advert goes first: it keeps further Backups from taking over as well.
 */
export function enterActive(from: Initialize | Backup, because: TransitionReason, now: Micros): Step<Active> {
  const { config, priority, source } = from;
  const active: Active = {
    name: 'Active',
    config,
    priority,
    source,
    answering: null,
    adverAt: after(now, config.advertisementInterval),
    sentAt: now,
    renewAt: after(now, config.leaseRenewal),
    announcing: startAnnouncing(config.announcement, now),
  };
  const opening = PLANNED.has(because) ? [HOLD, sendAdvert(active)] : [sendAdvert(active), HOLD];
  return step(active, ...opening, ANNOUNCE, changed(from, active, because));
}
