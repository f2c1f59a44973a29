import { randomUUID } from 'node:crypto';
import { type Clock, pause, systemClock } from '../clock.js';
import type { Log } from '../log.js';
import { NO_OBSERVER, type Observer } from '../observer.js';
import { KubeInformer } from './informer.js';
import { type Lease, type Observation, held, observe, released, takeableIn } from './lease-record.js';
import { type KubeApi, KubeApiError } from './ports.js';
import { LEASES } from './resources.js';

export type LeaderElectionOptions = Readonly<{
  api: KubeApi;
  /** The Lease that is fought for. */
  lease: Readonly<{ name: string; namespace: string }>;
  /** Different for every process that may run at the same time: see {@link leaderIdentity}. */
  identity: string;
  log: Log;
  /** Milliseconds; see {@link LEADER_TIMING}. */
  timing?: LeaderTiming;
  observer?: Observer;
  clock?: Clock;
  /** In [0, 1). Default: Math.random. */
  random?: () => number;
}>;

/** Milliseconds. */
export type LeaderTiming = Readonly<{
  /** How long the others wait for a leader that says nothing. */
  leaseDuration: number;
  /** How long a leader that cannot renew the Lease goes on; shorter than leaseDuration, and the difference is safety. */
  renewDeadline: number;
  /** Between two attempts to renew or to take the Lease. */
  retryPeriod: number;
}>;

/**
 * After a crash another one leads 4.5 to 6 s later. Kubernetes' own controllers take two or three times as long; but who leads here may
 * be on the node that holds the addresses, and until then nobody tells where they are.
 */
export const LEADER_TIMING: LeaderTiming = {
  leaseDuration: 6_000,
  renewDeadline: 4_000,
  retryPeriod: 1_500,
};

/** A name for one run of one pod. */
export const leaderIdentity = (podName: string): string => `${podName}_${randomUUID()}`;

/** `lost`: the Lease could not be renewed in time, or somebody else has it. */
export type ElectionEnd = 'stopped' | 'lost';

/**
 * Sees to it that of several processes one acts, by a Lease. Whoever waits watches the Lease, so after a release
 * another one leads within a round trip to the API server; should the watch not work, it asks every retryPeriod.
 */
