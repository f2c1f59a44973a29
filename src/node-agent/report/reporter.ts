import { agentFieldManager } from '../../api/v1alpha1/agent-field-manager.js';
import { SHORTEST_PERIOD } from '../../api/v1alpha1/heartbeat.js';
import { API_VERSION } from '../../api/v1alpha1/virtual-ip.js';
import { VIRTUAL_ROUTER_KIND } from '../../api/v1alpha1/virtual-router.js';
import type { Clock } from '../../platform/clock.js';
import type { Log } from '../../platform/log.js';
import { type KubeApi, KubeApiError, type KubeObject } from '../../platform/kube/ports.js';
import { VIRTUAL_ROUTERS } from '../../platform/kube/resources.js';
import { RateLimit } from '../../platform/rate-limit.js';
import type { KnownRouter } from '../desired/known-routers.js';
import type { RouterStatus, VrrpStatus } from '../ipc/messages.js';
import { entryOf, reportOf } from './member-status.js';
import { type Errand, type Outcome, ReportBook } from './report-book.js';
import { lacksEntry, somebodyElseBecameActive } from './rival.js';

export type ReporterParts = Readonly<{
  api: Pick<KubeApi, 'apply'>;
  node: string;
  clock: Clock;
  log: Log;
  /** Reports cannot be written, in words; null: they can again. */
  trouble: (problem: Readonly<{ message: string; remedy: string }> | null) => void;
}>;

export type ReporterCounts = Readonly<{
  written: number;
  failed: number;
  /** Milliseconds since the last report was written; null: none was. */
  age: number | null;
}>;

/** What the API server may take for the last reports; resigning is over by then. */
const LAST_WORD = 1_000;
/** Longer than a planned move takes, by which the other becomes Active before we have told that we are not any more. */
const INSIST_AFTER = 2_500;
/** The VRRP process speaks once a second. After this nobody knows what it does, nor whether the kernel still has its addresses. */
const SILENT_AFTER = 5_000;
const LOG_INTERVAL = 60_000;

/**
 * Tells the cluster what this node does: its own entry in the status of each VirtualRouter, and nothing else. The election
 * does not depend on it.
 */
export class Reporter {
  readonly #book = new ReportBook();
  readonly #limit = new RateLimit({ limit: 1, interval: LOG_INTERVAL });
  readonly #firstSeen = new Map<string, number>();
  /** Entries that are repeated before long; how to call it off. */
  readonly #insisting = new Map<string, () => void>();
  readonly #cancelled = new AbortController();
  #routers: readonly KnownRouter[] = [];
  /** What runs as soon as the VRRP process says this revision. */
  #revision = '';
  /** VirtualRouters that have an entry of an earlier run, and are not expected yet. */
  readonly #spokenBefore = new Set<string>();
  readonly #generations = new Map<string, number>();
  #status: VrrpStatus | null = null;
  #statusAt = -Infinity;
  #cancelWake: () => void = () => undefined;
  #whenIdle: (() => void) | null = null;
  #written = 0;
  #failed = 0;
  #writtenAt: number | null = null;

  constructor(private readonly parts: ReporterParts) {}

