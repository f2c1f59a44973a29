import type { IpAddress } from '../../values/ip-address.js';
import { type Micros, micros } from '../../values/time.js';
import { type Prefix, formatPrefix } from '../../values/prefix.js';
import { toSeconds } from '../../values/time.js';
import { SomeRefused } from '../../platform/errors.js';
import { leaseFor } from '../addresses/lease.js';
import { STATE_CHANGED } from '../ipc/log-messages.js';
import type { LogLevel, Problem } from '../ipc/messages.js';
import type { RouterSpec, TrackerState } from '../ipc/router-spec.js';
import { OWNER_PRIORITY, type RouterConfig } from '../vrrp/config.js';
import type { Effect, Notice, TransitionReason } from '../vrrp/effect.js';
import type { RouterEvent } from '../vrrp/event.js';
import type { RejectionReason } from '../vrrp/rejection.js';
import type { Arrival, Remark, Verdict } from '../vrrp/receive.js';
import { receiveAdvert } from '../vrrp/receive.js';
import { type Step, canHearLater, initialState, transition } from '../vrrp/router.js';
import type { RouterState } from '../vrrp/state.js';
import { activeDownInterval } from '../vrrp/timing.js';
import { countEffect, countSendError, countVerdict, newStatistics } from '../vrrp/statistics.js';
import { AdvertSender } from './advert-sender.js';
import { DeafPeers } from './deaf-peers.js';
import { diagnoseRejection, diagnoseRemarks } from './diagnosis.js';
import { HeldAddresses, type Place } from './held-addresses.js';
import { DurationHistogram, TAKEOVER_BOUNDS } from './histogram.js';
import type {
  AddressTable,
  AdvertSocket,
  Announcer,
  Clock,
  InterfaceAddress,
  Link,
  AskNeighbours,
} from './ports.js';
import { ProblemList } from './problem-list.js';
import { prefixesOf, routerConfig } from './router-config.js';
import { ADDRESS_IN_USE, StrangerWatch } from './stranger-watch.js';
import { LONGEST_PAUSE } from './unhurried-reading.js';

/** What a router uses of the process it lives in. */
export type Surroundings = Readonly<{
  clock: Clock;
  table: AddressTable;
  announcer: Announcer;
  askNeighbours: AskNeighbours;
  stepped: (key: string, now: Micros, event: RouterEvent, step: Step) => void;
  log: (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>) => void;
  /** As `log`, but what repeats for the same key is held back. */
  logLimited: (
    key: string,
    level: LogLevel,
    message: string,
    fields: Readonly<Record<string, unknown>>,
  ) => void;
  /** Something changed that is worth a report at once. */
  reportable: () => void;
  /** The router may have another deadline now. */
  moved: (router: VirtualRouter) => void;
  /** Whether another router than this one holds the address. */
  isHeldByOthers: (router: VirtualRouter, interfaceIndex: number, prefix: Prefix) => boolean;
}>;

/** Where a router sends and receives, and where it puts its addresses. */
export type Seat = Readonly<{
  /** To send with: bound to where the addresses are, so that adverts carry the virtual MAC where there is one. */
  socket: AdvertSocket;
  /** The interface that the router is configured for. */
  link: Link;
  place: Place;
  /** The interfaces that adverts for the router come in by. */
  indices: readonly number[];
}>;

/** What waited for longer than this share of the interval did so because this process was late. */
const LONGEST_WAIT = 2 * LONGEST_PAUSE;

type Judged = Readonly<{
  arrival: Arrival;
  config: RouterConfig;
  source: IpAddress | null;
  verdict: Verdict;
}>;

