import type { Micros } from '../../values/time.js';
import { active, stalled, stoodStill } from './active.js';
import { backup } from './backup.js';
import type { RouterConfig } from './config.js';
import type { RouterEvent } from './event.js';
import { initialize } from './initialize.js';
import type { Active, Backup, Initialize, RouterState } from './state.js';
import type { Step } from './step.js';

export type { Step } from './step.js';

/*
 * One virtual router (RFC 9568 §6.4; RFC 3768 §6.4 for version 2).
 *
 *                    startup, priority 255
 *        +-------------------------------------------+
 *        |                                           v
 *   Initialize --- startup ---> Backup --- timer ---> Active
 *        ^                        |  ^                 |  |
 *        +------- shutdown -------+  +-- better one ---+  |
 *        |                               heard, stalled   |
 *        +--------------- shutdown, resigns --------------+
 *
 * The state is plain data, deadlines included; time comes in as an argument; what is to be done comes out as a list.
 */

/** A router before its interface is known to be usable. */
export const initialState = (config: RouterConfig): Initialize => ({
  name: 'Initialize',
  config,
  priority: config.basePriority,
  source: null,
  answering: null,
});

/** The next state and what is to be done, for any state and any event. */
export function transition(state: RouterState, event: RouterEvent, now: Micros): Step {
  switch (state.name) {
    case 'Initialize':
      return initialize(state, event, now);
    case 'Backup':
      return backup(state, event, now);
    case 'Active':
      return stoodStill(state, now) ? afterStandstill(state, event, now) : active(state, event, now);
  }
}

/** Whatever the event is, it meets a router that has noticed first how much time has passed. */
function afterStandstill(state: Active, event: RouterEvent, now: Micros): Step {
  const left = stalled(state, now);
  const next = backup(left.state, event, now);
  return { state: next.state, effects: [...left.effects, ...next.effects] };
}

/** When the router wants its next `timerExpired`; null: never. Calling it earlier or later is harmless. */
export function deadlineOf(state: RouterState): Micros | null {
  switch (state.name) {
    case 'Initialize':
      return state.answering?.until ?? null;
    case 'Backup':
      return earlier(state.activeDownAt, state.answering?.until ?? null);
    case 'Active':
      return earlier(state.adverAt, state.announcing.at);
  }
}

/**
 * Whether adverts, but for resignations, tell the router no more than that somebody is Active. There is nothing to be done for them, so
 * they may be heard later: in their order, as of when they came in, and before the router's next deadline. The state is then the same.
 */
export const canHearLater = (state: RouterState): state is Backup | Initialize =>
  state.name !== 'Active' && state.answering === null;

const earlier = (one: Micros, other: Micros | null): Micros => (other !== null && other < one ? other : one);
