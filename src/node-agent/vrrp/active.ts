import { type IpAddress, compareAddresses } from '../../values/ip-address.js';
import { type Micros, after } from '../../values/time.js';
import type { Advert } from './advert.js';
import { announced, hastened, inBurst, startAnnouncing } from './announcing.js';
import { OWNER_PRIORITY, type Priority, type RouterConfig } from './config.js';
import type { Effect, Notice, TransitionReason } from './effect.js';
import type { RouterEvent } from './event.js';
import type { Active, Answering, Backup, Initialize } from './state.js';
import {
  ANNOUNCE,
  HOLD,
  RELEASE,
  RENEW,
  SEND_RESIGNATION,
  type Step,
  answeringFrom,
  changed,
  sendAdvert,
  step,
} from './step.js';
import { DOWN_TIMER_ADVERTS, activeDownInterval, nextSlot, skewTime } from './timing.js';

/** RFC 9568 §6.4.3: holding the addresses. */
export function active(state: Active, event: RouterEvent, now: Micros): Step {
  switch (event.kind) {
    case 'startup':
      return step({ ...state, source: event.source });
    case 'shutdown':
      return shutdown(state, event, now);
    case 'advertReceived':
      return advertReceived(state, event.advert, event.sender, now);
    case 'timerExpired':
      return timerExpired(state, now);
    case 'prioritySet':
      return prioritySet(state, event.priority, event.yieldToPeer, now);
    case 'configSet':
      return configSet(state, event.config, now);
    case 'sourceSet':
      return step({ ...state, source: event.source });
    case 'addressesLost':
      return announceAgain(state, now, [HOLD]);
  }
}

/** Resigns. With a handover the addresses stay until the successor is heard, so that no packet finds nobody. */
function shutdown(
  state: Active,
  event: Extract<RouterEvent, { kind: 'shutdown' }>,
  now: Micros,
): Step<Initialize> {
  const { config, priority, source } = state;
  const handover = event.handover ? config.handover : null;
  const answering =
    handover === null ? null : answeringFrom(now, handover.bound, handover.settle, lastAdvert(state));
  const stopped: Initialize = { name: 'Initialize', config, priority, source, answering };
  const release = answering === null ? [RELEASE] : [];
  return step(stopped, SEND_RESIGNATION, ...release, changed(state, stopped, event.because));
}

const lastAdvert = ({ sentAt, priority }: Active): Answering['last'] => ({ sentAt, priority });

function timerExpired(state: Active, now: Micros): Step {
  const { advertisementInterval } = state.config;
  const advertised =
    now >= state.adverAt
      ? advertise(state, nextSlot(state.adverAt, advertisementInterval, now), now)
      : step(state);
  const { announcing, config } = advertised.state;
  if (announcing.at === null || now < announcing.at) return advertised;
  const next = { ...advertised.state, announcing: announced(announcing, config.announcement, now) };
  return step(next, ...advertised.effects, ANNOUNCE);
}

/**
 * Sends an advert and, when it is due, renews the addresses with it: what keeps the other routers away and what keeps
 * the addresses here must never come apart. Half an interval of tolerance, so that a renewal due just after this
 * advert does not wait for the next one.
 */
function advertise(state: Active, adverAt: Micros, now: Micros): Step<Active> {
  const { advertisementInterval, leaseRenewal } = state.config;
  const renews = now + advertisementInterval / 2 >= state.renewAt;
  const renewAt = renews ? after(now, leaseRenewal) : state.renewAt;
  const next: Active = { ...state, adverAt, sentAt: now, renewAt };
  return renews ? step(next, sendAdvert(next), RENEW) : step(next, sendAdvert(next));
}

/** Whether we have been silent for as long as it takes another router to take over, because this host stood still. */
export const stoodStill = ({ sentAt, config }: Active, now: Micros): boolean =>
  now - sentAt >= DOWN_TIMER_ADVERTS * config.advertisementInterval;

/**
 * What we believed about the addresses before we stood still is worth nothing: back into the election for one
 * Skew_Time. Nobody speaks: we go on, and no packet was lost. Somebody does: the addresses are released at once.
 */
export function stalled(state: Active, now: Micros): Step<Backup> {
  const { advertisementInterval, handover } = state.config;
  const activeDownAt = after(now, skewTime(state.config, state.priority, advertisementInterval));
  const until = after(activeDownAt, advertisementInterval);
  const answering = handover === null ? null : { until, settle: 0 as Micros, last: null };
  return leave(state, 'stalled', { activeDownAt, answering, takeover: 'stalled' });
}

function advertReceived(state: Active, advert: Advert, sender: IpAddress, now: Micros): Step {
  const ours = sender === state.source;
  if (advert.priority === 0) return ours ? echoed(state, sender) : advertNow(state, now);
  if (advert.priority > state.priority) return displaced(state, 'higherPriority', advert, sender, now);
  // Never answer our own address: two routers would drive each other into an endless exchange.
  if (ours) return echoed(state, sender);
  const owners: Effect[] =
    advert.priority === OWNER_PRIORITY ? [{ kind: 'notice', notice: { code: 'secondOwner', sender } }] : [];
  if (advert.priority === state.priority && isGreater(sender, state.source)) {
    const { state: next, effects } = displaced(state, 'higherAddress', advert, sender, now);
    return step(next, ...effects, ...owners);
  }
  const notice: Notice = { code: 'lowerPriorityActive', sender, priority: advert.priority };
  // It may have announced the addresses as well.
  const announcing = hastened(state.announcing, now);
  const answered = advertNow({ ...state, announcing }, now);
  const known: Effect[] = owners.length > 0 ? owners : [{ kind: 'notice', notice }];
  return announceAgain(answered.state, now, [...answered.effects, ...known]);
}