/** One virtual router at work: its protocol state, and the carrying out of what the state machine decides. */
export class VirtualRouter {
  spec: RouterSpec;
  prefixes: readonly Prefix[];
  state: RouterState;
  seat: Seat | null = null;
  /** Set while the router cannot take part: why, and what to do. */
  obstacle: Problem | null = null;
  trackers: readonly TrackerState[] = [];
  because: TransitionReason | 'notStarted' = 'notStarted';
  since: number;
  addressReinstalls = 0;
  readonly statistics = newStatistics();
  readonly transitions = new Map<string, number>();
  transitionCount = 0;
  readonly takeover = new DurationHistogram(TAKEOVER_BOUNDS);
  readonly problems = new ProblemList();
  readonly held: HeldAddresses;
  readonly #sender = new AdvertSender();
  readonly #strangers: StrangerWatch;
  readonly #deafPeers = new DeafPeers();
  #judged: Judged | null = null;
  /** When the last event came. */
  #steppedAt = micros(0);

  constructor(
    spec: RouterSpec,
    private readonly around: Surroundings,
  ) {
    this.spec = spec;
    this.prefixes = prefixesOf(spec);
    this.state = initialState(routerConfig(spec));
    this.since = around.clock.wallClock();
    this.#strangers = new StrangerWatch(around.askNeighbours);
    this.held = new HeldAddresses(
      around.table,
      around.announcer,
      (operation, error) => {
        this.#addressesRefused(operation, error);
      },
      (interfaceIndex, prefix) => around.isHeldByOthers(this, interfaceIndex, prefix),
    );
  }

  get key(): string {
    return this.spec.key;
  }

  get config(): RouterConfig {
    return this.state.config;
  }

  /** Whether nothing is left to be done for a router that was shut down. */
  get gone(): boolean {
    return (
      this.state.name === 'Initialize' &&
      this.state.answering === null &&
      this.held.holding === null &&
      !this.held.releasing
    );
  }

  /** Takes over a changed spec of the same router; an election that is under way goes on. */
  apply(spec: RouterSpec, now: Micros): void {
    const lengthsBefore = this.spec.addresses.join();
    this.spec = spec;
    this.prefixes = prefixesOf(spec);
    this.handle({ kind: 'configSet', config: routerConfig(spec) }, now);
    // Prefix lengths are not the protocol's business, so the state machine does not see them change.
    if (this.held.holding !== null && this.state.name === 'Active' && lengthsBefore !== spec.addresses.join())
      this.#hold(null);
  }

  /**
   * The seat may be another one than the addresses were put on: the MAC address has changed, or the virtual MAC was made
   * anew. They follow, and the neighbours are told.
   */
  followSeat(now: Micros): void {
    const held = this.held.holding?.place;
    const place = this.seat?.place;
    if (held === undefined || place === undefined || this.state.name !== 'Active') return;
    if (held === place) return;
    this.handle({ kind: 'addressesLost', addresses: this.config.addresses }, now);
  }

  /** Checks a datagram for this router, which waited to be read, and lets the state machine hear what passes. */
  receive(arrival: Arrival, waited: Micros, readAt: Micros): void {
    const now = this.#heardAt(waited, readAt);
    const verdict = this.#judge(arrival);
    if (verdict.rejected !== undefined) {
      this.reject(verdict.rejected, arrival.source, now);
      return;
    }
    countVerdict(this.statistics, verdict);
    this.problems.withdraw(ADDRESS_IN_USE);
    // Whoever resigns is gone, and what was odd about it: such as the holder of a VirtualIP whose VRID another one has now.
    this.#remarked(verdict.accepted.priority === 0 ? [] : verdict.remarks, verdict.sender, now);
    this.handle({ kind: 'advertReceived', advert: verdict.accepted, sender: verdict.sender }, now);
  }

  /**
   * When a datagram counts as heard. What waited because there was time is as old as it is. What waited for longer came in while this
   * process stood still, and there may be more of it; then silence is our own fault, and begins now. Nothing is heard before what this
   * router knows already.
   */
  #heardAt(waited: Micros, readAt: Micros): Micros {
    if (this.state.name !== 'Backup' || !canHearLater(this.state)) return readAt;
    if (waited > this.state.activeAdverInterval * LONGEST_WAIT) return readAt;
    return micros(Math.max(readAt - waited, this.#steppedAt));
  }

  /** The verdict depends on nothing else, so on the same arrival it is the same. */
  #judge(arrival: Arrival): Verdict {
    const { config, source } = this.state;
    const last = this.#judged;
    if (last?.arrival === arrival && last.config === config && last.source === source) return last.verdict;
    const verdict = receiveAdvert(config, source, arrival);
    this.#judged = { arrival, config, source, verdict };
    return verdict;
  }

