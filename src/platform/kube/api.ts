/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- as in KubeApi: JSON has no types, the caller knows */
import { type Clock, systemClock } from '../clock.js';
import type { Log } from '../log.js';
import { NO_OBSERVER, type Observer } from '../observer.js';
import { RateLimit } from '../rate-limit.js';
import type { ApiServer } from './api-server.js';
import { HttpClient, type HttpRequest } from './http-client.js';
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
} from './ports.js';
import { collectionPath, keyOf, objectPath, selectorQuery, withQuery } from './request-paths.js';
import { type Answer, errorFromAnswer, isAboutObject } from './server-answer.js';
import { WatchLines, malformed, parseWatchEvent } from './watch-lines.js';

export type HttpsKubeApiOptions = Readonly<{
  server: ApiServer;
  /** For the server's log: `kube-vrrp/VERSION (COMPONENT)`. */
  version: string;
  component: string;
  log: Log;
  observer?: Observer;
  clock?: Clock;
  /** In [0, 1). Default: Math.random. */
  random?: () => number;
  /** Milliseconds. */
  bounds?: Partial<Bounds>;
}>;

type Bounds = Readonly<{
  /** Until a request is answered, and until a watch begins. */
  request: number;
  /** Until a page of a list is there. */
  list: number;
  /** How long the server is asked to let a watch run, by chance up to half longer. */
  watch: number;
  /**
   * How long a watch may say nothing once the server has sent a bookmark in it, of which it then sends one a minute. A load
   * balancer keeps a connection open, and answers TCP's questions, whose API server has vanished behind it.
   */
  bookmark: number;
}>;

const BOUNDS: Bounds = { request: 10_000, list: 30_000, watch: 240_000, bookmark: 150_000 };
/** Milliseconds that the server may take to end a watch after the time it was given. */
const WATCH_GRACE = 15_000;
/** Objects per page. What is larger is asked for piece by piece, so that neither side holds all of it as text. */
const PAGE = 500;
/** Milliseconds between two log lines of one warning of the server. */
const WARNING_INTERVAL = 3_600_000;

type Call = Readonly<{ verb: string; resource: Resource | null; name?: string }>;
type Page = Readonly<{
  items?: unknown;
  metadata?: Readonly<{ resourceVersion?: string; continue?: string }>;
}>;

/**
 * The API server over HTTPS. Each request is made once: who calls knows whether and when to try again, and
 * KubeApiError.retryAfter says when the server wants that. fieldValidation is left to the server's default: since
 * Kubernetes 1.25 that is to warn of unknown fields, which is logged.
 */
export class HttpsKubeApi implements KubeApi {
  readonly #options: HttpsKubeApiOptions;
  readonly #clock: Clock;
  readonly #observer: Observer;
  readonly #random: () => number;
  readonly #bounds: Bounds;
  readonly #http: HttpClient;
  readonly #warnings = new RateLimit({ limit: 1, interval: WARNING_INTERVAL, maxKeys: 100 });

  constructor(options: HttpsKubeApiOptions) {
    const { server, version, component, clock = systemClock, observer = NO_OBSERVER } = options;
    this.#options = options;
    this.#clock = clock;
    this.#observer = observer;
    this.#random = options.random ?? Math.random;
    this.#bounds = { ...BOUNDS, ...options.bounds };
    this.#http = new HttpClient({ server, clock, userAgent: `kube-vrrp/${version} (${component})` });
  }

  async get<T extends KubeObject>(resource: Resource, key: ObjectKey): Promise<T | null> {
    const call = { verb: 'get', resource, name: key.name };
    const answer = await this.#exchange(call, { method: 'GET', path: objectPath(resource, key) });
    return isMissing(answer, key.name) ? null : this.#object<T>(answer, call);
  }

  async list<T extends KubeObject>(
    resource: Resource,
    { notOlderThan, ...selection }: ListSelection,
    signal?: AbortSignal,
  ): Promise<Readonly<{ items: readonly T[]; resourceVersion: string }>> {
    if (notOlderThan === undefined) return this.#listNewest<T>(resource, selection, signal);
    try {
      // In one piece: for pages the server reads its database.
      return await this.#page<T>(resource, selection, { resourceVersion: notOlderThan }, signal);
    } catch (error) {
      // Its database is an older one than it was: it has been restored.
      if (!(error instanceof KubeApiError) || !/too large resource version/i.test(error.message)) throw error;
      return this.#listNewest<T>(resource, selection, signal);
    }
  }

