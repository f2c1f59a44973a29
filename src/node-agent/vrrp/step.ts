import { type Micros, after, fromMillis, micros } from '../../values/time.js';
import type { Advert } from './advert.js';
import type { Priority, RouterConfig } from './config.js';
import type { Effect, TransitionReason } from './effect.js';
import type { Answering, Backup, Initialize, RouterState } from './state.js';
import { skewTime } from './timing.js';

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
export const answeringFrom = (
  now: Micros,
  bound: Micros,
  settle: Micros,
  last: Answering['last'] = null,
): Answering => ({ until: after(now, bound), settle, last });

/** Another router is heard while we still answer: its takeover is under way, so our time is nearly up. */
export function successorHeard(
  { answering, config }: Initialize | Backup,
  { priority }: Advert,
  now: Micros,
): Answering | null {
  if (answering === null || isLastWord(answering, config, priority, now)) return answering;
  const until = after(now, answering.settle);
  return until < answering.until ? { ...answering, until } : answering;
}

/** A datagram and the answer to it cross a segment in less. */
const CROSSING = fromMillis(20);

/**
 * Whether an advert answers our last one rather than our resignation right after it: a router that was Active as well, and yields, sends
 * one more (active.ts, `displaced`). It takes over no sooner than its Skew_Time after the resignation. Half of that, for there are routers
 * that count in hundredths of a second.
 */
function isLastWord({ last }: Answering, config: RouterConfig, priority: Priority, now: Micros): boolean {
  if (last === null || priority > last.priority) return false;
  const skew = skewTime(config, priority, config.advertisementInterval);
  return now < after(last.sentAt, micros(Math.min(CROSSING, skew / 2)));
}

/** Releases what is still held of an earlier time as Active once that time is up. */
export function releaseWhenDue<State extends Initialize | Backup>(state: State, now: Micros): Step<State> {
  if (state.answering === null || now < state.answering.until) return step(state);
  return step({ ...state, answering: null }, RELEASE);
}
