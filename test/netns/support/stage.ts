import assert from 'node:assert/strict';

import { absence, holders, holdings, overlap, stretches } from '../../../lab/address-watch.js';
import { Agent, type AgentOptions } from '../../../lab/agent.js';
import { eventually } from '../../../lab/eventually.js';
import type { Host } from '../../../lab/host.js';
import { Keepalived } from '../../../lab/keepalived.js';
import type { Lab } from '../../../lab/lab.js';
import { Lan } from '../../../lab/lan.js';
import { wallClock } from '../../../lab/libc.js';
import type { RouterProgram, RouterSettings } from '../../../lab/router.js';
import type { LabEvent } from '../../../lab/timeline.js';
import { IUT } from './scenario.js';
import { A, EPSILON, down } from './timing.js';

export type AdvertEvent = Extract<LabEvent, { kind: 'advert' }>;

export type Cast = Readonly<{
  /** The router under test, on r1. */
  iut: RouterSettings | readonly RouterSettings[];
  /** keepalived, on r2. */
  ka: RouterSettings | readonly RouterSettings[];
  kaGlobals?: readonly string[];
  kaBlocks?: readonly string[];
  /** Another program in the place of keepalived. */
  peer?: (host: Host, settings: readonly RouterSettings[]) => RouterProgram;
  /** What the agent finds in its environment. */
  environment?: Readonly<Record<string, string>>;
  /** How the agent is started otherwise. */
  agent?: AgentOptions;
  /** Host numbers: the last octet of addresses. Default 1, 2, 3. */
  numbers?: readonly [number, number, number];
  /** The address that decides who is the holder; default: the last of the router under test. */
  vip?: string;
}>;

/** The segment of the scenarios: r1 with the router under test, r2 with keepalived, r3 for clients and injectors. */
export class Stage {
  private constructor(
    readonly lab: Lab,
    readonly lan: Lan,
    readonly r1: Host,
    readonly r2: Host,
    readonly r3: Host,
    readonly iut: RouterProgram,
    readonly ka: RouterProgram,
    readonly vip: string,
  ) {}

  static async set(lab: Lab, cast: Cast): Promise<Stage> {
    const { numbers = [1, 2, 3] } = cast;
    const lan = await Lan.create(lab);
    const [r1, r2, r3] = await Promise.all([
      lan.host('r1', numbers[0]),
      lan.host('r2', numbers[1]),
      lan.host('r3', numbers[2]),
    ]);
    const iutSettings = list(cast.iut);
    const iut = routerUnderTest(r1, iutSettings, cast);
    const vip = cast.vip ?? iutSettings[0]?.addresses?.at(-1) ?? '192.0.2.100';
    const { peer = keepalivedOf(cast) } = cast;
    const ka = peer(r2, list(cast.ka));
    return new Stage(lab, lan, r1, r2, r3, iut, ka, vip.split('/')[0] ?? vip);
  }

  /** Sets the stage and brings it to the state in which the router under test is Active and keepalived Backup. */
  static async withIutActive(lab: Lab, cast: Cast): Promise<Stage> {
    const stage = await Stage.set(lab, cast);
    await stage.iut.start();
    await stage.ka.start();
    await stage.sole(stage.r1, 8000);
    await stage.advertOf(stage.r1, 0, 2000);
    return stage;
  }

  /** Sets the stage and brings it to the state in which keepalived is Active and the router under test Backup. */
  static async withKaActive(lab: Lab, cast: Cast): Promise<Stage> {
    const stage = await Stage.set(lab, cast);
    await stage.ka.start();
    await stage.sole(stage.r2, 8000);
    await stage.iut.start();
    // One more advert, which the router under test has heard.
    await stage.advertOf(stage.r2, wallClock(), 2000);
    return stage;
  }

  /** The agent under test, for what only an agent can tell. */
  get agent(): Agent {
    assert.ok(this.iut instanceof Agent, 'this scenario needs the agent');
    return this.iut;
  }

