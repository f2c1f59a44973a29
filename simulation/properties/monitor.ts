import type { VirtualRouter } from '../../src/node-agent/engine/virtual-router.js';
import type { Effect } from '../../src/node-agent/vrrp/effect.js';
import type { RouterEvent } from '../../src/node-agent/vrrp/event.js';
import { deadlineOf } from '../../src/node-agent/vrrp/router.js';
import type { RouterState } from '../../src/node-agent/vrrp/state.js';
import type { Step } from '../../src/node-agent/vrrp/step.js';
import { type Micros, micros } from '../../src/values/time.js';
import type { Incident, Schedule, Settings } from '../schedule.js';
import type { SimulatedHost } from '../world/host.js';
import { routerOf } from '../world/specs.js';
import type { Observer, World } from '../world/world.js';
import { type Bounds, PATIENCE, boundsOf } from './bounds.js';
import { concerns } from './concerns.js';
import { type Takeover, falseTakeover } from './false-takeover.js';
import { passedOver } from './best-first.js';
import { lookAtHolding } from './holding.js';
import { disturbs, endOf } from './order.js';
import { isSlow, lookAtCalm, lookAtStillness } from './quiet.js';
import { lookAtSharing } from './sharing.js';
import {
  type Condition,
  type Note,
  type Seen,
  type Sight,
  NEVER,
  forget,
  inSeconds,
  later,
  unseen,
} from './sight.js';
import { StormWatch } from './storm.js';
import type { Property, Violation } from './violation.js';

type StateChanged = Extract<Effect, { kind: 'stateChanged' }>;

/** Watches a world and tells what must not be. */
export class Monitor implements Observer, Sight {
  readonly violations: Violation[] = [];
  /** How often the properties had something to say: a run that never came to that proves nothing. */
  readonly looked = { calmMoves: 0, still: 0, takeovers: 0, shared: 0 };
  readonly #seen: readonly (readonly Seen[])[];
  readonly #bounds: readonly Bounds[];
  /** By router: addresses that all hosts have throughout. Only of those it can be said that somebody must have them. */
  readonly #addresses: readonly (readonly string[])[];
  readonly #storms: readonly StormWatch[];
  #world: World | null = null;
  /** When what was unplanned is over, and when anything is. */
  #disturbedUntil: Micros = micros(0);
  #busyUntil: Micros = micros(0);
  #conditions = new Map<string, Condition & Readonly<{ since: Micros }>>();
  /** By address: who had it when something was last touched. */
  readonly #holders = new Map<string, string>();

  constructor(private readonly schedule: Schedule) {
    const { hosts, routers } = schedule;
    this.#seen = Array.from({ length: hosts }, () => routers.map(unseen));
    this.#bounds = routers.map((_, router) => boundsOf(schedule, router));
    this.#addresses = routers.map(({ settings }) => commonAddresses(settings));
    this.#storms = this.#bounds.map(({ rate }) => new StormWatch(rate, schedule));
  }

