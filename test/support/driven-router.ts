import type { Advert } from '../../src/node-agent/vrrp/advert.js';
import type { RouterConfig } from '../../src/node-agent/vrrp/config.js';
import type { Effect } from '../../src/node-agent/vrrp/effect.js';
import type { RouterEvent, ShutdownReason } from '../../src/node-agent/vrrp/event.js';
import { deadlineOf, initialState, transition } from '../../src/node-agent/vrrp/router.js';
import type { RouterState } from '../../src/node-agent/vrrp/state.js';
import { type IpAddress, ipAddress } from '../../src/values/ip-address.js';
import { type Micros, after, fromMillis, micros } from '../../src/values/time.js';

/** An effect and when it was asked for. */
export type Timed = Readonly<{ at: Micros; effect: Effect }>;

/** More timer events than any schedule has at one instant: the router does not get past its deadline. */
const STUCK = 1_000;

/** One router under a virtual clock that fires its timer at each deadline, exactly. */
export class DrivenRouter {
  state: RouterState;
  now: Micros;
  /** Everything that was asked for so far. */
  readonly history: Timed[] = [];

  constructor(config: RouterConfig, now: Micros = micros(0)) {
    this.state = initialState(config);
    this.now = now;
  }

  /** Lets `event` happen now. Returns what it asks for. */
  handle(event: RouterEvent): readonly Effect[] {
    const { state, effects } = transition(this.state, event, this.now);
    this.state = state;
    for (const effect of effects) this.history.push({ at: this.now, effect });
    return effects;
  }

  /** Lets `duration` pass. Returns what the deadlines in it ask for, those at its very end included. */
  wait(duration: Micros): readonly Timed[] {
    const from = this.history.length;
    const until = after(this.now, duration);
    for (let fired = 0, at = this.now; ; fired++) {
      const deadline = deadlineOf(this.state);
      if (deadline === null || deadline > until) break;
      if (deadline > at) fired = 0;
      if (fired > STUCK) throw new Error(`the router stays at its deadline: ${JSON.stringify(this.state)}`);
      at = this.now = micros(Math.max(this.now, deadline));
      this.handle({ kind: 'timerExpired' });
    }
    this.now = until;
    return this.history.slice(from);
  }

  /** Lets `duration` pass without the timer firing, as when the host stands still. */
  standStill(duration: Micros): void {
    this.now = after(this.now, duration);
  }

  start(source: IpAddress): readonly Effect[] {
    return this.handle({ kind: 'startup', source });
  }

  /** An advert like this router's own, but for `different`, arrives from `sender`. */
  hear(sender: IpAddress, different: Partial<Advert> = {}): readonly Effect[] {
    const { vrid, version, advertisementInterval: interval, addresses } = this.state.config;
    const advert = { version, vrid, priority: 100, interval, addresses, ...different };
    return this.handle({ kind: 'advertReceived', sender, advert });
  }

  shutDown(because: ShutdownReason = 'stopping', handover = false): readonly Effect[] {
    return this.handle({ kind: 'shutdown', because, handover });
  }

  setPriority(priority: number, yieldToPeer = false): readonly Effect[] {
    return this.handle({ kind: 'prioritySet', priority, yieldToPeer });
  }

  configure(different: Partial<RouterConfig>): readonly Effect[] {
    return this.handle({ kind: 'configSet', config: { ...this.state.config, ...different } });
  }
}

export const kindsOf = (effects: readonly Effect[]): readonly Effect['kind'][] =>
  effects.map(({ kind }) => kind);

/** When adverts were sent, in milliseconds after `since`. */
export const advertTimes = (history: readonly Timed[], since: Micros = micros(0)): readonly number[] =>
  timesOf(history, 'sendAdvert', since);

/** When effects of this kind were asked for, in milliseconds after `since`. */
export const timesOf = (
  history: readonly Timed[],
  kind: Effect['kind'],
  since: Micros = micros(0),
): readonly number[] =>
  history.filter(({ effect }) => effect.kind === kind).map(({ at }) => (at - since) / 1_000);

/** 192.0.2.5, and a lower and a higher neighbour. */
export const OURS = ipAddress('192.0.2.5');
export const LOWER = ipAddress('192.0.2.4');
export const HIGHER = ipAddress('192.0.2.6');

export const ms = fromMillis;

/** A router that is Backup since this moment. */
export function backupRouter(config: RouterConfig): DrivenRouter {
  const router = new DrivenRouter(config);
  router.start(OURS);
  return router;
}

/** A router that is Active since this moment, nobody else having been heard. */
export function activeRouter(config: RouterConfig): DrivenRouter {
  const router = backupRouter(config);
  while (router.state.name !== 'Active')
    router.wait(micros((deadlineOf(router.state) ?? router.now) - router.now));
  return router;
}