  /** Counts and tells that something for this router from `sender` is not taken for an advert. */
  reject(reason: RejectionReason, sender: IpAddress, now: Micros): void {
    countVerdict(this.statistics, { rejected: reason });
    const problem = diagnoseRejection(reason, sender, this.config);
    this.#diagnosed(problem, now);
    const told = problem === null ? {} : { problem: problem.message, remedy: problem.remedy };
    const fields = { router: this.key, reason, sender, ...told };
    this.around.logLimited(`${this.key} ${reason} ${sender}`, 'warn', 'Advert rejected', fields);
  }

  /** Runs one event through the state machine and does what it says. */
  handle(event: RouterEvent, now: Micros): void {
    const before = this.state;
    const step = transition(before, event, now);
    this.state = step.state;
    this.#steppedAt = now;
    this.around.moved(this);
    this.around.stepped(this.key, now, event, step);
    for (const effect of step.effects) {
      countEffect(this.statistics, effect);
      this.#perform(effect, before, now);
    }
  }

  /** Tells the state machine of held addresses that are not on the interface any more. */
  compareAddresses(present: readonly InterfaceAddress[], now: Micros): void {
    const lost = this.held.lost(present);
    if (lost.length === 0 || this.state.name !== 'Active') return;
    this.addressReinstalls += lost.length;
    this.around.log('warn', 'Virtual addresses were removed by somebody else; putting them back', {
      router: this.key,
      addresses: lost,
    });
    this.handle({ kind: 'addressesLost', addresses: lost }, now);
  }

