import type { Attempt, ProbeMethod, ProbeResult } from './probe.js';
import { NO_VERDICT, afterResult } from './rise-fall.js';
import type { MakeLoop, TrackedState, WatchLoop } from './watch-loop.js';

/** Monotonic time in milliseconds and timers; the real one is `systemTimers`. */
export interface Timers {
  now(): number;
  /** Calls back once at `time` or soon after; the function that is returned prevents it. */
  at(time: number, callback: () => void): () => void;
}

/**
 * Probes one target for as long as it is started. Attempts begin at whole periods after the first, so the schedule
 * does not drift; an attempt that outlasts its period costs the next turn instead of running beside it.
 */
export class ProbeLoop implements WatchLoop {
  #state: TrackedState = {
    verdict: NO_VERDICT,
    message: 'not probed yet',
    duration: null,
    successes: 0,
    failures: 0,
  };
  #cancelTimer: () => void = () => undefined;
  #stop = new AbortController();
  #nextAt = 0;

  constructor(
    readonly method: ProbeMethod,
    private readonly attempt: Attempt,
    private readonly timers: Timers,
    /** Called when the verdict changes, the first one included. */
    private readonly verdictChanged: (state: TrackedState) => void,
  ) {}

  get state(): TrackedState {
    return this.#state;
  }

  start(): void {
    this.#nextAt = this.timers.now();
    this.#run();
  }

  /** No result is told after this. */
  close(): void {
    this.#stop.abort();
    this.#cancelTimer();
  }

  #run(): void {
    const startedAt = this.timers.now();
    const { signal } = this.#stop;
    void this.attempt(this.method, signal).then((result) => {
      if (signal.aborted) return;
      const endedAt = this.timers.now();
      this.#schedule(endedAt);
      this.#take(result, (endedAt - startedAt) / 1000);
    });
  }

  #schedule(now: number): void {
    const { period } = this.method;
    const turns = Math.max(1, Math.ceil((now - this.#nextAt) / period));
    this.#nextAt += turns * period;
    this.#cancelTimer = this.timers.at(this.#nextAt, () => {
      this.#run();
    });
  }

  #take({ success, message }: ProbeResult, duration: number): void {
    const before = this.#state;
    const verdict = afterResult(before.verdict, success, this.method);
    this.#state = {
      verdict,
      message,
      duration,
      successes: before.successes + (success ? 1 : 0),
      failures: before.failures + (success ? 0 : 1),
    };
    if (verdict.up !== before.verdict.up) this.verdictChanged(this.#state);
  }
}

/** Loops that probe by `attempt`. */
export const probeLoops =
  (attempt: Attempt, timers: Timers): MakeLoop<ProbeMethod> =>
  (method, verdictChanged) =>
    new ProbeLoop(method, attempt, timers, verdictChanged);
