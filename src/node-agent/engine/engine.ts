import type { Micros } from '../../values/time.js';
import { fromSeconds, toSeconds } from '../../values/time.js';
import type { LogLevel, Problem, VrrpStatus } from '../ipc/messages.js';
import type { RouterSpec, TrackerState } from '../ipc/router-spec.js';
import type { RouterEvent, ShutdownReason } from '../vrrp/event.js';
import { type Step, deadlineOf } from '../vrrp/router.js';
import { Deadlines } from './deadlines.js';
import { Demultiplexer } from './demultiplexer.js';
import { DurationHistogram, LATENESS_BOUNDS } from './histogram.js';
import { interfaceTrackers } from './interface-trackers.js';
import { LimitedLog } from './limited-log.js';
import type {
  AddressTable,
  AdvertSockets,
  Announcer,
  AskNeighbours,
  Clock,
  HostNetwork,
  Link,
  VirtualMacLinks,
} from './ports.js';
import { type Participation, participation } from './participation.js';
import { Reception } from './reception.js';
import { routerStatus } from './router-status.js';
import { sameRouter } from './router-config.js';
import { Seating } from './seating.js';
import type { ToldStatuses } from './told-statuses.js';
import { UnhurriedReading } from './unhurried-reading.js';
import { type Surroundings, VirtualRouter } from './virtual-router.js';
import { isLate, patienceOf, wakeAt } from './waking.js';

export type EnginePorts = Readonly<{
  clock: Clock;
  sockets: AdvertSockets;
  network: HostNetwork;
  table: AddressTable;
  virtualMacLinks: VirtualMacLinks;
  announcer: Announcer;
  askNeighbours: AskNeighbours;
  /** Findings about an interface's settings. */
  inspect: (link: Link, spec: RouterSpec) => readonly Problem[];
}>;

export type EngineEvents = Readonly<{
  log: (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>) => void;
  stepped: (key: string, now: Micros, event: RouterEvent, step: Step) => void;
  /** A router begins, or begins anew: what a recording must know before its first step. */
  began: (router: VirtualRouter, now: Micros) => void;
  /** Something changed that is worth a report at once. */
  reportable: () => void;
}>;

export type EngineOptions = Readonly<{
  /** How many adverts must come in together on average, so that they wait for each other; default: more than there is to gain from. */
  fewestAdverts?: number;
}>;

type IsNews = ToldStatuses['isNews'];

/** What waits in a full receive queue is read in so many goes. */
const MOST_READINGS = 8;

/** How soon what the host refused is tried again. */
const RETRY_AFTER = fromSeconds(1);

/**
 * All virtual routers of this host: gives each its place, hands it what happens, and wakes it at its deadlines. One
 * thread, one timer; nothing here waits.
 */
export class Engine {
  readonly #routers = new Map<string, VirtualRouter>();
  /** Shut down, but with addresses that a successor has not taken over yet. */
  readonly #leaving = new Set<VirtualRouter>();
  readonly #demultiplexer = new Demultiplexer();
  readonly #reception = new Reception(this.#demultiplexer);
  readonly #seating: Seating;
  readonly #around: Surroundings;
  readonly #lateness = new DurationHistogram(LATENESS_BOUNDS);
  readonly #trackers = new Map<string, readonly TrackerState[]>();
  /** When routers want to be woken. */
  readonly #deadlines = new Deadlines<VirtualRouter>();
  /** The longest that any of them waits for others; see `wakeAt`. */
  #patience = 0;
  readonly #reading: UnhurriedReading<VirtualRouter>;
  /** When the timer fires; null: never. */
  #armedFor: Micros | null = null;
  #retryAt: Micros | null = null;
  #stopping: (() => void) | null = null;

