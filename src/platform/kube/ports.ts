/*
 * What operator and agent need of the API server. The adapter (api.ts) speaks HTTPS; tests have one in memory.
 */

/** Which kind of object, and where the API server has it. */
export type Resource = Readonly<{
  /** Empty for the core group. */
  group: string;
  version: string;
  plural: string;
  kind: string;
  namespaced: boolean;
}>;

/** The least that every object has. */
export type KubeObject = Readonly<{
  apiVersion?: string;
  kind?: string;
  metadata?: Readonly<{
    name?: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    labels?: Readonly<Record<string, string>>;
    annotations?: Readonly<Record<string, string>>;
    creationTimestamp?: string | Date;
    deletionTimestamp?: string | Date;
  }>;
}>;

/** Which objects of a kind. No namespace: those of all. */
export type Selection = Readonly<{ namespace?: string; labelSelector?: string; fieldSelector?: string }>;

export type ListSelection = Selection &
  Readonly<{
    /**
     * A resource version: the list may come from the server's cache if that is as new. A server that many ask at the same time answers
     * that in passing, while for the newest state it reads all objects of the kind from its database, each time. Default: the newest.
     */
    notOlderThan?: string;
  }>;

export type ObjectKey = Readonly<{ name: string; namespace?: string }>;

export type WatchEvent<T> =
  | Readonly<{ type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }>
  | Readonly<{ type: 'BOOKMARK'; resourceVersion: string }>;

export type ApplyOptions = Readonly<{
  fieldManager: string;
  /** Take over fields that another manager owns. */
  force?: boolean;
  /** Only this part of the object. */
  subresource?: 'status';
  /** Gives up after this; by default with the client's own bound on requests. */
  signal?: AbortSignal;
}>;

/**
 * The API server. Every method rejects with a KubeApiError: with the server's answer, or with status 0 when there was
 * none.
 */
export interface KubeApi {
  /** null: there is none of that name. */
  get<T extends KubeObject>(resource: Resource, key: ObjectKey): Promise<T | null>;
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- JSON has no types, the caller knows
  list<T extends KubeObject>(
    resource: Resource,
    selection: ListSelection,
    signal?: AbortSignal,
  ): Promise<Readonly<{ items: readonly T[]; resourceVersion: string }>>;
  /**
   * Resolves when the server ends the watch, which it does every few minutes, and when `signal` is aborted. The first
   * event is a BOOKMARK of the given version: the watch has begun.
   */
  watch(
    resource: Resource,
    selection: Selection & Readonly<{ resourceVersion: string }>,
    onEvent: (event: WatchEvent<KubeObject>) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Server-side apply: creates or changes the object, and owns exactly the fields that are given. */
  apply<T extends KubeObject>(resource: Resource, object: T, options: ApplyOptions): Promise<T>;
  create<T extends KubeObject>(resource: Resource, object: T): Promise<T>;
  /** Optimistic: refused with 409 when metadata.resourceVersion is not the newest. */
  replace<T extends KubeObject>(resource: Resource, object: T): Promise<T>;
  /** An object that is gone already is no error. */
  delete(resource: Resource, key: ObjectKey): Promise<void>;
  /** Of the server, e.g. { major: 1, minor: 36 }. */
  version(): Promise<Readonly<{ major: number; minor: number }>>;
}

/** What the API server refused, or that it did not answer. */
export class KubeApiError extends Error {
  override readonly name = 'KubeApiError';

  constructor(
    message: string,
    /** HTTP status; 0: there was no answer. */
    readonly status: number,
    /**
     * Kubernetes' word for it: NotFound, Conflict, Forbidden, Invalid, Expired …; empty when there was no answer. Our own: Malformed
     * for an answer that makes no sense, Silent for a watch in which nothing came for longer than the server would be silent.
     */
    readonly reason: string,
    /** Seconds to wait, when the server said so. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

/** A copy of some objects, kept up to date. */
export interface Informer<T extends KubeObject> {
  /** Resolves when the first list has arrived; never, when the informer is stopped before. */
  readonly synced: Promise<void>;
  readonly hasSynced: boolean;
  get(name: string, namespace?: string): T | undefined;
  list(): readonly T[];
  /** Tells every change; for an object that was there when the listener was added, an ADDED. */
  onChange(listener: (change: Change<T>) => void): void;
}

export type Change<T> = Readonly<{ before: T | undefined; after: T | undefined }>;