export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #timing: LeaderTiming;
  readonly #clock: Clock;
  readonly #observer: Observer;
  #seen: Observation | null = null;
  /** When the last renewal that worked was sent: monotonic. */
  #renewedAt: number | null = null;
  /** Ends the pause between two attempts to take the Lease, also one that is still to come. */
  #wakeUp = new AbortController();

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#timing = options.timing ?? LEADER_TIMING;
    this.#clock = options.clock ?? systemClock;
    this.#observer = options.observer ?? NO_OBSERVER;
  }

  /** Also false when this process stood still for so long that another one may lead by now. */
  get isLeading(): boolean {
    return this.#renewedAt !== null && this.#clock.now() < this.#renewedAt + this.#timing.renewDeadline;
  }

  /** Who leads, as far as is known; null: nobody. */
  get holder(): string | null {
    const holder = this.#seen?.lease.spec?.holderIdentity ?? '';
    return holder === '' ? null : holder;
  }

  /**
   * Waits until this process leads, then calls `lead` once, with a signal that is aborted when it is to end.
   *
   * When `signal` is aborted: lets `lead` come to its end while the Lease is still held, releases it, and resolves to
   * `stopped`. When the Lease cannot be renewed within renewDeadline: aborts `lead`'s signal and resolves to `lost` at once,
   * whatever `lead` still does: let it write nothing any more ({@link isLeading}). Rejects only with what `lead` rejects with.
   */
  async run(signal: AbortSignal, lead: (leading: AbortSignal) => Promise<void>): Promise<ElectionEnd> {
    this.#tell(false);
    await this.#acquire(signal);
    if (this.#renewedAt === null) return 'stopped';
    const { log, lease, identity } = this.#options;
    log.info('Leading', { lease: lease.name, identity });
    this.#tell(true);
    const leading = new AbortController();
    const finished = new AbortController();
    const stop = (): void => leading.abort();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    let end: ElectionEnd = 'stopped';
    try {
      const led = lead(leading.signal).finally(() => finished.abort());
      const stopped = led.then((): ElectionEnd => 'stopped');
      const renewed = this.#renewUntil(finished.signal);
      // Not by the clock: a timer may fire a fraction of a millisecond before its time, and nobody renews any more.
      const lost = renewed.then((): ElectionEnd | typeof stopped =>
        finished.signal.aborted ? stopped : 'lost',
      );
      end = await Promise.race([stopped, lost]);
    } finally {
      signal.removeEventListener('abort', stop);
      leading.abort();
      this.#tell(false);
      if (end === 'lost') log.warn('No longer leading', { lease: lease.name, holder: this.holder });
      else await this.#release();
      this.#renewedAt = null;
    }
    return end;
  }

  /** Resolves when the Lease is ours, or `signal` is aborted. */
  async #acquire(signal: AbortSignal): Promise<void> {
    const { lease, api, log, random = Math.random } = this.#options;
    const watching = new AbortController();
    const end = (): void => {
      watching.abort();
      this.#wakeUp.abort();
    };
    signal.addEventListener('abort', end, { once: true });
    const informer = new KubeInformer<Lease>({
      ...{ api, log, random, clock: this.#clock, observer: this.#observer, resource: LEASES },
      selection: { namespace: lease.namespace, fieldSelector: `metadata.name=${lease.name}` },
    });
    informer.onChange(({ after }) => {
      if (after !== undefined) this.#observe(after);
      if (after === undefined || this.#takeableIn() === 0) this.#wakeUp.abort();
    });
    void informer.run(watching.signal);
    const isStopped = (): boolean => signal.aborted;
    while (!isStopped()) {
      this.#wakeUp = new AbortController();
      if (await this.#attempt(signal)) break;
      if (!isStopped()) await pause(this.#clock, this.#untilNextAttempt(random), this.#wakeUp.signal);
    }
    signal.removeEventListener('abort', end);
    watching.abort();
  }

  /** Resolves when `finished` is aborted or the Lease is lost, then at the very millisecond. */
  async #renewUntil(finished: AbortSignal): Promise<void> {
    const over = new AbortController();
    finished.addEventListener('abort', () => over.abort(), { once: true });
    let cancel = (): void => undefined;
    const watchDeadline = (): void => {
      cancel();
      const left = (this.#renewedAt ?? 0) + this.#timing.renewDeadline - this.#clock.now();
      cancel = this.#clock.after(left, () => over.abort());
    };
    watchDeadline();
    const isOver = (): boolean => over.signal.aborted;
    while (!isOver()) {
      await pause(this.#clock, this.#timing.retryPeriod, over.signal);
      if (isOver()) break;
      await this.#attempt(over.signal);
      // Somebody has taken it, against the rules or after the clock of this host stood still.
      if (!isOver() && this.holder !== this.#options.identity) this.#renewedAt = null;
      if (this.#renewedAt === null) break;
      if (!isOver()) watchDeadline();
    }
    cancel();
  }

  /** Tries once to take or to renew the Lease, for half the renewDeadline at most. Whether it is ours now. */
  async #attempt(signal: AbortSignal): Promise<boolean> {
    const startedAt = this.#clock.now();
    const bound = new AbortController();
    const giveUp = (): void => bound.abort();
    signal.addEventListener('abort', giveUp);
    const given = pause(this.#clock, this.#timing.renewDeadline / 2, bound.signal);
    try {
      const mine = await Promise.race([this.#takeOrRenew(), given.then(() => null)]);
      if (mine === true) this.#renewedAt = startedAt;
      if (mine === null && !signal.aborted) this.#failed(new KubeApiError('no answer in time', 0, ''));
      return mine === true;
    } catch (error) {
      this.#failed(error);
      return false;
    } finally {
      signal.removeEventListener('abort', giveUp);
      giveUp();
    }
  }

  async #takeOrRenew(): Promise<boolean> {
    const { api, identity, lease } = this.#options;
    if (this.#renewedAt !== null && this.#seen !== null && this.holder === identity) {
      // Whoever renews need not read first; when something has changed, the server says so.
      try {
        return await this.#write(this.#seen.lease);
      } catch (error) {
        if (!(error instanceof KubeApiError) || !/^(Conflict|NotFound)$/.test(error.reason)) throw error;
      }
    }
    const found = await api.get<Lease>(LEASES, lease);
    if (found === null) {
      const spec = held(undefined, identity, this.#clock.wallClock(), this.#timing.leaseDuration);
      this.#observe(await api.create<Lease>(LEASES, { metadata: lease, spec }));
      return true;
    }
    this.#observe(found);
    return this.#takeableIn() === 0 && (await this.#write(found));
  }

  async #write(lease: Lease): Promise<boolean> {
    const { api, identity } = this.#options;
    const spec = held(lease.spec, identity, this.#clock.wallClock(), this.#timing.leaseDuration);
    this.#observe(await api.replace<Lease>(LEASES, { ...lease, spec }));
    return true;
  }

  /** Gives the Lease up. When that fails, the others wait as after a crash. */
  async #release(): Promise<void> {
    const { api, identity, log, lease: key } = this.#options;
    let lease = this.#seen?.lease ?? null;
    // A renewal that is still on its way may come in between, once.
    for (let attempts = 3; lease?.spec?.holderIdentity === identity && attempts > 0; attempts -= 1)
      try {
        await api.replace<Lease>(LEASES, { ...lease, spec: released(lease.spec, this.#clock.wallClock()) });
        return;
      } catch (error) {
        log.debug('The Lease is not released yet', { error });
        lease = await api.get<Lease>(LEASES, key).catch(() => lease);
      }
    if (lease?.spec?.holderIdentity === identity)
      log.warn('Cannot release the Lease; another process takes it when it has run out', { lease: key.name });
  }

  #observe(lease: Lease): void {
    const before = this.holder;
    this.#seen = observe(this.#seen, lease, this.#clock.now());
    const { holder } = this;
    if (holder !== before && holder !== null && holder !== this.#options.identity)
      this.#options.log.info('Another process leads', { lease: this.#options.lease.name, holder });
  }

  #takeableIn(): number {
    const { identity } = this.#options;
    const { leaseDuration } = this.#timing;
    return this.#seen === null ? 0 : takeableIn(this.#seen, identity, this.#clock.now(), leaseDuration);
  }

  #failed(error: unknown): void {
    const { log, lease } = this.#options;
    const { name } = lease;
    // Somebody else was faster: that is what the Lease is for.
    const isRace = error instanceof KubeApiError && /^(Conflict|AlreadyExists)$/.test(error.reason);
    if (isRace) log.debug('another process was faster', { lease: name });
    else log.warn('cannot read or write the Lease', { lease: name, error });
  }

  /** Milliseconds: retryPeriod and by chance a little more; less when the Lease runs out before. */
  #untilNextAttempt(random: () => number): number {
    const usual = this.#timing.retryPeriod * (1 + random() / 5);
    const runsOutIn = this.#takeableIn();
    return runsOutIn === 0 ? usual : Math.min(usual, runsOutIn);
  }

  #tell(leading: boolean): void {
    this.#observer.leading(this.#options.lease.name, leading);
  }
}