  constructor(
    private readonly ports: EnginePorts,
    private readonly events: EngineEvents,
    { fewestAdverts }: EngineOptions = {},
  ) {
    const limited = new LimitedLog(events.log, () => ports.clock.now());
    this.#seating = new Seating(ports, {
      receive: (datagram, waited) => {
        this.#reception.receive(datagram, waited, ports.clock.now());
        this.#settle();
      },
      seated: (router) => {
        this.#evaluate(router);
        this.#settle();
      },
      refused: (router) => {
        this.#refused(router);
        this.#settle();
      },
      log: events.log,
    });
    this.#reading = new UnhurriedReading(this.#seating, fewestAdverts);
    this.#around = {
      clock: ports.clock,
      table: ports.table,
      announcer: ports.announcer,
      askNeighbours: ports.askNeighbours,
      stepped: events.stepped,
      log: events.log,
      logLimited: (key, level, message, fields) => {
        limited.log(key, level, message, fields);
      },
      reportable: () => {
        this.#settle();
        events.reportable();
      },
      moved: (router) => {
        this.#deadlines.set(router, wakeAt(router.state, this.#routers.size));
        this.#reading.note(router);
      },
      isHeldByOthers: (router, interfaceIndex, prefix) =>
        this.#anyRouter((other) => other !== router && other.held.includes(interfaceIndex, prefix)),
    };
    ports.network.onChange(() => {
      this.#networkChanged();
    });
  }

  /** Makes these the routers that run: starts, changes and removes by difference; what is unchanged is not touched. */
  desired(specs: readonly RouterSpec[]): void {
    if (this.#stopping !== null) return;
    this.#hearAll();
    const wanted = new Map(specs.map((spec) => [spec.key, spec]));
    for (const [key, router] of this.#routers) if (!wanted.has(key)) this.#remove(router, true);
    for (const key of this.#trackers.keys()) if (!wanted.has(key)) this.#trackers.delete(key);
    for (const spec of specs) this.#want(spec);
    this.#patience = Math.max(0, ...Array.from(this.#routers.values(), ({ state }) => patienceOf(state)));
    this.#settle();
    this.events.reportable();
  }

  /** What the other process found out about the objects that a router tracks. */
  track(key: string, trackers: readonly TrackerState[]): void {
    this.#hearAll();
    this.#trackers.set(key, trackers);
    const router = this.#routers.get(key);
    if (router === undefined) return;
    router.trackers = trackers;
    this.#evaluate(router);
    this.#settle();
  }

  /** Resigns everywhere and resolves when successors have taken over, or their time is up. */
  async stop(): Promise<void> {
    const now = this.ports.clock.now();
    const stopped = new Promise<void>((resolve) => {
      this.#stopping = resolve;
    });
    const routers = [...this.#routers.values()];
    for (const router of routers) this.#leaving.add(router);
    this.#routers.clear();
    // All resignations first, so that all successors start at once; nothing is removed in between.
    for (const router of routers)
      router.handle({ kind: 'shutdown', because: 'stopping', handover: true }, now);
    this.#settle();
    await stopped;
    await this.#seating.close();
    this.#armedFor = null;
    this.ports.clock.arm(null, () => undefined);
  }

  /** Releases at once what {@link stop} would still hold. */
  hurry(): void {
    const now = this.ports.clock.now();
    for (const router of this.#leaving)
      router.handle({ kind: 'shutdown', because: 'stopping', handover: false }, now);
    this.#settle();
  }

  routers(): readonly VirtualRouter[] {
    return [...this.#routers.values()];
  }

  /** `isNews`: which routers are wanted; default: all. */
  status(
    isNews: IsNews = () => true,
  ): Pick<VrrpStatus, 'routers'> &
    Readonly<{ lateness: VrrpStatus['process']['lateness'] }> &
    Readonly<{ unmatched: Readonly<Record<string, number>> }> {
    const now = this.ports.clock.now();
    const present = this.ports.network.addresses();
    const links = this.ports.network.links();
    // One that only answers any more is shown unless another one has its name by now.
    const leaving = [...this.#leaving].filter(({ key }) => !this.#routers.has(key));
    return {
      routers: [...this.#routers.values(), ...leaving]
        .filter((router) => isNews(router, present, links, now))
        .map((router) => routerStatus(router, present, interfaceTrackers(router.spec, links), now)),
      lateness: this.#lateness.snapshot(),
      unmatched: this.#reception.unmatched,
    };
  }

  #want(spec: RouterSpec): void {
    const now = this.ports.clock.now();
    const known = this.#routers.get(spec.key);
    if (known !== undefined && sameRouter(known.spec, spec)) {
      if (JSON.stringify(known.spec) === JSON.stringify(spec)) return;
      const lowered = spec.priority < known.spec.priority;
      known.apply(spec, now);
      this.#evaluate(known, lowered);
      return;
    }
    // Another router on the wire under the same name: nobody could take over from it, so it goes at once.
    if (known !== undefined) this.#remove(known, false);
    const router = new VirtualRouter(spec, this.#around);
    router.trackers = this.#trackers.get(spec.key) ?? [];
    this.#routers.set(spec.key, router);
    this.events.began(router, now);
    this.#evaluate(router);
  }

  #remove(router: VirtualRouter, handover: boolean): void {
    this.#routers.delete(router.key);
    this.#leaving.add(router);
    router.handle({ kind: 'shutdown', because: 'removed', handover }, this.ports.clock.now());
  }

  #networkChanged(): void {
    const now = this.ports.clock.now();
    const present = this.ports.network.addresses();
    for (const router of [...this.#routers.values()]) {
      this.#evaluate(router);
      router.compareAddresses(present, now);
    }
    this.#settle();
  }

  /**
   * Brings a router into, or out of, the election as the host and what is tracked allow. `lowered`: somebody has just
   * configured a lower priority, and means the addresses to move. What tracking takes away is left to the election
   * instead: the others may be no better off, and then nothing must move.
   */
  #evaluate(router: VirtualRouter, lowered = false): void {
    if (this.#routers.get(router.key) !== router) return;
    const now = this.ports.clock.now();
    const found = participation(router.spec, router.prefixes, router.trackers, this.ports.network);
    if (!found.possible) {
      this.#obstruct(router, found, now);
      return;
    }
    const rival = this.#demultiplexer.rivalOf(router, found.link.index);
    if (rival !== null) {
      this.#outrivaled(router, rival, found.link, now);
      return;
    }
    // Another interface is another segment, with an election of its own.
    if (router.seat !== null && router.seat.link.index !== found.link.index)
      this.#shutdown(router, 'interfaceMissing', false, now);
    const seat = this.#seating.seat(router, found.link);
    if (seat === 'refused') this.#refused(router);
    if (seat === 'seated') this.#elect(router, found, lowered, now);
  }

  /** Tells a router that has its seat how it stands. */
  #elect(
    router: VirtualRouter,
    { source, priority, tracked }: Extract<Participation, { possible: true }>,
    lowered: boolean,
    now: Micros,
  ): void {
    if (router.seat !== null) this.#demultiplexer.add(router.seat.indices, router);
    router.obstacle = null;
    this.#reading.note(router);
    router.followSeat(now);
    if (priority !== router.state.priority) {
      const { bestPeerPriority } = router.spec;
      if (router.state.name !== 'Initialize')
        this.events.log('info', 'Priority changes', {
          router: router.key,
          from: router.state.priority,
          to: priority,
          ...(tracked.length > 0 && { reason: tracked.join('; ') }),
        });
      const yieldToPeer = lowered && bestPeerPriority !== null && bestPeerPriority > priority;
      router.handle({ kind: 'prioritySet', priority, yieldToPeer }, now);
    }
    if (router.state.name === 'Initialize') router.handle({ kind: 'startup', source }, now);
    else if (router.state.source !== source) router.handle({ kind: 'sourceSet', source }, now);
  }

  #obstruct(
    router: VirtualRouter,
    { because, problem, handover }: Extract<Participation, { possible: false }>,
    now: Micros,
  ): void {
    this.#obstacle(router, problem, 'warn');
    this.#shutdown(router, because, handover, now);
    if (because === 'interfaceMissing') {
      router.held.forget();
      this.#unseat(router);
    }
    this.events.reportable();
  }

  /** Notes why a router cannot take part, and tells it once. */
  #obstacle(router: VirtualRouter, problem: Problem, level: LogLevel): void {
    const { message, remedy } = problem;
    if (router.obstacle?.message !== message)
      this.events.log(level, 'Router cannot take part', { router: router.key, problem: message, remedy });
    router.obstacle = problem;
  }

  /** Both would be one router to the others on the segment. That shows only here when neither names its interface. */
  #outrivaled(router: VirtualRouter, rival: VirtualRouter, link: Link, now: Micros): void {
    const message = `VRID ${String(router.spec.vrid)} is the one of ${rival.key} on ${link.name} already`;
    this.#obstacle(router, { code: 'VRIDInUse', message, remedy: 'give one of them another vrid' }, 'error');
    this.#retryAt = (now + RETRY_AFTER) as Micros;
    this.#shutdown(router, 'hostRefused', false, now);
  }

  /** The host does not give what the router needs; it is asked again before long. */
  #refused(router: VirtualRouter): void {
    const now = this.ports.clock.now();
    this.#retryAt = (now + RETRY_AFTER) as Micros;
    this.#shutdown(router, 'hostRefused', false, now);
  }

  #shutdown(router: VirtualRouter, because: ShutdownReason, handover: boolean, now: Micros): void {
    // Out of the election already, but perhaps still answering.
    if (router.state.name === 'Initialize' && router.state.answering === null) return;
    router.handle({ kind: 'shutdown', because, handover }, now);
  }

  #unseat(router: VirtualRouter): void {
    this.#demultiplexer.remove(router);
    this.#seating.unseat(router);
  }

  #woken(): void {
    this.#armedFor = null;
    const now = this.ports.clock.now();
    this.#reading.read(now);
    const wanted = earlier(this.#deadlines.earliest, this.#retryAt);
    // The deadline that it was armed for has moved, or there was only something to be read.
    if (wanted === null || wanted > now) this.#settle();
    else this.#expired(wanted, now);
  }

  #expired(wanted: Micros, wokenAt: Micros): void {
    this.#lateness.observe(toSeconds((wokenAt - wanted) as Micros));
    // Silence may be our own: what came in while this process did not run is heard before anybody is declared dead.
    if (this.#deadlines.anyDue(this.#withPatience(wokenAt), ({ state }) => isLate(state, wokenAt)))
      this.#hearAll();
    const now = this.ports.clock.now();
    // With those that wait for others, and perhaps some whose deadline is about to come.
    for (const router of this.#deadlines.due(this.#withPatience(now))) {
      // It may have been moved by what others did before it; and one that has come since then, by what has not been read.
      const due = deadlineOf(router.state);
      if (due !== null && due <= wokenAt) router.handle({ kind: 'timerExpired' }, now);
    }
    if (this.#retryAt !== null && this.#retryAt <= now) {
      this.#retryAt = null;
      for (const router of [...this.#routers.values()]) this.#evaluate(router);
    }
    this.#settle();
  }

  /**
   * Reads what waits in the receive queues. Before somebody is told of another priority as well: an advert that has come in by then met the
   * old one, and its sender may have given way to that since.
   */
  #hearAll(): void {
    for (let time = 0; time < MOST_READINGS && !this.#seating.drain(); time++);
  }

  #anyRouter(is: (router: VirtualRouter) => boolean): boolean {
    for (const router of this.#routers.values()) if (is(router)) return true;
    for (const router of this.#leaving) if (is(router)) return true;
    return false;
  }

  /** Whoever's deadline has come wakes up by then. */
  #withPatience(now: Micros): Micros {
    return (now + this.#patience) as Micros;
  }

  /**
   * After anything that happened: lets go of routers that are done, and sets the one timer. A Backup's deadline moves with every
   * advert, further away: then the timer stays as it is, and is set anew when it fires.
   */
  #settle(): void {
    for (const router of this.#leaving) {
      if (!router.gone) continue;
      this.#leaving.delete(router);
      this.#reading.forget(router);
      this.#unseat(router);
    }
    if (this.#stopping !== null && this.#leaving.size === 0) this.#stopping();
    if (this.#reading.changed) this.#reading.adjust(this.ports.clock.now());
    const deadline = earlier(this.#deadlines.earliest, this.#retryAt);
    const earliest = earlier(deadline, this.#reading.dueAt);
    if (earliest === null || (this.#armedFor !== null && this.#armedFor <= earliest)) return;
    this.#armedFor = earliest;
    this.ports.clock.arm(earliest, () => {
      this.#woken();
    });
  }
}

const earlier = (one: Micros | null, other: Micros | null): Micros | null =>
  one === null || (other !== null && other < one) ? other : one;
