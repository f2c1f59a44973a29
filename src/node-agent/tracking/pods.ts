import type { Informer, KubeObject } from '../../platform/kube/ports.js';
import type { Timers } from './probe-loop.js';
import { NO_VERDICT, type Verdict } from './rise-fall.js';
import type { PodsMethod } from './tracker.js';
import { identityOf } from './tracker.js';
import type { MakeLoop, TrackedState, WatchLoop } from './watch-loop.js';

/** A pod as the API server sent it: whatever is in it has not been looked at. */
export type PodObject = KubeObject & Readonly<{ status?: unknown }>;

/**
 * Milliseconds for which a pod must have been ready before pods that had failed count as well again. The kubelet has its own
 * thresholds for readiness, so one pod that stops being ready counts at once; but a pod that crashes again and again is ready in
 * between, and the addresses shall not follow it.
 */
export const HOLD_DOWN = 5_000;

/** What was found out in an earlier run of the agent, so that a restart moves nothing. */
export interface PodMemory {
  /** null: nothing is remembered. */
  recall(identity: string): boolean | null;
  remember(identity: string, up: boolean): void;
}

/** Follows the selected pods of this node until the signal. */
export type FollowPods = (method: PodsMethod, signal: AbortSignal) => Promise<Informer<PodObject>>;

export type PodsSurroundings = Readonly<{ follow: FollowPods; memory: PodMemory; timers: Timers }>;

/** Whether one of the pods can do its work, and how many can, in words. */
export function judgePods(pods: readonly PodObject[]): Readonly<{ up: boolean; message: string }> {
  const ready = pods.filter(isReady).length;
  if (pods.length === 0) return { up: false, message: 'no selected pod is on this node' };
  return { up: ready > 0, message: `${String(ready)} of ${String(pods.length)} selected pods ready` };
}

/** A pod that is being deleted still says that it is ready; it is about to go. */
function isReady({ metadata, status }: PodObject): boolean {
  if (metadata?.deletionTimestamp !== undefined) return false;
  const conditions = fieldOf(status, 'conditions');
  return (
    Array.isArray(conditions) &&
    conditions.some(
      (condition) => fieldOf(condition, 'type') === 'Ready' && fieldOf(condition, 'status') === 'True',
    )
  );
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

/**
 * Follows pods for as long as it is started. While the API server says nothing, what was known last counts; before it ever
 * said anything, what an earlier run knew.
 */
export class PodsLoop implements WatchLoop {
  readonly #stop = new AbortController();
  readonly #identity: string;
  #state: TrackedState;
  #cancelHoldDown: (() => void) | null = null;

  constructor(
    private readonly method: PodsMethod,
    private readonly around: PodsSurroundings,
    private readonly verdictChanged: (state: TrackedState) => void,
  ) {
    this.#identity = identityOf(method);
    const up = around.memory.recall(this.#identity);
    const verdict: Verdict = up === null ? NO_VERDICT : { up, against: 0 };
    const message = up === null ? 'nothing is known of the pods yet' : 'as it was before the agent started';
    this.#state = { verdict, message, duration: null, successes: 0, failures: 0 };
  }

  get state(): TrackedState {
    return this.#state;
  }

  start(): void {
    const { signal } = this.#stop;
    void this.around.follow(this.method, signal).then(async (pods) => {
      await pods.synced;
      if (signal.aborted) return;
      this.#found(pods.list());
      pods.onChange(() => {
        if (!signal.aborted) this.#found(pods.list());
      });
    });
  }

  close(): void {
    this.#stop.abort();
    this.#cancelHoldDown?.();
  }

  #found(pods: readonly PodObject[]): void {
    const { up, message } = judgePods(pods);
    const before = this.#state.verdict.up;
    this.#state = { ...this.#state, message };
    if (!up || before !== false) this.#endHoldDown();
    if (before === up) return;
    if (before === false) this.#holdDown();
    else this.#decide(up);
  }

  #holdDown(): void {
    const { timers } = this.around;
    this.#cancelHoldDown ??= timers.at(timers.now() + HOLD_DOWN, () => {
      this.#cancelHoldDown = null;
      this.#decide(true);
    });
  }

  #endHoldDown(): void {
    this.#cancelHoldDown?.();
    this.#cancelHoldDown = null;
  }

  #decide(up: boolean): void {
    this.#state = { ...this.#state, verdict: { up, against: 0 } };
    this.around.memory.remember(this.#identity, up);
    this.verdictChanged(this.#state);
  }
}

export const podsLoops =
  (around: PodsSurroundings): MakeLoop<PodsMethod> =>
  (method, verdictChanged) =>
    new PodsLoop(method, around, verdictChanged);
