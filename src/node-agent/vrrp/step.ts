import { type Micros, after } from '../../values/time.js';
import type { Effect, TransitionReason } from './effect.js';
import type { Answering, Backup, Initialize, RouterState } from './state.js';

/** What follows from an event: the new state, and what is to be done, in this order. */
export type Step<State extends RouterState = RouterState> = Readonly<{
  state: State;
  effects: readonly Effect[];
}>;

export const step = <State extends RouterState>(
  state: State,
  ...effects: readonly Effect[]
): Step<State> => ({
  state,
  effects,
});

export const SEND_RESIGNATION: Effect = { kind: 'sendAdvert', priority: 0 };
export const HOLD: Effect = { kind: 'holdAddresses' };
export const RENEW: Effect = { kind: 'renewAddresses' };
export const RELEASE: Effect = { kind: 'releaseAddresses' };
export const ANNOUNCE: Effect = { kind: 'announceAddresses' };

export const sendAdvert = (state: RouterState): Effect => ({ kind: 'sendAdvert', priority: state.priority });

export const changed = (from: RouterState, to: RouterState, because: TransitionReason): Effect => ({
  kind: 'stateChanged',
  from: from.name,
  to: to.name,
  because,
});

/** Go on answering for at most `bound`, and for `settle` once another router is heard. */
export const answeringFrom = (now: Micros, bound: Micros, settle: Micros): Answering => ({
  until: after(now, bound),
  settle,
});

/** Another router is heard while we still answer: its takeover is under way, so our time is nearly up. */
export function successorHeard(answering: Answering | null, now: Micros): Answering | null {
  if (answering === null) return null;
  const until = after(now, answering.settle);
  return until < answering.until ? { ...answering, until } : answering;
}

/** Releases what is still held of an earlier time as Active once that time is up. */
export function releaseWhenDue<State extends Initialize | Backup>(state: State, now: Micros): Step<State> {
  if (state.answering === null || now < state.answering.until) return step(state);
  return step({ ...state, answering: null }, RELEASE);
}