  get counts(): ReporterCounts {
    const age = this.#writtenAt === null ? null : this.parts.clock.now() - this.#writtenAt;
    return { written: this.#written, failed: this.#failed, age };
  }

  /** These are this node's virtual routers; `revision`: how the VRRP process will call what is to run for them. */
  expect(routers: readonly KnownRouter[], revision: string): void {
    this.#routers = routers;
    this.#revision = revision;
    const names = new Map(
      routers.map(({ name, silence }) => [name, this.#spokenBefore.delete(name) ? 0 : silence]),
    );
    for (const known of [this.#firstSeen, this.#generations])
      for (const name of known.keys()) if (!names.has(name)) known.delete(name);
    for (const name of names.keys())
      if (!this.#firstSeen.has(name)) this.#firstSeen.set(name, this.parts.clock.wallClock());
    const heartbeat = Math.max(SHORTEST_PERIOD, ...routers.map((router) => router.heartbeat));
    this.#book.cover(names, heartbeat, this.parts.clock.now());
    this.#report();
  }

  /** The VRRP process is alive, whether or not it has news. */
  heard(): void {
    const { clock } = this.parts;
    const wasSilent = this.#isSilent;
    this.#statusAt = clock.now();
    if (wasSilent && this.#status !== null) this.#run();
  }

  /** What the VRRP process says. */
  reported(status: VrrpStatus): void {
    this.#status = status;
    this.#statusAt = this.parts.clock.now();
    this.#report();
  }

  /** One of our VirtualRouters has changed, perhaps in its status. */
  seen(before: KubeObject | undefined, after: KubeObject): void {
    const { node } = this.parts;
    const name = after.metadata?.name ?? '';
    if (this.#isActive(name) && somebodyElseBecameActive(before, after, node)) this.#insistLater(name);
    if (lacksEntry(after, node)) this.#putBack(name);
    else this.#hasSpoken(name);
  }

  /** Writes that nothing runs here any more, as far as the API server is quick about it. */
  async close(): Promise<void> {
    const { clock } = this.parts;
    this.#status = null;
    this.#routers = [];
    for (const cancel of this.#insisting.values()) cancel();
    this.#book.close(clock.now(), clock.wallClock());
    const idle = new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
    const cancelTimeout = clock.after(LAST_WORD, () => {
      this.#whenIdle?.();
    });
    this.#run();
    await idle;
    cancelTimeout();
    this.#cancelWake();
    this.#cancelled.abort();
  }

  /** Somebody has taken our entry out, if there was one. */
  #putBack(name: string): void {
    if (this.#isSilent || !this.#book.isWritten(name)) return;
    this.#book.repeat(name, this.parts.clock.now());
    this.#run();
  }

  /** There is an entry of ours, perhaps of an earlier run: what we say of it is not the first word. */
  #hasSpoken(name: string): void {
    if (this.#routers.every((router) => router.name !== name)) this.#spokenBefore.add(name);
    else if (this.#book.speakUp(name, this.parts.clock.now())) this.#run();
  }

  /**
   * Both say that they are Active. Where one takes over from the other that passes; where it does not, our word must be newer than
   * theirs, or nobody could tell split brain from a report that is late.
   */
  #insistLater(name: string): void {
    if (this.#insisting.has(name)) return;
    const { clock } = this.parts;
    const begun = clock.now();
    const cancel = clock.after(INSIST_AFTER, () => {
      this.#insisting.delete(name);
      // What a VRRP process said that has stopped since is what the other one has ended.
      if (!this.#isActive(name) || this.#statusAt <= begun) return;
      this.#book.repeat(name, clock.now());
      this.#run();
    });
    this.#insisting.set(name, cancel);
  }

  /** Whether the VRRP process has said nothing for so long that its word is not to be repeated. */
  get #isSilent(): boolean {
    return this.parts.clock.now() - this.#statusAt > SILENT_AFTER;
  }

  #isActive(name: string): boolean {
    return this.#statusOf(name)?.state === 'Active';
  }

  #statusOf(name: string): RouterStatus | null {
    const key = this.#routers.find((router) => router.name === name)?.running?.key;
    return this.#status?.routers.find((router) => router.key === key) ?? null;
  }

  #report(): void {
    const status = this.#status;
    if (status === null) return;
    const caughtUp = status.revision === this.#revision;
    const running = new Map(status.routers.map((router) => [router.key, router]));
    const now = this.parts.clock.now();
    for (const { name, running: runs, problem } of this.#routers) {
      if (runs !== null && caughtUp) this.#generations.set(name, runs.generation);
      const router = runs === null ? null : (running.get(runs.key) ?? null);
      // It is to run and does not yet: it will in a moment, and there is nothing to tell until then.
      if (runs !== null && router === null) continue;
      const generation = this.#generations.get(name) ?? null;
      const since = this.#firstSeen.get(name) ?? this.parts.clock.wallClock();
      this.#book.report(name, reportOf({ node: this.parts.node, generation, problem, since }, router), now);
    }
    this.#run();
  }

  /** Sends what is due, and comes back when the next is. */
  #run(): void {
    const { clock } = this.parts;
    this.#book.silence(this.#isSilent);
    for (const errand of this.#book.take(clock.now())) void this.#carryOut(errand);
    this.#cancelWake();
    if (this.#whenIdle !== null && !this.#book.busy) {
      this.#whenIdle();
      return;
    }
    const { wakeAt } = this.#book;
    if (wakeAt !== null)
      this.#cancelWake = clock.after(wakeAt - clock.now(), () => {
        this.#run();
      });
  }

  async #carryOut(errand: Errand): Promise<void> {
    const { api, node, clock } = this.parts;
    const members = errand.report === null ? [] : [entryOf(errand.report, clock.wallClock())];
    const object = {
      apiVersion: API_VERSION,
      kind: VIRTUAL_ROUTER_KIND,
      metadata: { name: errand.name },
      status: { members },
    };
    try {
      await api.apply(VIRTUAL_ROUTERS, object, {
        fieldManager: agentFieldManager(node),
        force: true,
        subresource: 'status',
        signal: this.#cancelled.signal,
      });
      this.#written += 1;
      this.#writtenAt = clock.now();
      this.parts.trouble(null);
      this.#book.done(errand, 'written', clock.now());
    } catch (error) {
      this.#notWritten(errand, error);
    }
    this.#run();
  }

  #notWritten(errand: Errand, error: unknown): void {
    const { clock, log, trouble } = this.parts;
    if (this.#cancelled.signal.aborted) return;
    const outcome = outcomeOf(error);
    const retryAfter = error instanceof KubeApiError ? error.retryAfter : null;
    this.#book.done(errand, outcome, clock.now(), retryAfter === null ? null : retryAfter * 1_000);
    if (outcome === 'gone') return;
    this.#failed += 1;
    const { message, remedy } = inWords(error);
    trouble({ message, remedy });
    const suppressed = this.#limit.admit(outcome, clock.now());
    if (suppressed === null) return;
    log.warn('Status not reported; VRRP is not affected', {
      virtualRouter: errand.name,
      reason: message,
      remedy,
      ...(suppressed > 0 && { notLogged: suppressed }),
    });
  }
}

function outcomeOf(error: unknown): Exclude<Outcome, 'written'> {
  if (!(error instanceof KubeApiError)) return 'away';
  const { status } = error;
  if (status === 404) return 'gone';
  return status === 0 || status === 401 || status === 429 || status >= 500 ? 'away' : 'refused';
}

function inWords(error: unknown): Readonly<{ message: string; remedy: string }> {
  const message = error instanceof Error ? error.message : String(error);
  switch (error instanceof KubeApiError ? error.status : 0) {
    case 401:
      return {
        message,
        remedy: 'the ServiceAccount token is not accepted: restart the agent pod if it stays so',
      };
    case 403:
      return {
        message,
        remedy: "let the agents' ServiceAccount patch virtualrouters/status, as the Helm chart does",
      };
    case 409:
      return { message, remedy: 'wait: it is tried again with what is newest by then' };
    case 422:
      return { message, remedy: 'install the CustomResourceDefinitions of the version that the agents have' };
    default:
      return { message, remedy: 'wait: it is tried again until the API server answers' };
  }
}
