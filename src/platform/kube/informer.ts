import { setMaxListeners } from 'node:events';
import { Backoff } from '../backoff.js';
import { type Clock, pause, systemClock } from '../clock.js';
import type { Log } from '../log.js';
import { NO_OBSERVER, type Observer, type RestartReason } from '../observer.js';
import { ObjectCache } from './object-cache.js';
import {
  type Change,
  type Informer,
  type KubeApi,
  KubeApiError,
  type KubeObject,
  type Resource,
  type Selection,
  type WatchEvent,
} from './ports.js';
import { remedyFor } from './remedy.js';

export type InformerOptions<T extends KubeObject> = Readonly<{
  api: KubeApi;
  resource: Resource;
  /** Default: all objects of the kind. */
  selection?: Selection;
  log: Log;
  /**
   * Takes from an object what nobody here reads, so that less memory holds many. `metadata.managedFields` is dropped
   * anyway. What it returns must keep name, namespace, uid and resourceVersion.
   */
  transform?: (object: T) => T;
  /** Whether very many watch the same, as agents do: they spare a server that has more to do than it can. Default: false. */
  oneOfMany?: boolean;
  observer?: Observer;
  clock?: Clock;
  /** In [0, 1). Default: Math.random. */
  random?: () => number;
}>;

/**
 * Milliseconds between attempts while the server does not answer. Not longer: the first word after an outage counts. So much by
 * chance that a thousand agents whose watches broke at the same moment come back over seconds.
 */
const BACKOFF = { first: 500, longest: 5_000, spread: 0.8 };
/** Milliseconds: a server that has vanished is noticed within that time (http-client.ts); until then the watch seems to run. */
const UNNOTICED = 15_000;
/**
 * Milliseconds: after a watch that the server ended sooner, we wait before the next one. A server that has more to do than it can ends
 * watches whose reader seems late, and nothing costs it more than to begin so many anew: it has to look at all that has happened since.
 */
const STEADY_WATCH = 10_000;
/** Milliseconds: the longest of those waits. A thousand of the many begin some fifty watches a second then. */
const LONGEST_AFTER_SHORT_WATCH = { alone: BACKOFF.longest, oneOfMany: 30_000 };

/**
 * A copy of some objects that stays up to date for as long as it runs: it lists, watches, and starts again whenever the
 * watch ends, for whatever reason. While the server is away it keeps what it knew; what vanished meanwhile is told as
 * removed once the server is back. A listener that throws is logged and counted, and the others are told all the same.
 */
export class KubeInformer<T extends KubeObject> implements Informer<T> {
  readonly synced: Promise<void>;
  readonly #options: InformerOptions<T>;
  readonly #clock: Clock;
  readonly #observer: Observer;
  readonly #cache: ObjectCache<T>;
  readonly #listeners: ((change: Change<T>) => void)[] = [];
  readonly #afterFailure: Backoff;
  readonly #afterShortWatch: Backoff;
  #resolveSynced = (): void => undefined;
  #hasSynced = false;
  /** From where the watch goes on; null: everything has to be listed. */
  #resourceVersion: string | null = null;
  /** The newest state that was seen, of which the server may have forgotten what followed; null: none was. */
  #newest: string | null = null;
  #staleSince: number | null;
  #problem: string | null = null;
  /** Monotonic. */
  #watchingSince: number | null = null;
  /** When anything was told last: monotonic. */
  #toldAt: number;
  /** Since when nothing could have been told: monotonic. null: a watch is running. */
  #blindSince: number | null;
  /** Milliseconds, until then. */
  #blindFor = 0;
  /** HTTP status of the failure that the log has told of. */
  #toldStatus: number | null = null;

