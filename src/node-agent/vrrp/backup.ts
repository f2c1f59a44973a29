import type { IpAddress } from '../../values/ip-address.js';
import { type Micros, after, micros } from '../../values/time.js';
import { enterActive } from './active-entry.js';
import type { Advert } from './advert.js';
import { OWNER_PRIORITY, type Priority, type RouterConfig } from './config.js';
import type { RouterEvent } from './event.js';
import type { Answering, Backup, Initialize } from './state.js';
import { RELEASE, type Step, changed, releaseWhenDue, step, successorHeard } from './step.js';
import { activeDownInterval, skewTime } from './timing.js';

/** RFC 9568 §6.4.2: watching over the Active router. */
export function backup(state: Backup, event: RouterEvent, now: Micros): Step {
  switch (event.kind) {
    case 'startup':
      return step({ ...state, source: event.source });
    case 'shutdown':
      return shutdown(state, event, now);
    case 'advertReceived':
      return advertReceived(state, event.advert, event.sender, now);
    case 'timerExpired':
      return now >= state.activeDownAt ? enterActive(state, state.takeover, now) : releaseWhenDue(state, now);
    case 'prioritySet':
      return step(withPriority(state, event.priority));
    case 'configSet':
      return step(withConfig(state, event.config, now));
    case 'sourceSet':
      return step({ ...state, source: event.source });
    case 'addressesLost':
      return step(state);
  }
}

/** A Backup leaves without a word: only the Active router resigns. */
function shutdown(
  state: Backup,
  event: Extract<RouterEvent, { kind: 'shutdown' }>,
  now: Micros,
): Step<Initialize> {
  const { config, priority, source } = state;
  const answering = event.handover ? answeringAfterStop(state, now) : null;
  const stopped: Initialize = { name: 'Initialize', config, priority, source, answering };
  const effects = [changed(state, stopped, event.because)];
  if (state.answering !== null && answering === null) effects.unshift(RELEASE);
  return releaseLater(stopped, effects, now);
}

/** A router that has yielded may wait long for a successor. Somebody who stops it waits no longer than for one that resigns now. */
function answeringAfterStop({ answering, config: { handover } }: Backup, now: Micros): Answering | null {
  if (answering === null || handover === null) return null;
  const until = after(now, handover.bound);
  return until < answering.until ? { ...answering, until } : answering;
}

const releaseLater = (state: Initialize, effects: Step['effects'], now: Micros): Step<Initialize> => {
  const released = releaseWhenDue(state, now);
  return { state: released.state, effects: [...effects, ...released.effects] };
};

function advertReceived(state: Backup, advert: Advert, sender: IpAddress, now: Micros): Step<Backup> {
  if (advert.priority === 0) return step(resignationHeard(state, now));
  const answering = successorHeard(state, advert, now);
  const next =
    advert.priority >= state.priority || !preempts(state)
      ? accept(state, { answering, preemptAt: null }, advert, sender, now)
      : lowerPriorityHeard(state, answering, advert, sender, now);
  return releaseWhenDue(next, now);
}

/** The owner preempts whatever its Preempt_Mode (RFC 9568 §6.1). */
const preempts = (state: Backup): boolean =>
  state.config.preemption.mode === 'Preempt' || state.priority === OWNER_PRIORITY;

/** The Active router resigned: wait only Skew_Time, then take over. Its interval is not learned any more. */
function resignationHeard(state: Backup, now: Micros): Backup {
  const skew = skewTime(state.config, state.priority, state.activeAdverInterval);
  const activeDownAt = after(now, skew);
  const answering = answeringStill(state, skew, now);
  return { ...state, answering, activeDownAt, preemptAt: null, takeover: 'resignation' };
}

/**
 * One that came and went before we had let go may not have announced the addresses, so the neighbours still send to us: until we take
 * over again, or another router does, as long as after a resignation of ours at most.
 */
function answeringStill(
  { answering, config: { handover } }: Backup,
  skew: Micros,
  now: Micros,
): Answering | null {
  if (answering === null || handover === null) return answering;
  const until = after(now, micros(Math.min(skew + answering.settle, handover.bound)));
  return until > answering.until ? { ...answering, until } : answering;
}

/**
 * A sign of life from a router that may be Active. RFC 9568 recomputes Skew_Time as well as Active_Down_Interval. It happens with
 * every advert, hundreds of times a second, so each field is named: copies by `...` of states that came about in several ways take
 * V8's slow path.
 */
function accept(
  state: Backup,
  { answering, preemptAt }: Pick<Backup, 'answering' | 'preemptAt'>,
  advert: Advert,
  sender: IpAddress,
  now: Micros,
): Backup {
  const { name, config, priority, source } = state;
  const intervalLearned = config.version === 3;
  const activeAdverInterval = intervalLearned ? advert.interval : config.advertisementInterval;
  const activeDownAt = after(now, activeDownInterval(config, priority, activeAdverInterval));
  const active = heardActive(state, advert, sender);
  return {
    name,
    config,
    priority,
    source,
    answering,
    activeDownAt,
    activeAdverInterval,
    intervalLearned,
    preemptAt,
    takeover: 'activeDown',
    active,
  };
}

const heardActive = ({ active }: Backup, { priority }: Advert, source: IpAddress): Backup['active'] =>
  active?.source === source && active.priority === priority ? active : { source, priority };

/**
 * A worse router is Active. Without a delay its adverts do not count and Active_Down_Timer runs out; while a preemption
 * delay lasts, which the first such advert starts, they do count.
 */
function lowerPriorityHeard(
  state: Backup,
  answering: Answering | null,
  advert: Advert,
  sender: IpAddress,
  now: Micros,
): Backup {
  const { delay } = state.config.preemption;
  const preemptAt =
    state.preemptAt ?? (delay > 0 && state.priority !== OWNER_PRIORITY ? after(now, delay) : now);
  if (now < preemptAt) return accept(state, { answering, preemptAt }, advert, sender, now);
  const active = heardActive(state, advert, sender);
  return { ...state, answering, preemptAt, takeover: 'preemption', active };
}

/** Moves the running deadline by what Skew_Time changes, rather than starting it again from now. */
function withPriority(state: Backup, priority: Priority): Backup {
  const skew = (p: Priority): Micros => skewTime(state.config, p, state.activeAdverInterval);
  const shift = (skew(priority) - skew(state.priority)) as Micros;
  return { ...state, priority, activeDownAt: after(state.activeDownAt, shift) };
}

/**
 * A new configuration. In v3 our own interval matters to a Backup only until one was learned; in v2 both are always
 * the same, so that a change starts the timer again. A changed preemption delay starts with the next lower advert.
 */
function withConfig(state: Backup, config: RouterConfig, now: Micros): Backup {
  const sameDelay = config.preemption.delay === state.config.preemption.delay;
  const next: Backup = { ...state, config, preemptAt: sameDelay ? state.preemptAt : null };
  const interval = config.advertisementInterval;
  if (interval === state.config.advertisementInterval || state.intervalLearned) return next;
  const down = (of: RouterConfig, activeAdverInterval: Micros): Micros =>
    activeDownInterval(of, state.priority, activeAdverInterval);
  const activeDownAt =
    config.version === 2
      ? after(now, down(config, interval))
      : after(
          state.activeDownAt,
          (down(config, interval) - down(state.config, state.activeAdverInterval)) as Micros,
        );
  return { ...next, activeAdverInterval: interval, activeDownAt };
}