  get world(): World {
    if (this.#world === null) throw new Error('the monitor watches no world yet');
    return this.#world;
  }

  watch(world: World): void {
    this.#world = world;
  }

  bounds(router: number): Bounds {
    const bounds = this.#bounds[router];
    if (bounds === undefined) throw new RangeError(`no router ${String(router)}`);
    return bounds;
  }

  seen(host: number, router: number): Seen {
    const seen = this.#seen[host]?.[router];
    if (seen === undefined) throw new RangeError(`no router ${String(router)} on host ${String(host)}`);
    return seen;
  }

  calm(router: number): boolean {
    return this.world.now - this.#disturbedUntil > this.bounds(router).settled;
  }

  still(router: number): boolean {
    return this.world.now - this.#busyUntil > this.bounds(router).settled;
  }

  happened(incident: Incident | null): void {
    const { now } = this.world;
    // What was under way is over when all is mended.
    const end = incident === null ? now : this.#endOf(incident, now);
    this.#busyUntil = incident === null ? now : later(this.#busyUntil, end);
    if (incident === null) this.#disturbedUntil = now;
    else if (disturbs(incident)) this.#disturbedUntil = later(this.#disturbedUntil, end);
    for (const [host, routers] of this.#seen.entries())
      for (const [router, seen] of routers.entries())
        if (concerns(incident, host, router)) seen.changedAt = end;
    // Order returns by the passing of time, when nothing need happen.
    for (const { settled } of this.#bounds)
      this.world.after(micros(end - now + settled + 1), () => {
        this.world.touched();
      });
  }

  /** What makes the hosts' configurations differ lasts until all is mended. */
  #endOf(incident: Incident, now: Micros): Micros {
    const { mendAt } = this.schedule;
    return incident.kind === 'edit' && disturbs(incident) && now < mendAt ? mendAt : endOf(incident);
  }

  began(host: number, router: VirtualRouter): void {
    const seen = this.seen(host, routerOf(router.key));
    forget(seen);
    seen.router = router;
    seen.state = router.state;
  }

  stepped(host: number, key: string, _now: Micros, event: RouterEvent, { state, effects }: Step): void {
    const router = routerOf(key);
    const seen = this.seen(host, router);
    // One that was replaced may still hear somebody.
    if (seen.router?.state !== state) return;
    if (event.kind === 'prioritySet' || event.kind === 'configSet') seen.changedAt = this.world.now;
    const before = seen.state;
    seen.state = state;
    if ([before, state].some(isSlow)) seen.slowAt = this.world.now;
    for (const effect of effects)
      if (effect.kind === 'stateChanged') this.#stateChanged(host, router, before, effect);
    if (before?.name !== state.name || before.answering !== state.answering) this.world.touched();
    this.#checkDeadline(host, router, state);
  }

  sent(host: number, message: Uint8Array): void {
    const routers = this.#seen[host] ?? [];
    const speaking = routers.filter((seen) => seen.router?.config.vrid === message[1]);
    const [seen] = speaking;
    // Two of one VRID by mistake: whose advert it is cannot be told.
    if (seen === undefined || speaking.length > 1) return;
    const router = routers.indexOf(seen);
    const { now } = this.world;
    const interval = seen.router?.config.advertisementInterval ?? 0;
    // Another advert out of turn does no harm, so only a longer silence is irregular.
    if (now - seen.sentAt > 1.1 * interval + this.schedule.climate.lateness) seen.irregularAt = now;
    seen.sentAt = now;
    const storm = this.#storms[router]?.sent(now) ?? null;
    if (storm !== null) this.#violated('noStorm', storm);
  }

  failed(host: number, error: unknown): void {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#violated('noException', `on host ${String(host)}: ${what}`);
  }

  before(): void {
    if (this.#conditions.size === 0) return;
    const { now } = this.world;
    for (const { since, bound, property, seen } of this.#conditions.values())
      if (now - since > bound)
        this.#violated(property, `${seen} for ${inSeconds(now - since)}; the bound is ${inSeconds(bound)}`);
  }

  touched(): void {
    const before = this.#conditions;
    const found: typeof before = new Map();
    const { now } = this.world;
    const note: Note = (name, condition) => {
      const began = before.get(name)?.since ?? now;
      found.set(name, { ...condition, since: later(began, condition.since ?? NEVER) });
    };
    this.#forgetTheDead();
    for (const [router, addresses] of this.#addresses.entries())
      for (const address of addresses) this.#look(router, address, note);
    this.#conditions = found;
    this.#checkTimers();
  }

  #look(router: number, address: string, note: Note): void {
    const { hosts } = this.world;
    for (const host of hosts) lookAtHolding(this, { host, router, address }, note);
    const holders = hosts.filter((host) => host.attached && host.kernel.holds(address));
    const calm = this.calm(router);
    if (this.#moved(address, holders) && calm) this.looked.calmMoves++;
    for (const [index, one] of holders.entries())
      for (const other of holders.slice(index + 1)) {
        this.looked.shared++;
        lookAtSharing(this, { router, address, one, other }, note);
      }
    const held = { router, address, holders };
    if (calm) lookAtCalm(this, held, note);
    if (!this.still(router)) return;
    this.looked.still++;
    lookAtStillness(this, held, note);
  }

  #moved(address: string, holders: readonly SimulatedHost[]): boolean {
    const now = holders.map(({ index }) => index).join();
    if (this.#holders.get(address) === now) return false;
    this.#holders.set(address, now);
    return true;
  }

  #forgetTheDead(): void {
    for (const { index } of this.world.hosts.filter(({ agent }) => agent === null))
      for (const seen of this.#seen[index] ?? []) if (seen.router !== null) forget(seen);
  }

  #stateChanged(
    host: number,
    router: number,
    before: RouterState | null,
    { from, to, because }: StateChanged,
  ): void {
    const { now } = this.world;
    const seen = this.seen(host, router);
    if (to === 'Active' && before?.name === 'Backup') this.#takesOver({ host, router, before, because });
    if (this.still(router))
      this.#violated(
        'stillness',
        `host ${String(host)} went from ${from} to ${to} (${because}) although nothing had happened for ${inSeconds(now - this.#busyUntil)}`,
      );
    seen.electedSince = to === 'Initialize' ? null : (seen.electedSince ?? now);
    seen.activeSince = to === 'Active' ? now : null;
    if (from === 'Active') seen.leftAt = now;
    if (to !== 'Active') return;
    seen.irregularAt = now;
    seen.sentAt = now;
  }

  #takesOver(takeover: Takeover): void {
    const { active } = takeover.before;
    const heard = this.world.hosts.findIndex((other) => active !== null && other.has(active.source));
    const fromSilence = takeover.because === 'activeDown' && heard >= 0;
    this.seen(takeover.host, takeover.router).succeeded = fromSilence ? heard : null;
    this.looked.takeovers++;
    const unheard = falseTakeover(this, takeover);
    if (unheard !== null) this.#violated('noFalseTakeover', unheard);
    const better = passedOver(this, takeover);
    if (better !== null) this.#violated('bestFirst', better);
  }

  #checkDeadline(host: number, router: number, state: RouterState): void {
    if (state.name === 'Initialize') return;
    const now = this.world.hosts[host]?.agent?.now;
    const deadline = deadlineOf(state);
    const { settled, down } = this.bounds(router);
    if (now === undefined || (deadline !== null && deadline <= now + later(settled, down))) return;
    const seen = `host ${String(host)} in ${state.name} waits until ${String(deadline)} at ${String(now)}`;
    this.#violated('deadline', seen);
  }

  /** The one timer of each agent is set for the earliest deadline of its routers. */
  #checkTimers(): void {
    for (const { index, agent, stopping } of this.world.hosts) {
      if (agent === null || agent.paused || stopping) continue;
      const { armedFor } = agent;
      const late = (this.#seen[index] ?? []).find(
        ({ router }) => router !== null && isForgotten(router, armedFor),
      );
      if (late !== undefined)
        this.#violated(
          'deadline',
          `the timer of host ${String(index)} is not set for the deadline of its router`,
        );
    }
  }

  #violated(property: Property, seen: string): void {
    this.violations.push({ property, at: this.world.now, seen });
  }
}

function commonAddresses([first, ...others]: readonly Settings[]): readonly string[] {
  return (first?.addresses ?? []).filter((address) =>
    others.every(({ addresses }) => addresses.includes(address)),
  );
}

/** Whether nobody wakes the router when its deadline comes. */
function isForgotten({ state }: VirtualRouter, armedFor: Micros | null): boolean {
  const deadline = state.name === 'Initialize' ? null : deadlineOf(state);
  if (deadline === null) return false;
  const patience = state.name === 'Active' ? PATIENCE * state.config.advertisementInterval : 0;
  return armedFor === null || armedFor > deadline + patience;
}
