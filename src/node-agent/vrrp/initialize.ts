import { type Micros, after } from '../../values/time.js';
import { enterActive } from './active-entry.js';
import { OWNER_PRIORITY } from './config.js';
import type { RouterEvent } from './event.js';
import type { Backup, Initialize } from './state.js';
import { RELEASE, type Step, changed, releaseWhenDue, step, successorHeard } from './step.js';
import { activeDownInterval } from './timing.js';

/** RFC 9568 §6.4.1: waiting for Startup. */
export function initialize(state: Initialize, event: RouterEvent, now: Micros): Step {
  switch (event.kind) {
    case 'startup':
      return startup({ ...state, source: event.source }, now);
    case 'shutdown':
      return event.handover || state.answering === null
        ? step(state)
        : step({ ...state, answering: null }, RELEASE);
    case 'advertReceived':
      // Not part of the election; but whoever speaks is, and so relieves us of the addresses.
      return event.advert.priority === 0
        ? step(state)
        : step({ ...state, answering: successorHeard(state, event.advert, now) });
    case 'timerExpired':
      return releaseWhenDue(state, now);
    case 'prioritySet':
      return step({ ...state, priority: event.priority });
    case 'configSet':
      return step({ ...state, config: event.config });
    case 'sourceSet':
      return step({ ...state, source: event.source });
    case 'addressesLost':
      return step(state);
  }
}

function startup(state: Initialize, now: Micros): Step {
  if (state.priority === OWNER_PRIORITY) return enterActive(state, 'owner', now);
  const interval = state.config.advertisementInterval;
  const backup: Backup = {
    ...state,
    name: 'Backup',
    activeAdverInterval: interval,
    intervalLearned: false,
    activeDownAt: after(now, activeDownInterval(state.config, state.priority, interval)),
    preemptAt: null,
    takeover: 'activeDown',
    active: null,
  };
  return step(backup, changed(state, backup, 'startup'));
}
