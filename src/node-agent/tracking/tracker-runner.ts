import type { TrackerState } from '../ipc/router-spec.js';
import { type RouterTracker, type TrackedMethod, identityOf } from './tracker.js';
import type { MakeLoop, TrackedState, WatchLoop } from './watch-loop.js';

/** The tracked objects of each router, by its key. */
export type TrackerPlan = ReadonlyMap<string, readonly RouterTracker[]>;

export type TrackerReport = Readonly<{ routerKey: string; id: string; state: TrackedState }>;

export type TrackerEvents = Readonly<{
  /** The whole list of a router has changed. */
  trackers: (routerKey: string, trackers: readonly TrackerState[]) => void;
  /** What counts for a router by now, this process's word or that of one before it; null: not known. */
  counting?: (routerKey: string) => readonly TrackerState[] | null;
  /** A tracked object has its first verdict, or another one. */
  verdict: (routerKey: string, id: string, up: boolean, message: string) => void;
}>;

type Watched = Readonly<{ routerKey: string; trackers: readonly RouterTracker[] }>;

/**
 * Follows what the configuration asks for and tells, router by router, what is found. Applying a changed plan starts and
 * stops by difference: an object whose method stays keeps its verdict and its turn.
 *
 * A router's list is told when each of its objects has a verdict, so a list is never worse than what is known. When the verdict
 * of one changes before others have any, which pods that the agent may not read never get, those others count as they did. Only
 * for routers that are new all is told at once: there an object without a verdict counts as failed, because a node should not
 * take an address before it knows that it can serve it.
 */
export class TrackerRunner {
  readonly #loops = new Map<string, WatchLoop>();
  #watched: readonly Watched[] = [];
  readonly #told = new Map<string, readonly TrackerState[]>();

  constructor(
    private readonly makeLoop: MakeLoop<TrackedMethod>,
    private readonly events: TrackerEvents,
  ) {}

  /** `isNew`: whether a router has never run in this agent. Call it before the routers themselves are told of. */
  apply(plan: TrackerPlan, isNew: (routerKey: string) => boolean): void {
    const abandoned = this.#watched.filter(({ routerKey }) => !plan.has(routerKey));
    for (const { routerKey } of abandoned) this.#told.delete(routerKey);
    this.#watched = [...plan].map(([routerKey, trackers]) => ({ routerKey, trackers }));
    this.#stopUnused();
    const started = this.#startMissing();
    for (const watched of this.#watched) {
      if (!isNew(watched.routerKey)) this.#tellIfKnown(watched);
      else if (watched.trackers.length > 0) this.#tellList(watched);
      else this.#told.set(watched.routerKey, []);
    }
    for (const loop of started) loop.start();
  }

  /** How each tracked object is doing, for display. */
  report(): readonly TrackerReport[] {
    return this.#watched.flatMap(({ routerKey, trackers }) =>
      trackers.map(({ id, method }) => ({ routerKey, id, state: this.#stateOf(method) })),
    );
  }

  close(): void {
    for (const loop of this.#loops.values()) loop.close();
    this.#loops.clear();
    this.#watched = [];
  }

  #stopUnused(): void {
    const used = new Set(
      this.#watched.flatMap(({ trackers }) => trackers.map(({ method }) => identityOf(method))),
    );
    for (const [identity, loop] of this.#loops) {
      if (used.has(identity)) continue;
      loop.close();
      this.#loops.delete(identity);
    }
  }

  #startMissing(): readonly WatchLoop[] {
    const missing = new Map(
      this.#watched.flatMap(({ trackers }) =>
        trackers.map(({ method }) => [identityOf(method), method] as const),
      ),
    );
    const started: WatchLoop[] = [];
    for (const [identity, method] of missing) {
      if (this.#loops.has(identity)) continue;
      const loop = this.makeLoop(method, (state) => {
        this.#verdictChanged(identity, state);
      });
      this.#loops.set(identity, loop);
      started.push(loop);
    }
    return started;
  }

  #verdictChanged(identity: string, { verdict, message }: TrackedState): void {
    for (const watched of this.#watched) {
      const concerned = watched.trackers.filter(({ method }) => identityOf(method) === identity);
      for (const { id } of concerned)
        this.events.verdict(watched.routerKey, id, verdict.up === true, message);
      if (concerned.length > 0) this.#tellAsFarAsKnown(watched);
    }
  }

  #tellIfKnown(watched: Watched): void {
    if (watched.trackers.every((tracker) => this.#isKnown(tracker))) this.#tellList(watched);
  }

  #tellAsFarAsKnown(watched: Watched): void {
    const before = this.#told.get(watched.routerKey) ?? this.events.counting?.(watched.routerKey);
    if (before === undefined || before === null) {
      this.#tellIfKnown(watched);
      return;
    }
    const states = watched.trackers.flatMap((tracker) => {
      if (this.#isKnown(tracker)) return this.#trackerState(tracker);
      return before.find(({ id }) => id === tracker.id) ?? [];
    });
    this.#tell(watched.routerKey, states);
  }

  #tellList({ routerKey, trackers }: Watched): void {
    this.#tell(
      routerKey,
      trackers.map((tracker) => this.#trackerState(tracker)),
    );
  }

  #tell(routerKey: string, states: readonly TrackerState[]): void {
    const text = JSON.stringify(states);
    if (text === JSON.stringify(this.#told.get(routerKey))) return;
    this.#told.set(routerKey, states);
    this.events.trackers(routerKey, states);
  }

  #isKnown({ method }: RouterTracker): boolean {
    return this.#stateOf(method).verdict.up !== null;
  }

  /** Without a verdict: failed. */
  #trackerState({ id, weight, method }: RouterTracker): TrackerState {
    const { verdict, message } = this.#stateOf(method);
    return { id, up: verdict.up ?? false, weight, message };
  }

  #stateOf(method: TrackedMethod): TrackedState {
    const loop = this.#loops.get(identityOf(method));
    if (loop === undefined) throw new Error('a tracked object of the plan has no loop');
    return loop.state;
  }
}