  /** Waits until `host` holds the address; returns since when. */
  holds(host: Host, milliseconds: number, vip = this.vip): Promise<number> {
    return this.#await(`${host.name} holds ${vip}`, milliseconds, () => {
      const current = holdings(this.lab.timeline, vip).find(
        (each) => each.host === host.name && each.to === Infinity,
      );
      return current?.from;
    });
  }

  /** Waits until `host` does not hold the address; returns since when, or undefined when it never did. */
  leaves(host: Host, milliseconds: number, vip = this.vip): Promise<number | undefined> {
    const left = (): number | undefined =>
      holdings(this.lab.timeline, vip)
        .filter((each) => each.host === host.name)
        .at(-1)?.to;
    return this.#await(`${host.name} has left ${vip}`, milliseconds, () => left() !== Infinity).then(left);
  }

  /** Waits until `host` holds the address and nobody else does; returns since when. */
  async sole(host: Host, milliseconds: number, vip = this.vip): Promise<number> {
    const alone = (): boolean => {
      const now = holders(this.lab.timeline, vip);
      return now.length === 1 && now[0] === host.name;
    };
    await this.#await(`${host.name} alone holds ${vip}`, milliseconds, alone);
    const changes = holdings(this.lab.timeline, vip).flatMap(({ from, to }) => [from, to]);
    return changes.filter((edge) => edge !== Infinity).reduce((last, edge) => Math.max(last, edge), 0);
  }

  /** The adverts that `host` sent from `since` on. */
  adverts(host: Host, since = 0): AdvertEvent[] {
    return this.lab.timeline.of('advert', since).filter((event) => event.host === host.name);
  }

  /** Waits for an advert that `host` sends from `since` on and that satisfies `test`. */
  advertOf(
    host: Host,
    since: number,
    milliseconds: number,
    test: (event: AdvertEvent) => boolean = () => true,
  ): Promise<AdvertEvent> {
    return this.#await(`${host.name} sends an advert`, milliseconds, () =>
      this.adverts(host, since).find(test),
    );
  }

  /** The last advert of `host` that left before `before`. */
  lastAdvert(host: Host, before = Infinity): AdvertEvent {
    const last = this.adverts(host)
      .filter(({ at }) => at < before)
      .at(-1);
    assert.ok(last !== undefined, `${host.name} never sent an advert`);
    return last;
  }

  /** Who holds the address now. */
  holders(vip = this.vip): string[] {
    return holders(this.lab.timeline, vip);
  }

  /** Milliseconds in which more than one host held the address. */
  overlap(since: number, until = wallClock()): number {
    return overlap(this.lab.timeline, this.vip, since, until);
  }

  /** Milliseconds in which nobody held the address. */
  absence(since: number, until = wallClock()): number {
    return absence(this.lab.timeline, this.vip, since, until);
  }

  /** Asserts that from `since` until now `host`, and nobody else, held the address. */
  assertUndisturbed(host: Host, since: number): void {
    const other = (hosts: readonly string[]): boolean => hosts.length !== 1 || hosts[0] !== host.name;
    const disturbed = stretches(this.lab.timeline, this.vip, other, since, wallClock());
    assert.deepEqual(disturbed, [], `${host.name} alone holds ${this.vip} all the time`);
  }

  /** Asserts that `host` never held the address since `since`. */
  assertNeverHeld(host: Host, since = 0): void {
    const held = holdings(this.lab.timeline, this.vip).filter(
      (each) => each.host === host.name && each.to > since,
    );
    assert.deepEqual(held, [], `${host.name} never holds ${this.vip}`);
  }

  /** Asserts that the adverts of `host` between `since` and now come each `interval`, give or take `tolerance`. */
  assertCadence(host: Host, since: number, interval = A, tolerance = EPSILON): void {
    const times = this.adverts(host, since).map(({ at }) => at);
    assert.ok(times.length >= 2, `${host.name} sent ${String(times.length)} adverts`);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
    const wrong = gaps.filter((gap) => Math.abs(gap - interval) > tolerance);
    assert.deepEqual(wrong, [], `every gap between adverts of ${host.name} is ${String(interval)} ms`);
    const silence = wallClock() - (times.at(-1) ?? 0);
    // A capture reaches this process a moment after the frame crossed the segment.
    assert.ok(silence < interval + 4 * tolerance, `${host.name} was silent for ${silence.toFixed(0)} ms`);
  }

  /** Waits long enough for keepalived at 100 to take the address over, and some. */
  outlastTakeover(why: string): Promise<void> {
    return this.lab.passTime(down(100) + A, why);
  }

  #await<Value>(what: string, milliseconds: number, look: () => Value | undefined | false): Promise<Value> {
    return eventually(this.lab.timeline, what, milliseconds, look);
  }
}

/** The program under test on a host. */
export const routerUnderTest = (
  host: Host,
  settings: readonly RouterSettings[],
  { environment = {}, kaGlobals = [], agent = {} }: Pick<Cast, 'environment' | 'kaGlobals' | 'agent'> = {},
): RouterProgram =>
  IUT === 'agent'
    ? new Agent(host, settings, { environment, ...agent })
    : new Keepalived(host, settings, { globals: ['dynamic_interfaces', ...kaGlobals] });

const keepalivedOf =
  ({ kaGlobals = [], kaBlocks = [] }: Cast) =>
  (host: Host, settings: readonly RouterSettings[]): RouterProgram =>
    new Keepalived(host, settings, { globals: kaGlobals, blocks: kaBlocks });

const list = (settings: RouterSettings | readonly RouterSettings[]): readonly RouterSettings[] =>
  'priority' in settings ? [settings] : settings;
