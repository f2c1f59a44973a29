/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- as in KubeApi, the caller knows the kind */
import {
  type ApplyOptions,
  type KubeApi,
  KubeApiError,
  type KubeObject,
  type ListSelection,
  type ObjectKey,
  type Resource,
  type Selection,
  type WatchEvent,
} from '../../src/platform/kube/ports.js';
import { isSelected } from './selectors.js';
import {
  type Json,
  type ListKeys,
  type Ownership,
  ownershipAfterWrite,
  same,
  serverSideApply,
} from './server-side-apply.js';

type JsonObject = Readonly<Record<string, Json>>;
type Verb = 'get' | 'list' | 'watch' | 'apply' | 'create' | 'replace' | 'delete' | 'version';

/** One request as it arrived, refused or not. */
export type FakeCall = Readonly<{
  verb: Verb;
  plural: string;
  name: string;
  subresource?: 'status';
  fieldManager?: string;
  /** What was sent. */
  object?: KubeObject;
}>;

/** Which calls; what is left out matches all. */
export type CallPattern = Readonly<{ verb?: Verb; plural?: string; name?: string }>;

type Stored = Readonly<{ object: JsonObject; ownership: Ownership }>;
type Happening = Readonly<{
  version: number;
  resource: Resource;
  before: KubeObject | undefined;
  after: KubeObject | undefined;
}>;
type Watcher = {
  readonly resource: Resource;
  readonly selection: Selection;
  readonly onEvent: (event: WatchEvent<KubeObject>) => void;
  readonly resolve: () => void;
  readonly reject: (error: KubeApiError) => void;
  seen: number;
};
type Fault = { readonly pattern: CallPattern; readonly error: KubeApiError; times: number };

/** Kinds whose status is a subresource: the one cannot be changed by writing the other. */
const WITH_STATUS = new Set([
  ...['virtualips', 'virtualrouters', 'nodes', 'pods'],
  ...['daemonsets', 'deployments', 'customresourcedefinitions'],
]);

/** The lists that are maps in the kinds that we write. */
const LIST_KEYS: ListKeys = {
  'status.members': 'node',
  'spec.members': 'node',
  'status.conditions': 'type',
  'status.nodes': 'name',
  'spec.nodes': 'name',
  'spec.track.interfaces': 'name',
  'metadata.ownerReferences': 'uid',
  'spec.template.spec.containers': 'name',
  'spec.template.spec.volumes': 'name',
};

const GONE = new KubeApiError('connect ECONNREFUSED', 0, '');
const WRITES: ReadonlySet<Verb> = new Set(['apply', 'create', 'replace', 'delete']);

/**
 * An API server in memory: optimistic concurrency, server-side apply with its owners and conflicts, generations,
 * finalizers, selectors, watches with history; and the ways in which one fails. Watch events arrive asynchronously and
 * in order. What goes in and out is copied.
 */
export class FakeKubeApi implements KubeApi {
  readonly calls: FakeCall[] = [];
  readonly #listKeys: ListKeys;
  readonly #now: () => Date;
  readonly #stored = new Map<string, Stored>();
  readonly #watchers = new Set<Watcher>();
  readonly #faults: Fault[] = [];
  #holds: { pattern: CallPattern; released: Promise<void> }[] = [];
  #history: Happening[] = [];
  #version = 1;
  #forgottenUpTo = 0;
  #uids = 0;
  #paused = false;
  #away = false;

  constructor({
    listKeys = LIST_KEYS,
    now = () => new Date(),
  }: Readonly<{ listKeys?: ListKeys; now?: () => Date }> = {}) {
    this.#listKeys = listKeys;
    this.#now = now;
  }

  // What programs see.

  async get<T extends KubeObject>(resource: Resource, key: ObjectKey): Promise<T | null> {
    await this.#arrive({ verb: 'get', plural: resource.plural, name: key.name });
    return this.peek<T>(resource, key) ?? null;
  }

