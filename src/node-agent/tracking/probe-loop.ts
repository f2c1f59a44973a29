import type { Attempt, ProbeMethod, ProbeResult } from './probe.js';
import { NO_VERDICT, type Verdict, afterResult } from './rise-fall.js';

/** Monotonic time in milliseconds and timers; the real one is `systemTimers`. */
export interface Timers {
  now(): number;
  /** Calls back once at `time` or soon after; the function that is returned prevents it. */
  at(time: number, callback: () => void): () => void;
}

export type ProbeState = Readonly<{
  verdict: Verdict;
  /** What the last attempt said. */
  message: string;
  /** How long it took, in seconds; null: none has ended. */
  duration: number | null;
  successes: number;
  failures: number;
}>;

/**
 * Probes one target for as long as it is started. Attempts begin at whole periods after the first, so the schedule
 * does not drift; an attempt that outlasts its period costs the next turn instead of running beside it.
 */
export class ProbeLoop {
  #state: ProbeState = {
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
    private readonly verdictChanged: (state: ProbeState) => void,
  ) {}

  get state(): ProbeState {
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
