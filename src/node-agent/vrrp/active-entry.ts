import { type Micros, after } from '../../values/time.js';
import { startAnnouncing } from './announcing.js';
import type { TransitionReason } from './effect.js';
import type { Active, Backup, Initialize } from './state.js';
import { ANNOUNCE, HOLD, type Step, changed, sendAdvert, step } from './step.js';

/**
 * Becomes Active (RFC 9568 §6.4.1 and §6.4.2). The advert goes first: it makes a router that was Active until now give
 * the addresses up while we install them; the announcement goes last, when the addresses answer.
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
  return step(active, sendAdvert(active), HOLD, ANNOUNCE, changed(from, active, because));
}