  async list<T extends KubeObject>(
    resource: Resource,
    selection: ListSelection,
  ): Promise<Readonly<{ items: readonly T[]; resourceVersion: string }>> {
    await this.#arrive({ verb: 'list', plural: resource.plural, name: '' });
    return {
      items: this.all<T>(resource).filter((object) => isSelected(object, selection)),
      resourceVersion: String(this.#version),
    };
  }

  async watch(
    resource: Resource,
    selection: Selection & Readonly<{ resourceVersion: string }>,
    onEvent: (event: WatchEvent<KubeObject>) => void,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#arrive({ verb: 'watch', plural: resource.plural, name: '' });
    const seen = Number(selection.resourceVersion);
    if (seen < this.#forgottenUpTo) throw expired();
    if (signal.aborted) return;
    await new Promise<void>((resolve, reject) => {
      const watcher: Watcher = { resource, selection, onEvent, resolve, reject, seen };
      this.#watchers.add(watcher);
      signal.addEventListener('abort', () => this.#end(watcher, null), { once: true });
      onEvent({ type: 'BOOKMARK', resourceVersion: selection.resourceVersion });
      this.#deliverSoon();
    });
  }

  async apply<T extends KubeObject>(resource: Resource, object: T, options: ApplyOptions): Promise<T> {
    const { subresource, fieldManager } = options;
    const key = keyOf(object);
    await this.#arrive({
      ...{ verb: 'apply', plural: resource.plural, name: key.name, fieldManager },
      ...(subresource === undefined ? {} : { subresource }),
      object,
    });
    const stored = this.#find(resource, key);
    if (stored === undefined && subresource !== undefined) throw notFound(resource, key.name);
    refuseEmptyStrings(resource, object);
    this.#checkPreconditions(resource, object, stored);
    const live = stored?.object ?? this.#newborn(resource, key);
    const result = serverSideApply(
      live,
      stored?.ownership ?? new Map(),
      writable(resource, object, subresource),
      {
        manager: subresource === undefined ? fieldManager : `${fieldManager}/${subresource}`,
        force: options.force ?? false,
        listKeys: this.#listKeys,
      },
    );
    if ('conflicts' in result)
      throw new KubeApiError(`Apply failed: conflict on ${result.conflicts.join(', ')}`, 409, 'Conflict');
    return this.#store(resource, key, stored, result) as T;
  }

  async create<T extends KubeObject>(resource: Resource, object: T): Promise<T> {
    const key = keyOf(object);
    await this.#arrive({ verb: 'create', plural: resource.plural, name: key.name, object });
    if (this.#find(resource, key) !== undefined)
      throw new KubeApiError(`${resource.plural} "${key.name}" already exists`, 409, 'AlreadyExists');
    return this.#store(resource, key, undefined, this.#written(resource, key, object, undefined)) as T;
  }

  async replace<T extends KubeObject>(resource: Resource, object: T): Promise<T> {
    const key = keyOf(object);
    await this.#arrive({ verb: 'replace', plural: resource.plural, name: key.name, object });
    const stored = this.#find(resource, key);
    if (stored === undefined) throw notFound(resource, key.name);
    this.#checkPreconditions(resource, object, stored);
    return this.#store(resource, key, stored, this.#written(resource, key, object, stored)) as T;
  }

  async delete(resource: Resource, key: ObjectKey): Promise<void> {
    await this.#arrive({ verb: 'delete', plural: resource.plural, name: key.name });
    this.remove(resource, key);
  }

  async version(): Promise<Readonly<{ major: number; minor: number }>> {
    await this.#arrive({ verb: 'version', plural: '', name: '' });
    return { major: 1, minor: 36 };
  }

  // What tests do to it, past the faults and without a trace in `calls`.

  /** Creates or replaces an object whole, its status included, whoever owns its fields. */
  put<T extends KubeObject>(resource: Resource, object: T): T {
    const key = keyOf(object);
    const stored = this.#find(resource, key);
    const live = stored?.object ?? this.#newborn(resource, key);
    const { resourceVersion: _, ...metadata } = (object.metadata ?? {}) as JsonObject;
    const whole = {
      ...(structuredClone(object) as unknown as JsonObject),
      metadata: { ...(live['metadata'] as JsonObject), ...metadata },
    };
    const ownership = ownershipAfterWrite(
      live,
      writable(resource, whole, 'all'),
      stored?.ownership ?? new Map(),
      'test',
      this.#listKeys,
    );
    return this.#store(resource, key, stored, { object: whole, ownership }) as T;
  }

  /** Like `kubectl delete`: an object with finalizers is only marked. */
  remove(resource: Resource, key: ObjectKey): void {
    const stored = this.#find(resource, key);
    if (stored === undefined) return;
    const metadata = stored.object['metadata'] as JsonObject;
    if (((metadata['finalizers'] ?? []) as readonly Json[]).length === 0) {
      this.#forget(resource, key, stored);
    } else if (metadata['deletionTimestamp'] === undefined) {
      const marked = { ...metadata, deletionTimestamp: this.#now().toISOString() };
      this.#store(resource, key, stored, { ...stored, object: { ...stored.object, metadata: marked } });
    }
  }

  peek<T extends KubeObject>(resource: Resource, key: ObjectKey): T | undefined {
    const stored = this.#find(resource, key);
    return stored === undefined ? undefined : (structuredClone(stored.object) as unknown as T);
  }

  /** In the order of their names. */
  all<T extends KubeObject>(resource: Resource): readonly T[] {
    return [...this.#stored]
      .filter(([id]) => id.startsWith(`${resource.group}/${resource.plural}/`))
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([, { object }]) => structuredClone(object) as unknown as T);
  }

  /** The writes among `calls`. */
  get writes(): readonly FakeCall[] {
    return this.calls.filter(({ verb }) => WRITES.has(verb));
  }

  /** The next calls of this pattern are refused; `Infinity` times: until the returned function is called. */
  failNext(error: KubeApiError, pattern: CallPattern = {}, times = 1): () => void {
    const fault = { pattern, error, times };
    this.#faults.push(fault);
    return () => {
      fault.times = 0;
    };
  }

  /** Calls of this pattern wait until the returned function is called. */
  hold(pattern: CallPattern = {}): () => void {
    const { promise, resolve } = deferred();
    const held = { pattern, released: promise };
    this.#holds.push(held);
    return () => {
      this.#holds = this.#holds.filter((other) => other !== held);
      resolve();
    };
  }

  /** Events are kept back until `resumeWatches`. */
  pauseWatches(): void {
    this.#paused = true;
  }

  resumeWatches(): void {
    this.#paused = false;
    this.#deliverSoon();
  }

  /** Ends all watches as a server does after some minutes. */
  endWatches(failure: KubeApiError | null = null): void {
    for (const watcher of [...this.#watchers]) this.#end(watcher, failure);
  }

  /** Forgets the history: watches fail with 410 Expired, and none can start from an earlier resourceVersion. */
  expire(): void {
    this.#version += 1;
    this.#forgottenUpTo = this.#version;
    this.#history = [];
    for (const watcher of [...this.#watchers]) this.#end(watcher, expired());
  }

  /** Tells every watch how far it has got. */
  bookmark(): void {
    this.#version += 1;
    for (const watcher of this.#watchers) {
      watcher.seen = this.#version;
      watcher.onEvent({ type: 'BOOKMARK', resourceVersion: String(this.#version) });
    }
  }

  /** Nobody is reached any more, and watches break off. What tests do to the objects goes on unseen. */
  goAway(): void {
    this.#away = true;
    for (const watcher of [...this.#watchers]) this.#end(watcher, GONE);
  }

  comeBack(): void {
    this.#away = false;
  }

  /** How many watches are running. */
  get watching(): number {
    return this.#watchers.size;
  }

  async #arrive(call: FakeCall): Promise<void> {
    this.calls.push(call.object === undefined ? call : { ...call, object: structuredClone(call.object) });
    await Promise.resolve(); // nothing is answered before the caller has gone on, as over a network
    for (const { pattern, released } of this.#holds) if (matches(call, pattern)) await released;
    if (this.#away) throw GONE;
    const fault = this.#faults.find(({ pattern, times }) => times > 0 && matches(call, pattern));
    if (fault === undefined) return;
    fault.times -= 1;
    throw fault.error;
  }

  #find(resource: Resource, key: ObjectKey): Stored | undefined {
    return this.#stored.get(idOf(resource, key));
  }

  #newborn(resource: Resource, { name, namespace }: ObjectKey): JsonObject {
    this.#uids += 1;
    return {
      apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
      kind: resource.kind,
      metadata: {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        uid: `uid-${String(this.#uids)}`,
        generation: 0,
        creationTimestamp: this.#now().toISOString(),
      },
    };
  }

  #checkPreconditions(resource: Resource, { metadata = {} }: KubeObject, stored: Stored | undefined): void {
    const live = stored?.object['metadata'] as JsonObject | undefined;
    for (const field of ['uid', 'resourceVersion'] as const)
      if (metadata[field] !== undefined && metadata[field] !== live?.[field])
        throw new KubeApiError(
          `Operation cannot be fulfilled on ${resource.plural} "${metadata.name ?? ''}": the object has been modified`,
          409,
          'Conflict',
        );
  }

  /** The object after a create or replace; what cannot be written that way stays as it is. */
  #written(resource: Resource, key: ObjectKey, object: KubeObject, stored: Stored | undefined): Stored {
    const live = stored?.object ?? this.#newborn(resource, key);
    const { metadata = {}, ...rest } = writable(resource, object, undefined) as Record<string, Json>;
    const kept = Object.fromEntries(
      ['name', 'namespace', 'uid', 'generation', 'creationTimestamp', 'deletionTimestamp', 'resourceVersion']
        .map((field) => [field, (live['metadata'] as JsonObject)[field]] as const)
        .filter(([, value]) => value !== undefined),
    ) as JsonObject;
    const { apiVersion = null, kind = null } = live;
    const status =
      WITH_STATUS.has(resource.plural) && live['status'] !== undefined ? { status: live['status'] } : {};
    const after = {
      apiVersion,
      kind,
      ...rest,
      ...status,
      metadata: { ...kept, ...(metadata as JsonObject) },
    };
    const ownership = stored?.ownership ?? (new Map() as Ownership);
    return {
      object: after,
      ownership: ownershipAfterWrite(
        writable(resource, live, undefined),
        writable(resource, after as KubeObject, undefined),
        ownership,
        'update',
        this.#listKeys,
      ),
    };
  }

  #store(resource: Resource, key: ObjectKey, before: Stored | undefined, after: Stored): KubeObject {
    const id = idOf(resource, key);
    if (before !== undefined && same(before.object, after.object)) {
      this.#stored.set(id, after);
      return structuredClone(before.object);
    }
    this.#version += 1;
    const metadata = after.object['metadata'] as JsonObject;
    const changed = before === undefined || !same(essence(before.object), essence(after.object));
    const object: JsonObject = {
      ...after.object,
      metadata: {
        ...metadata,
        resourceVersion: String(this.#version),
        generation: Number(metadata['generation'] ?? 0) + (changed ? 1 : 0),
      },
    };
    const stored = { ...after, object: structuredClone(object) };
    this.#stored.set(id, stored);
    this.#happened(resource, before?.object, object);
    if (
      metadata['deletionTimestamp'] !== undefined &&
      ((metadata['finalizers'] ?? []) as readonly Json[]).length === 0
    )
      this.#forget(resource, key, stored);
    return structuredClone(object);
  }

  #forget(resource: Resource, key: ObjectKey, stored: Stored): void {
    this.#version += 1;
    this.#stored.delete(idOf(resource, key));
    this.#happened(resource, stored.object, undefined);
  }

  #happened(resource: Resource, before: JsonObject | undefined, after: JsonObject | undefined): void {
    this.#history.push({
      version: this.#version,
      resource,
      before,
      after,
    });
    this.#deliverSoon();
  }

  #deliverSoon(): void {
    queueMicrotask(() => {
      if (!this.#paused) for (const watcher of [...this.#watchers]) this.#deliver(watcher);
    });
  }

  #deliver(watcher: Watcher): void {
    for (const happening of this.#history) {
      if (!this.#watchers.has(watcher)) return;
      if (happening.version <= watcher.seen) continue;

      watcher.seen = happening.version;
      const event = eventFor(watcher, happening);
      if (event !== null) watcher.onEvent(event);
    }
  }

  #end(watcher: Watcher, error: KubeApiError | null): void {
    if (!this.#watchers.delete(watcher)) return;
    if (error === null) watcher.resolve();
    else watcher.reject(error);
  }
}

const idOf = (resource: Resource, { name, namespace = '' }: ObjectKey): string => {
  if (resource.namespaced !== (namespace !== ''))
    throw new Error(`${resource.plural}/${name}: ${resource.namespaced ? 'no' : 'a'} namespace is given`);
  return `${resource.group}/${resource.plural}/${namespace}/${name}`;
};

function keyOf({ metadata }: KubeObject): ObjectKey {
  if (metadata?.name === undefined) throw new Error('the object has no name');
  const { name, namespace } = metadata;
  return namespace === undefined ? { name } : { name, namespace };
}

const matches = (call: FakeCall, { verb, plural, name }: CallPattern): boolean =>
  (verb ?? call.verb) === call.verb &&
  (plural ?? call.plural) === call.plural &&
  (name ?? call.name) === call.name;

const expired = (): KubeApiError => new KubeApiError('too old resource version', 410, 'Expired');

const notFound = (resource: Resource, name: string): KubeApiError =>
  new KubeApiError(`${resource.plural} "${name}" not found`, 404, 'NotFound');

/**
 * Kubernetes 1.20 takes an empty string in a custom resource that is applied for null, and refuses it. We leave such
 * fields out, and a test that does not is to fail here.
 */
function refuseEmptyStrings({ group, kind }: Resource, object: KubeObject): void {
  const { metadata: _, ...rest } = object as Record<string, Json>;
  const search = (value: Json, path: string): void => {
    if (value === '')
      throw new KubeApiError(`${kind}: ${path} in body must be of type string: "null"`, 422, 'Invalid');
    if (typeof value === 'object' && value !== null)
      for (const [key, child] of Object.entries(value)) search(child, path === '' ? key : `${path}.${key}`);
  };
  if (group.includes('kube-vrrp.io')) search(rest, '');
}

/** What a write of the object, or of its status alone, can change. */
function writable(resource: Resource, object: KubeObject, part: 'status' | 'all' | undefined): JsonObject {
  const {
    apiVersion: _,
    kind: __,
    metadata = {},
    status,
    ...rest
  } = structuredClone(object) as unknown as Record<string, JsonObject>;
  const ofStatus = status === undefined ? {} : { status };
  if (part === 'status') return ofStatus;
  const { labels, annotations, ownerReferences, finalizers } = metadata;
  const chosen = Object.entries({ labels, annotations, ownerReferences, finalizers });
  const written = Object.fromEntries(chosen.filter(([, value]) => value !== undefined)) as JsonObject;
  return {
    ...rest,
    ...(part === 'all' || !WITH_STATUS.has(resource.plural) ? ofStatus : {}),
    ...(Object.keys(written).length > 0 ? { metadata: written } : {}),
  };
}

/** What a generation counts the changes of. */
function essence({ metadata: _, status: __, ...rest }: JsonObject): JsonObject {
  return rest;
}

function eventFor({ resource, selection }: Watcher, happening: Happening): WatchEvent<KubeObject> | null {
  const { before, after } = happening;
  if (happening.resource.plural !== resource.plural || happening.resource.group !== resource.group)
    return null;
  const was = before !== undefined && isSelected(before, selection);
  if (after !== undefined && isSelected(after, selection))
    return { type: was ? 'MODIFIED' : 'ADDED', object: structuredClone(after) };
  if (!was) return null;
  const metadata = { ...before.metadata, resourceVersion: String(happening.version) };
  return { type: 'DELETED', object: { ...structuredClone(before), metadata } };
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
