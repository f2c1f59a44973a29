import type { TrackerState } from '../ipc/router-spec.js';
import { ProbeLoop, type ProbeState, type Timers } from './probe-loop.js';
import type { Attempt, ProbeMethod, RouterProbe } from './probe.js';

/** The probes of each router, by its key. */
export type ProbePlan = ReadonlyMap<string, readonly RouterProbe[]>;

export type ProbeReport = Readonly<{ routerKey: string; id: string; state: ProbeState }>;

export type ProbeEvents = Readonly<{
  /** The whole list of a router has changed. */
  trackers: (routerKey: string, trackers: readonly TrackerState[]) => void;
  /** A probe has its first verdict, or another one. */
  verdict: (routerKey: string, id: string, up: boolean, message: string) => void;
}>;

type Watched = Readonly<{ routerKey: string; probes: readonly RouterProbe[] }>;

/**
 * Runs the probes that the configuration asks for and tells, router by router, what they found. Applying a changed
 * plan starts and stops by difference: a probe whose method stays keeps its verdict and its turn.
 *
 * A router's list is told when each of its probes has a verdict, so a list is never worse than what is known. Only
 * for routers that are new it is told before: there a probe without a verdict counts as failed, because a node should
 * not take an address before it knows that it can serve it.
 */
export class ProbeRunner {
  readonly #loops = new Map<string, ProbeLoop>();
  #watched: readonly Watched[] = [];
  readonly #told = new Map<string, string>();

  constructor(
    private readonly attempt: Attempt,
    private readonly timers: Timers,
    private readonly events: ProbeEvents,
  ) {}

  /** `isNew`: whether a router has never run in this agent. Call it before the routers themselves are told of. */
  apply(plan: ProbePlan, isNew: (routerKey: string) => boolean): void {
    const abandoned = this.#watched.filter(({ routerKey }) => !plan.has(routerKey));
    for (const { routerKey } of abandoned) this.#told.delete(routerKey);
    this.#watched = [...plan].map(([routerKey, probes]) => ({ routerKey, probes }));
    this.#stopUnused();
    const started = this.#startMissing();
    for (const watched of this.#watched) {
      if (!isNew(watched.routerKey)) this.#tellIfKnown(watched);
      else if (watched.probes.length > 0) this.#tellList(watched);
      else this.#told.set(watched.routerKey, '[]');
    }
    for (const loop of started) loop.start();
  }

  /** How each probe is doing, for display. */
  report(): readonly ProbeReport[] {
    return this.#watched.flatMap(({ routerKey, probes }) =>
      probes.map(({ id, method }) => ({ routerKey, id, state: this.#stateOf(method) })),
    );
  }

  close(): void {
    for (const loop of this.#loops.values()) loop.close();
    this.#loops.clear();
    this.#watched = [];
  }

  #stopUnused(): void {
    const used = new Set(
      this.#watched.flatMap(({ probes }) => probes.map(({ method }) => identityOf(method))),
    );
    for (const [identity, loop] of this.#loops) {
      if (used.has(identity)) continue;
      loop.close();
      this.#loops.delete(identity);
    }
  }

  #startMissing(): readonly ProbeLoop[] {
    const missing = new Map(
      this.#watched.flatMap(({ probes }) =>
        probes.map(({ method }) => [identityOf(method), method] as const),
      ),
    );
    const started: ProbeLoop[] = [];
    for (const [identity, method] of missing) {
      if (this.#loops.has(identity)) continue;
      const loop = new ProbeLoop(method, this.attempt, this.timers, (state) => {
        this.#verdictChanged(identity, state);
      });
      this.#loops.set(identity, loop);
      started.push(loop);
    }
    return started;
  }

  #verdictChanged(identity: string, { verdict, message }: ProbeState): void {
    for (const watched of this.#watched) {
      const concerned = watched.probes.filter(({ method }) => identityOf(method) === identity);
      for (const { id } of concerned)
        this.events.verdict(watched.routerKey, id, verdict.up === true, message);
      if (concerned.length > 0) this.#tellIfKnown(watched);
    }
  }

  #tellIfKnown(watched: Watched): void {
    const known = watched.probes.every(({ method }) => this.#stateOf(method).verdict.up !== null);
    if (known) this.#tellList(watched);
  }

  #tellList({ routerKey, probes }: Watched): void {
    const trackers = probes.map(({ id, weight, method }): TrackerState => {
      const { verdict, message } = this.#stateOf(method);
      return { id, up: verdict.up ?? false, weight, message };
    });
    const text = JSON.stringify(trackers);
    if (text === this.#told.get(routerKey)) return;
    this.#told.set(routerKey, text);
    this.events.trackers(routerKey, trackers);
  }

  #stateOf(method: ProbeMethod): ProbeState {
    const loop = this.#loops.get(identityOf(method));
    if (loop === undefined) throw new Error('a probe of the plan has no loop');
    return loop.state;
  }
}

/** Equal for probes that do the same. */
const identityOf = ({ target, period, timeout, rise, fall }: ProbeMethod): string =>
  JSON.stringify([target, period, timeout, rise, fall]);
