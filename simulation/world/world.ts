import type { VirtualRouter } from '../../src/node-agent/engine/virtual-router.js';
import type { RouterEvent } from '../../src/node-agent/vrrp/event.js';
import type { Step } from '../../src/node-agent/vrrp/step.js';
import type { IpAddress } from '../../src/values/ip-address.js';
import { type Micros, after, micros } from '../../src/values/time.js';
import { chance } from '../random.js';
import type { Incident, RouterPlan, Schedule, Settings } from '../schedule.js';
import { EventQueue } from './event-queue.js';
import { hostAddress } from './host-address.js';
import { SimulatedHost } from './host.js';
import { carryOut, mend } from './incidents.js';
import { Kernel } from './kernel.js';
import { Lan, type Station } from './lan.js';
import { specFor } from './specs.js';
import type { Timeline } from './timeline.js';

/** Who watches a world. All are called with the world as it is after what they tell of. */
export interface Observer {
  /** An incident begins, or the LAN is mended (null). */
  happened(incident: Incident | null): void;
  began(host: number, router: VirtualRouter, now: Micros): void;
  stepped(host: number, key: string, now: Micros, event: RouterEvent, step: Step): void;
  /** One VRRP message leaves a host. */
  sent(host: number, message: Uint8Array): void;
  failed(host: number, error: unknown): void;
  /** Before anything else happens, at the time at which it will; what was so until then has lasted until now. */
  before(): void;
  /** Something may have changed. */
  touched(): void;
}

/** Who announced an address, and when. */
export type Heard = Readonly<{ host: number; saidAt: Micros }>;
/** What the client on the LAN believes: by address, the announcement that it heard last. */
export type Neighbours = Map<IpAddress, Heard>;

/** Longer than the longest interval, so that no host's clock begins near zero. */
const UPTIME = 600_000_000;
const MONTHS = 7_000_000_000_000;

/** Hosts with agents on a LAN, and a client. */
export class World implements Timeline {
  now: Micros = micros(0);
  readonly hosts: readonly SimulatedHost[];
  readonly lan: Lan;
  /** By router, by host: what the hosts are set to now. */
  readonly settings: Settings[][];
  /** By router: hosts from which it was removed. */
  readonly removed: ReadonlySet<number>[];
  readonly neighbours: Neighbours = new Map();
  /** By host, by address: when it was last announced, whoever heard it. */
  readonly announced: readonly Map<IpAddress, Micros>[];
  readonly wallClocks: number[];
  /** Events so far. */
  events = 0;
  /** Whether everything was mended; what happens from then on is on top of a LAN in order. */
  mended = false;
  /** What ends the incidents that still last. */
  readonly endings: (() => void)[] = [];
  #touched = true;
  #settled = false;
  readonly #queue = new EventQueue();
  readonly #draws: number[] = [];