  async #listNewest<T extends KubeObject>(
    resource: Resource,
    selection: Selection,
    signal?: AbortSignal,
  ): Promise<Readonly<{ items: readonly T[]; resourceVersion: string }>> {
    try {
      const items: T[] = [];
      let page = await this.#page<T>(resource, selection, { limit: PAGE }, signal);
      items.push(...page.items);
      while (page.next !== '') {
        page = await this.#page<T>(resource, selection, { limit: PAGE, continue: page.next }, signal);
        items.push(...page.items);
      }
      return { items, resourceVersion: page.resourceVersion };
    } catch (error) {
      // The pages took so long that the server forgot what they were pages of.
      if (!(error instanceof KubeApiError) || error.reason !== 'Expired') throw error;
      return this.#page<T>(resource, selection, {}, signal);
    }
  }

  async watch(
    resource: Resource,
    selection: Selection & Readonly<{ resourceVersion: string }>,
    onEvent: (event: WatchEvent<KubeObject>) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { resourceVersion, namespace } = selection;
    const lasts = this.#bounds.watch * (1 + this.#random() / 2);
    const path = withQuery(collectionPath(resource, namespace), {
      watch: 1,
      allowWatchBookmarks: true,
      resourceVersion,
      timeoutSeconds: Math.ceil(lasts / 1_000),
      ...selectorQuery(selection),
    });
    const call = { verb: 'watch', resource };
    const startedAt = this.#clock.now();
    const lines = new WatchLines();
    const whole = lasts + WATCH_GRACE;
    let silence = whole;
    const told = (event: WatchEvent<KubeObject>): void => {
      if (event.type === 'BOOKMARK') silence = Math.min(whole, this.#bounds.bookmark);
      onEvent(event);
    };
    try {
      const answer = await this.#http.stream(
        { method: 'GET', path, deadline: this.#bounds.request, signal },
        {
          silence: () => silence,
          onOpen: () => {
            this.#observe(call, '200', startedAt);
            onEvent({ type: 'BOOKMARK', resourceVersion });
          },
          onData: (bytes) => {
            for (const line of lines.add(bytes)) if (!signal.aborted) told(parseWatchEvent(line));
          },
        },
      );
      if (answer !== null) {
        this.#observe(call, String(answer.status), startedAt);
        throw this.#refusal(answer, call);
      }
      if (lines.isWithinLine) throw malformed('the watch ended within an event');
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof KubeApiError && isUnanswered(error)) this.#observe(call, 'none', startedAt);
      throw error;
    }
  }

  async apply<T extends KubeObject>(resource: Resource, object: T, options: ApplyOptions): Promise<T> {
    const key = keyOf(object);
    const { fieldManager, force, subresource, signal } = options;
    const call = { verb: 'apply', resource, name: key.name };
    const path = withQuery(objectPath(resource, key, subresource), { fieldManager, force });
    const answer = await this.#exchange(call, {
      method: 'PATCH',
      path,
      // JSON is YAML.
      contentType: 'application/apply-patch+yaml',
      body: bodyOf(resource, object),
      signal,
    });
    return this.#object<T>(answer, call);
  }

  async create<T extends KubeObject>(resource: Resource, object: T): Promise<T> {
    const { name, namespace } = keyOf(object);
    const call = { verb: 'create', resource, name };
    const path = collectionPath(resource, resource.namespaced ? namespace : undefined);
    return this.#object<T>(
      await this.#exchange(call, { method: 'POST', path, body: bodyOf(resource, object) }),
      call,
    );
  }

  async replace<T extends KubeObject>(resource: Resource, object: T): Promise<T> {
    const key = keyOf(object);
    const call = { verb: 'replace', resource, name: key.name };
    const path = objectPath(resource, key);
    return this.#object<T>(
      await this.#exchange(call, { method: 'PUT', path, body: bodyOf(resource, object) }),
      call,
    );
  }

  async delete(resource: Resource, key: ObjectKey): Promise<void> {
    const call = { verb: 'delete', resource, name: key.name };
    // Background is the default of most kinds, and not of all.
    const path = withQuery(objectPath(resource, key), { propagationPolicy: 'Background' });
    const answer = await this.#exchange(call, { method: 'DELETE', path });
    if (!isMissing(answer, key.name) && !isSuccess(answer)) throw this.#refusal(answer, call);
  }

  async version(): Promise<Readonly<{ major: number; minor: number }>> {
    const call = { verb: 'get', resource: null };
    const answer = await this.#exchange(call, { method: 'GET', path: '/version' });
    const { major, minor } = this.#json(answer, call) as Readonly<{ major?: string; minor?: string }>;
    // Some say "20+".
    const numbers = { major: parseInt(major ?? '', 10), minor: parseInt(minor ?? '', 10) };
    if (Number.isNaN(numbers.major + numbers.minor))
      throw malformed('the version of the API server is no number');
    return numbers;
  }

  /** Breaks off what is on its way and closes the connections. */
  close(): void {
    this.#http.close();
  }

  async #page<T extends KubeObject>(
    resource: Resource,
    selection: Selection,
    query: Readonly<{ limit?: number; continue?: string; resourceVersion?: string }>,
    signal?: AbortSignal,
  ): Promise<Readonly<{ items: readonly T[]; resourceVersion: string; next: string }>> {
    const call = { verb: 'list', resource };
    const path = withQuery(collectionPath(resource, selection.namespace), {
      ...selectorQuery(selection),
      ...query,
    });
    const answer = await this.#exchange(call, { method: 'GET', path, deadline: this.#bounds.list, signal });
    const { items, metadata } = this.#json(answer, call) as Page;
    if (!areObjects<T>(items) || typeof metadata?.resourceVersion !== 'string')
      throw malformed(`${describe(call)}: the answer is no list of objects`);
    // The items of a list do not say what they are, those of a watch do.
    const named = items.map((item) => ({ ...typeOf(resource), ...item }));
    return { items: named, resourceVersion: metadata.resourceVersion, next: metadata.continue ?? '' };
  }

  async #exchange(
    call: Call,
    request: Omit<HttpRequest, 'deadline'> & { deadline?: number },
  ): Promise<Answer> {
    const startedAt = this.#clock.now();
    let code = 'none';
    try {
      const answer = await this.#http.request({ deadline: this.#bounds.request, ...request });
      code = String(answer.status);
      this.#tellWarnings(answer);
      return answer;
    } finally {
      this.#observe(call, code, startedAt);
    }
  }

  #observe({ verb, resource }: Call, code: string, startedAt: number): void {
    const seconds = (this.#clock.now() - startedAt) / 1_000;
    this.#observer.apiRequest({ verb, resource: resource?.plural ?? '', code, seconds });
  }

  #object<T extends KubeObject>(answer: Answer, call: Call): T {
    const object = this.#json(answer, call);
    if (!areObjects<T>([object])) throw malformed(`${describe(call)}: the answer is no object`);
    return object as T;
  }

  #json(answer: Answer, call: Call): unknown {
    if (!isSuccess(answer)) throw this.#refusal(answer, call);
    try {
      const value = JSON.parse(answer.body) as unknown;
      if (typeof value === 'object' && value !== null) return value;
    } catch {
      // the same as any other text
    }
    throw malformed(`${describe(call)}: the answer is no JSON object`);
  }

  #refusal(answer: Answer, call: Call): KubeApiError {
    const error = errorFromAnswer(answer, describe(call));
    if (error.reason !== 'NotFound' || call.resource === null || isAboutObject(answer.body, call.name ?? ''))
      return error;
    const { plural, group, version } = call.resource;
    const kind = group === '' ? `${plural} ${version}` : `${plural}.${group} ${version}`;
    return new KubeApiError(
      `the API server does not know ${kind}: is its CustomResourceDefinition installed?`,
      error.status,
      error.reason,
    );
  }

  /** `Warning: 299 - "unknown field …"` */
  #tellWarnings({ headers }: Answer): void {
    for (const value of [headers['warning'] ?? []].flat())
      for (const [, text = ''] of value.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g))
        if (this.#warnings.admit(text, this.#clock.now()) !== null)
          this.#options.log.warn('The API server warns', { warning: text.replace(/\\(.)/g, '$1') });
  }
}

/** Apart from what was there and could not be read. */
const isUnanswered = ({ status, reason }: KubeApiError): boolean => status === 0 && reason !== 'Malformed';

const typeOf = ({ group, version, kind }: Resource): Readonly<{ apiVersion: string; kind: string }> => ({
  apiVersion: group === '' ? version : `${group}/${version}`,
  kind,
});

const bodyOf = (resource: Resource, object: KubeObject): string =>
  JSON.stringify({ ...typeOf(resource), ...object });

const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300;

const isMissing = ({ status, body }: Answer, name: string): boolean =>
  status === 404 && isAboutObject(body, name);

const describe = ({ verb, resource, name }: Call): string =>
  [verb, resource?.plural ?? 'version', name ?? ''].join(' ').trim();

const areObjects = <T extends KubeObject>(values: unknown): values is T[] =>
  Array.isArray(values) &&
  values.every((value: unknown) => {
    const { metadata } = (value ?? {}) as KubeObject;
    return typeof metadata === 'object' && typeof metadata.name === 'string';
  });