const isGreater = (sender: IpAddress, source: IpAddress | null): boolean =>
  source !== null && compareAddresses(sender, source) > 0;

const echoed = (state: Active, sender: IpAddress): Step<Active> =>
  step(state, { kind: 'notice', notice: { code: 'ownAddressHeard', sender } });

/**
 * A better router is there, which may not know that we have announced the addresses as well: after a partition neighbours would go
 * on sending to us until they ask anew. One last advert tells it, and it announces them again (VRRP-036; keepalived does the same
 * with higher_prio_send_advert). Nothing comes of the answer, because we are Backup by then. With a virtual MAC the neighbours know
 * the right address in any case, and a switch would take this advert for the news that it has moved back to us.
 */
function displaced(
  state: Active,
  because: TransitionReason,
  advert: Advert,
  sender: IpAddress,
  now: Micros,
): Step<Backup> {
  const { config, priority } = state;
  const activeAdverInterval = config.version === 3 ? advert.interval : config.advertisementInterval;
  const settle = config.handover?.displaced ?? (0 as Micros);
  const { state: backup, effects } = leave(state, because, {
    activeAdverInterval,
    intervalLearned: config.version === 3,
    activeDownAt: after(now, activeDownInterval(config, priority, activeAdverInterval)),
    active: { source: sender, priority: advert.priority },
    answering: settle > 0 ? answeringFrom(now, settle, settle) : null,
  });
  return config.handover === null ? step(backup, ...effects) : step(backup, sendAdvert(state), ...effects);
}

/** Sends an advert out of turn; the next one follows a whole interval later. */
const advertNow = (state: Active, now: Micros): Step<Active> =>
  advertise(state, after(now, state.config.advertisementInterval), now);

/** Starts the announcements over, after `effects`, unless a burst is under way. */
function announceAgain(state: Active, now: Micros, effects: readonly Effect[]): Step<Active> {
  if (inBurst(state.announcing, now)) return step(state, ...effects);
  return step(
    { ...state, announcing: startAnnouncing(state.config.announcement, now) },
    ...effects,
    ANNOUNCE,
  );
}

function prioritySet(state: Active, priority: Priority, yieldToPeer: boolean, now: Micros): Step {
  if (priority === state.priority) return step(state);
  if (yieldToPeer && priority < state.priority) return yielded(state, priority, now);
  return advertNow({ ...state, priority }, now);
}

/**
 * Resigns in favour of a better router that is known to be alive, but stays in the election and goes on answering. A
 * successor speaks within its Skew_Time, which is less than one interval; if nobody does, we are back before the lease
 * of the last advert ends, with the addresses never gone.
 */
function yielded(state: Active, priority: Priority, now: Micros): Step<Backup> {
  const { advertisementInterval, handover } = state.config;
  const skew = skewTime(state.config, priority, advertisementInterval);
  const activeDownAt = after(after(now, advertisementInterval), skew);
  const until = after(activeDownAt, advertisementInterval);
  const answering = handover === null ? null : { until, settle: handover.settle, last: lastAdvert(state) };
  const { state: next, effects } = leave({ ...state, priority }, 'yielded', {
    activeDownAt,
    answering,
    takeover: 'yielded',
  });
  return step(next, SEND_RESIGNATION, ...effects);
}

/**
 * New addresses and a new interval are made known at once: a longer interval found out late looks like a dead router.
 * The lease follows the interval, so the addresses are held anew in either case.
 */
function configSet(state: Active, config: RouterConfig, now: Micros): Step<Active> {
  const next: Active = { ...state, config };
  const addressesDiffer = String(config.addresses) !== String(state.config.addresses);
  if (!addressesDiffer && config.advertisementInterval === state.config.advertisementInterval)
    return step(next);
  const { advertisementInterval, leaseRenewal, announcement } = config;
  const adverAt = after(now, advertisementInterval);
  const advertised: Active = { ...next, adverAt, sentAt: now, renewAt: after(now, leaseRenewal) };
  if (!addressesDiffer) return step(advertised, sendAdvert(advertised), HOLD);
  const announcing = startAnnouncing(announcement, now);
  return step({ ...advertised, announcing }, sendAdvert(advertised), HOLD, ANNOUNCE);
}

type Leaving = Readonly<{ activeDownAt: Micros; answering: Answering | null }> & Partial<Backup>;

/** Becomes Backup; nothing is known of another router unless `known` says so. */
function leave(state: Active, because: TransitionReason, known: Leaving): Step<Backup> {
  const { config, priority, source } = state;
  const backup: Backup = {
    name: 'Backup',
    config,
    priority,
    source,
    activeAdverInterval: config.advertisementInterval,
    intervalLearned: false,
    preemptAt: null,
    takeover: 'activeDown',
    active: null,
    ...known,
  };
  const release = backup.answering === null ? [RELEASE] : [];
  return step(backup, ...release, changed(state, backup, because));
}