  #perform(effect: Effect, before: RouterState, now: Micros): void {
    switch (effect.kind) {
      case 'sendAdvert':
        this.#send(effect.priority);
        return;
      case 'holdAddresses':
        this.#hold(before.name === 'Backup' ? before.activeDownAt : null);
        return;
      case 'renewAddresses':
        this.held.renew(leaseFor(this.config.advertisementInterval));
        return;
      case 'releaseAddresses':
        void this.held.release().then(this.around.reportable);
        return;
      case 'announceAddresses':
        void this.held.announce(hasFallenSilent(before));
        return;
      case 'stateChanged':
        this.#stateChanged(effect, before, now);
        return;
      case 'notice':
        this.#notice(effect.notice, now);
        return;
    }
  }

  #send(priority: number): void {
    const { source } = this.state;
    if (this.seat === null || source === null) return;
    try {
      this.#sender.send(this.seat.socket, this.config, source, priority);
    } catch (error) {
      countSendError(this.statistics);
      this.around.logLimited(`${this.key} send`, 'error', 'Advert not sent', {
        router: this.key,
        error: String(error),
      });
    }
  }

  /** `due`: when the takeover that this belongs to was due; null: it is none. */
  #hold(due: Micros | null): void {
    if (this.seat === null) return;
    const lease = leaseFor(this.config.advertisementInterval);
    void this.held.hold(this.seat.place, this.prefixes, lease).then((installed) => {
      if (installed && due !== null)
        this.takeover.observe(toSeconds((this.around.clock.now() - due) as Micros));
      this.around.reportable();
    });
  }

  #stateChanged(effect: Extract<Effect, { kind: 'stateChanged' }>, before: RouterState, now: Micros): void {
    const { from, to, because } = effect;
    if (from === 'Active') this.held.silence();
    this.#watchStrangers(because, before, now);
    const name = `${from}>${to}:${because}`;
    this.transitions.set(name, (this.transitions.get(name) ?? 0) + 1);
    this.transitionCount++;
    this.because = because;
    this.since = this.around.clock.wallClock();
    const silence = before.name === 'Backup' ? silenceOf(before, now) : {};
    this.around.log('info', STATE_CHANGED, {
      router: this.key,
      from,
      to,
      because,
      ...silence,
      vrid: this.config.vrid,
      interface: this.seat?.place.link.name ?? null,
      priority: this.state.priority,
    });
    this.around.reportable();
  }

  #watchStrangers(because: TransitionReason, before: RouterState, now: Micros): void {
    if (because === 'startup' && this.seat !== null)
      void this.#strangers.begin(this.seat.link, this.config.addresses);
    if (because !== 'activeDown' || before.name !== 'Backup' || before.active !== null) return;
    for (const problem of this.#strangers.strangers()) {
      this.problems.add(problem, now);
      this.around.log('error', 'Address is in use by another host', { router: this.key, ...problem });
    }
  }

  #notice(notice: Notice, now: Micros): void {
    const { code, sender } = notice;
    if (code === 'secondOwner')
      this.problems.add(
        {
          code: 'SecondOwner',
          message: `${sender} claims to own the addresses of VRID ${String(this.config.vrid)} too (priority 255)`,
          remedy: 'give priority 255 to one router at most',
        },
        now,
      );
    if (code === 'lowerPriorityActive')
      this.#diagnosed(this.#deafPeers.answered(sender, this.config, now), now);
    const fields = { router: this.key, notice: code, sender };
    this.around.logLimited(`${this.key} ${code} ${sender}`, 'warn', NOTICES[code], fields);
  }

  /** While a VirtualIP is edited, routers differ for a moment: a sender that does as we do is not complained about for longer. */
  #remarked(remarks: readonly Remark[], sender: IpAddress, now: Micros): void {
    if (remarks.length === 0 && this.problems.isEmpty) return;
    const { found, past } = diagnoseRemarks(remarks, sender, this.config);
    for (const problem of found) this.problems.add(problem, now);
    for (const problem of past) this.problems.remove(problem);
  }

  #diagnosed(problem: Problem | null, now: Micros): void {
    if (problem !== null) this.problems.add(problem, now);
  }

  #addressesRefused(operation: string, error: unknown): void {
    // The owner's addresses are the host's own.
    const owned =
      this.spec.priority === OWNER_PRIORITY &&
      error instanceof SomeRefused &&
      [...error.refused.values()].every((code) => code === 'EEXIST');
    if (owned) return;
    const addresses = this.prefixes.map(formatPrefix);
    this.problems.add(
      {
        code: 'AddressRefused',
        message: `the kernel refused to ${operation} ${addresses.join(', ')}: ${String(error)}`,
        remedy:
          'see whether the host itself has the address, and whether the agent may configure addresses (CAP_NET_ADMIN)',
      },
      this.around.clock.now(),
    );
    this.around.logLimited(`${this.key} ${operation}`, 'error', 'Addresses refused', {
      router: this.key,
      operation,
      addresses,
      error: String(error),
    });
  }
}

/** Whether the router that was Active is not heard any more, without having resigned: then nobody answers for the addresses. */
const hasFallenSilent = (state: RouterState): boolean =>
  state.name === 'Backup' && state.takeover === 'activeDown' && state.active !== null;

const NOTICES: Readonly<Record<Notice['code'], string>> = {
  ownAddressHeard: 'An advert came from our own address: a loop, or another host has it',
  secondOwner: 'Another router claims to own the addresses (priority 255)',
  lowerPriorityActive: 'A router of lower priority is Active too; answering it',
};

/** For the log: since when the router that was Active has been silent, in seconds, and who it was. */
function silenceOf(
  before: Extract<RouterState, { name: 'Backup' }>,
  now: Micros,
): Readonly<{ silence?: number; active?: IpAddress }> {
  const { active, activeDownAt, takeover } = before;
  if (takeover !== 'activeDown') return active === null ? {} : { active: active.source };
  const waited = activeDownInterval(before.config, before.priority, before.activeAdverInterval);
  return {
    silence: toSeconds((now - activeDownAt + waited) as Micros),
    ...(active && { active: active.source }),
  };
}