  constructor(options: InformerOptions<T>) {
    const { clock = systemClock, observer = NO_OBSERVER, random = Math.random, oneOfMany = false } = options;
    this.#options = options;
    this.#clock = clock;
    this.#observer = observer;
    this.#cache = new ObjectCache((object) => this.#shrunk(object));
    this.#afterFailure = new Backoff({ ...BACKOFF, random });
    const longest = LONGEST_AFTER_SHORT_WATCH[oneOfMany ? 'oneOfMany' : 'alone'];
    this.#afterShortWatch = new Backoff({ ...BACKOFF, longest, random });
    this.#staleSince = clock.wallClock();
    this.#blindSince = clock.now();
    this.#toldAt = clock.now();
    this.synced = new Promise((resolve) => {
      this.#resolveSynced = resolve;
    });
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Since when what is known may be out of date: milliseconds since the epoch. null: a watch is running. */
  get staleSince(): number | null {
    return this.#staleSince;
  }

  /**
   * Milliseconds, since it was made, for which no watch was running, so that silence meant nothing. Grows when a watch turns
   * out to have been dead for a while.
   */
  get unwatchedFor(): number {
    return this.#blindFor + (this.#blindSince === null ? 0 : this.#clock.now() - this.#blindSince);
  }

  /** Whether a watch is running, as far as is known. */
  get isWatching(): boolean {
    return this.#blindSince === null;
  }

  /** Why the last attempt failed, for people; null when it did not. */
  get problem(): string | null {
    return this.#problem;
  }

  get(name: string, namespace?: string): T | undefined {
    return this.#cache.get(name, namespace);
  }

  list(): readonly T[] {
    return this.#cache.all();
  }

  onChange(listener: (change: Change<T>) => void): void {
    this.#listeners.push(listener);
    for (const object of this.#cache.all()) this.#tell(listener, { before: undefined, after: object });
  }

  /** Runs until `signal` is aborted, and resolves then. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    // All informers of a program wait for one signal: more than ten of them are no leak.
    setMaxListeners(0, signal);
    const stopped = (): boolean => signal.aborted;
    while (!stopped()) {
      this.#watchingSince = null;
      const failure = await this.#listAndWatch(signal);
      if (stopped()) return;
      const steady = this.#wasSteady();
      if (steady) {
        this.#afterFailure.reset();
        this.#afterShortWatch.reset();
      }
      this.#restarted(failure);
      if (failure !== null || !steady) await pause(this.#clock, this.#delay(failure), signal);
    }
  }

  #wasSteady(): boolean {
    return this.#watchingSince !== null && this.#clock.now() - this.#watchingSince >= STEADY_WATCH;
  }

  /** Resolves to null when the server ended the watch in good order. */
  async #listAndWatch(signal: AbortSignal): Promise<KubeApiError | null> {
    try {
      if (this.#resourceVersion === null) await this.#relist(signal);
      const resourceVersion = this.#resourceVersion ?? '';
      const selection = { ...this.#options.selection, resourceVersion };
      await this.#options.api.watch(
        this.#options.resource,
        selection,
        (event) => this.#onEvent(event),
        signal,
      );
      return null;
    } catch (error) {
      return error instanceof KubeApiError ? error : new KubeApiError(String(error), 0, '');
    }
  }

  async #relist(signal: AbortSignal): Promise<void> {
    const { api, resource, selection = {} } = this.#options;
    // Never an older state than what is known already; and a thousand clients whose watches end with the server's can ask at once.
    const known = this.#newest === null ? {} : { notOlderThan: this.#newest };
    const { items, resourceVersion } = await api.list<T>(resource, { ...selection, ...known }, signal);
    const changes = this.#cache.replaceAll(items);
    this.#goOnFrom(resourceVersion);
    this.#hasSynced = true;
    for (const change of changes) this.#tellAll(change);
    this.#report();
    this.#resolveSynced();
  }

  #onEvent(event: WatchEvent<KubeObject>): void {
    if (event.type === 'BOOKMARK') {
      this.#goOnFrom(event.resourceVersion);
    } else {
      this.#observer.watchEvent(this.#options.resource.plural);
      this.#goOnFrom(event.object.metadata?.resourceVersion ?? this.#resourceVersion);
      const object = event.object as T;
      const changes = event.type === 'DELETED' ? this.#cache.remove(object) : this.#cache.put(object);
      for (const change of changes) this.#tellAll(change);
    }
    this.#isCurrent();
  }