  constructor(
    readonly schedule: Schedule,
    private readonly observer: Observer,
  ) {
    const { hosts, routers, seed, climate } = schedule;
    this.settings = routers.map(({ settings }) => [...settings]);
    this.removed = routers.map(() => new Set<number>());
    this.wallClocks = Array.from({ length: hosts }, () => 0);
    this.announced = Array.from({ length: hosts }, () => new Map<IpAddress, Micros>());
    const addresses = routers.reduce((sum, router) => sum + (router.settings[0]?.addresses.length ?? 0), 0);
    this.hosts = Array.from({ length: hosts }, (_, index) => {
      const own = [`${hostAddress('IPv4', index)}/24`, `${hostAddress('IPv6', index)}/64`];
      const kernel = new Kernel(index, own, this, climate.kernel, addresses > 1);
      return new SimulatedHost(index, kernel, this.#surroundings(index), () => this.#specsOf(index));
    });
    const client: Station = { attached: true, has: () => false, receive: () => undefined };
    this.lan = new Lan([...this.hosts, client], this, seed, climate.delay);
  }

  /** The number of the client among the stations of the LAN. */
  get client(): number {
    return this.hosts.length;
  }

  get plans(): readonly RouterPlan[] {
    return this.schedule.routers;
  }

  after(delay: Micros, act: () => void): void {
    this.#queue.put(after(this.now, delay), act);
  }

  draw(longest: Micros, purpose: number): Micros {
    const number = this.#draws[purpose] ?? 0;
    this.#draws[purpose] = number + 1;
    return micros(chance(this.schedule.seed, purpose, number, 1) * longest);
  }

  touched(): void {
    this.#touched = true;
  }

  settingsOf(router: number, host: number): Settings {
    const settings = this.settings[router]?.[host];
    if (settings === undefined) throw new RangeError(`no router ${String(router)} on host ${String(host)}`);
    return settings;
  }

  /** Runs the schedule to its end, or until `enough`. */
  async run(enough: () => boolean): Promise<void> {
    const { incidents, mendAt, end } = this.schedule;
    for (const incident of incidents)
      this.#queue.put(incident.at, () => {
        this.observer.happened(incident);
        carryOut(this, incident);
        this.touched();
      });
    this.#queue.put(mendAt, () => {
      this.observer.happened(null);
      this.mended = true;
      mend(this);
      this.touched();
    });
    for (let next = this.#queue.next; next !== null && next <= end && !enough(); next = this.#queue.next) {
      this.now = next;
      this.observer.before();
      this.#queue.take()?.();
      this.events++;
      if (this.#settled) await this.#settle();
      if (this.#touched) {
        this.#touched = false;
        this.observer.touched();
      }
    }
    // What has lasted until the end counts as well.
    if (this.now < end && !enough()) this.now = end;
    this.observer.before();
  }

  /** Lets everything happen that waits for nothing but its turn: the engine's promises. */
  async #settle(): Promise<void> {
    this.#settled = false;
    await new Promise((resolve) => setImmediate(resolve));
    this.#touched = true;
  }

  #specsOf(host: number) {
    return this.plans.flatMap(({ family }, router) =>
      this.removed[router]?.has(host) === true
        ? []
        : [specFor(router, host, family, this.settings[router] ?? [])],
    );
  }

  #surroundings(host: number) {
    const { climate, seed, sameClocks } = this.schedule;
    return {
      world: this as Timeline,
      lateness: climate.lateness,
      latency: climate.kernel,
      unhurried: climate.unhurried === true,
      uptime: micros(UPTIME + (sameClocks ? 0 : chance(seed, host, 0, 2) * MONTHS)),
      wallClock: () => Date.UTC(2026, 0, 1) + this.now / 1_000 + (this.wallClocks[host] ?? 0),
      send: (message: Uint8Array, source: IpAddress, destination: IpAddress) => {
        this.observer.sent(host, message);
        this.lan.send(host, message, source, destination);
      },
      unsent: () => {
        this.lan.unsent(host);
      },
      unread: () => {
        this.lan.unread(host);
      },
      announce: (addresses: readonly IpAddress[]) => {
        if (!(this.hosts[host]?.attached ?? false)) return;
        const saidAt = this.now;
        for (const address of addresses) this.announced[host]?.set(address, saidAt);
        this.lan.carry(host, this.client, () => {
          for (const address of addresses) this.neighbours.set(address, { host, saidAt });
          this.touched();
        });
      },
      settled: () => {
        this.#settled = true;
      },
      failed: (error: unknown) => {
        this.observer.failed(host, error);
      },
      began: (router: VirtualRouter, now: Micros) => {
        this.observer.began(host, router, now);
      },
      stepped: (key: string, now: Micros, event: RouterEvent, step: Step) => {
        // An announcement asks a promise whether the kernel has the addresses.
        if (step.effects.some(({ kind }) => kind === 'announceAddresses')) this.#settled = true;
        this.observer.stepped(host, key, now, event, step);
      },
    };
  }
}