  #goOnFrom(resourceVersion: string | null): void {
    this.#resourceVersion = resourceVersion;
    this.#newest = resourceVersion ?? this.#newest;
  }

  #isCurrent(): void {
    this.#blindFor = this.unwatchedFor;
    this.#blindSince = null;
    this.#toldAt = this.#clock.now();
    this.#toldStatus = null;
    if (this.#problem !== null)
      this.#options.log.info('watching again', { resource: this.#options.resource.plural });
    this.#problem = null;
    this.#staleSince = null;
    this.#watchingSince ??= this.#clock.now();
    this.#report();
  }

  #restarted(failure: KubeApiError | null): void {
    const { resource, log } = this.#options;
    const reason = restartReason(failure);
    this.#observer.watchRestarted(resource.plural, reason);
    this.#staleSince ??= this.#clock.wallClock();
    this.#blindSince ??= this.#blindBegan(failure);
    // After a malformed line the same one might come again; a list goes round it.
    if (reason === 'expired' || reason === 'malformed') this.#resourceVersion = null;
    if (failure !== null && reason !== 'expired') {
      const remedy = remedyFor(failure);
      const fields = {
        ...{ resource: resource.plural, reason: failure.reason, error: failure.message },
        ...(remedy === null ? {} : { remedy }),
      };
      // Once per kind of failure: that the server is back, and refuses, is news.
      if (this.#toldStatus !== failure.status) log.warn('Cannot watch; trying again', fields);
      else log.debug('Still cannot watch; trying again', fields);
      this.#toldStatus = failure.status;
      this.#problem = failure.message;
    }
    this.#report();
  }

  #blindBegan(failure: KubeApiError | null): number {
    if (failure?.reason === 'Silent') return this.#toldAt;
    const now = this.#clock.now();
    return restartReason(failure) === 'unreachable' ? Math.max(this.#toldAt, now - UNNOTICED) : now;
  }

  #delay(failure: KubeApiError | null): number {
    if (failure === null) return this.#afterShortWatch.next();
    return Math.max(this.#afterFailure.next(), (failure.retryAfter ?? 0) * 1_000);
  }

  #report(): void {
    this.#observer.informer(this.#options.resource.plural, {
      synced: this.#hasSynced,
      current: this.#staleSince === null,
      objects: this.#cache.size,
    });
  }

  #tellAll(change: Change<T>): void {
    for (const listener of this.#listeners) this.#tell(listener, change);
  }

  #tell(listener: (change: Change<T>) => void, change: Change<T>): void {
    try {
      listener(change);
    } catch (error) {
      this.#failed('a listener of an informer failed', change.after ?? change.before, error);
    }
  }

  #shrunk(object: T): T {
    const { transform } = this.#options;
    const { metadata, ...rest } = object as T & { metadata?: { managedFields?: unknown } };
    const { managedFields: _, ...kept } = metadata ?? {};
    const lighter = { ...rest, metadata: kept } as unknown as T;
    try {
      return transform === undefined ? lighter : transform(lighter);
    } catch (error) {
      this.#failed('a transform of an informer failed', object, error);
      return lighter;
    }
  }

  #failed(message: string, object: T | undefined, error: unknown): void {
    const { plural } = this.#options.resource;
    this.#observer.listenerFailed(plural);
    this.#options.log.error(message, { resource: plural, name: object?.metadata?.name, error });
  }
}

function restartReason(failure: KubeApiError | null): RestartReason {
  if (failure === null) return 'ended';
  if (failure.reason === 'Expired') return 'expired';
  if (failure.reason === 'Malformed') return 'malformed';
  return failure.status === 0 ? 'unreachable' : 'refused';
}
