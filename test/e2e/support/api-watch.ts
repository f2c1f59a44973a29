import { setTimeout as sleep } from 'node:timers/promises';

import { wallClock } from '../../../lab/libc.js';
import { Program } from '../../../lab/program.js';
import type { Timeline } from '../../../lab/timeline.js';
import type { Access } from './access.js';

/** As much of any object as a watch needs. */
export type ApiObject = Readonly<{ metadata: Readonly<{ name: string; resourceVersion: string }> }>;

/** An object as it was from `at` on, in wall-clock milliseconds; null: it did not exist. */
export type Version<Value> = Readonly<{ at: number; object: Value | null }>;

type Line<Value> = Readonly<{ type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'; object: Value }>;

/**
 * What the API server has of one kind, kept up to date by a watch, with every version that was seen and when. Each change
 * of what `describe` says is an event of the timeline, so that whoever waits is woken. It survives the API server's absence.
 */
export class ApiWatch<Value extends ApiObject> {
  readonly #history = new Map<string, Version<Value>[]>();
  #program: Program | null = null;
  #closed = false;

  private constructor(
    readonly access: Access,
    readonly timeline: Timeline,
    /** Of the collection, `/apis/GROUP/VERSION/…`. */
    readonly path: string,
    readonly describe: (object: Value) => string,
  ) {}

  /** Resolves when everything that exists is known. */
  static async start<Value extends ApiObject>(
    access: Access,
    timeline: Timeline,
    path: string,
    describe: (object: Value) => string,
  ): Promise<ApiWatch<Value>> {
    const watch = new ApiWatch<Value>(access, timeline, path, describe);
    void watch.#follow(await watch.#list());
    return watch;
  }

  get objects(): readonly Value[] {
    return [...this.#history.keys()].flatMap((name) => this.get(name) ?? []);
  }

  get(name: string): Value | undefined {
    return this.#history.get(name)?.at(-1)?.object ?? undefined;
  }

  /** Since when an object satisfies `test` without interruption; undefined: it does not. */
  since(name: string, test: (object: Value) => boolean): number | undefined {
    let since: number | undefined;
    for (const { at, object } of this.#history.get(name) ?? [])
      since = object !== null && test(object) ? (since ?? at) : undefined;
    return since;
  }

  /** Every version of an object from `since` on, the one at that time included. */
  versions(name: string, since = 0): readonly Version<Value>[] {
    const all = this.#history.get(name) ?? [];
    const first = all.findLastIndex(({ at }) => at <= since);
    return all.slice(Math.max(0, first));
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#program?.running === true) await this.#program.kill();
  }

  /** Returns the version from which to watch. */
  async #list(): Promise<string> {
    const text = await this.access.kubectl(['get', '--raw', this.path], { seconds: 10 });
    const { metadata, items } = JSON.parse(text) as {
      metadata: { resourceVersion: string };
      items: readonly Value[];
    };
    const present = new Set(items.map((item) => item.metadata.name));
    for (const name of this.#history.keys()) if (!present.has(name)) this.#note(name, null);
    for (const item of items) this.#note(item.metadata.name, item);
    return metadata.resourceVersion;
  }

  async #follow(version: string): Promise<void> {
    let next = version;
    while (!this.#closed) {
      await this.#watch(next);
      next = await this.#listAgain();
    }
  }

  async #listAgain(): Promise<string> {
    while (!this.#closed) {
      try {
        return await this.#list();
      } catch {
        await sleep(200); // The API server is away.
      }
    }
    return '';
  }

  /** Resolves when the watch has ended, for whatever reason. */
  async #watch(version: string): Promise<void> {
    const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${version}`;
    const argv = [...this.access.kubectlProgram, 'get', '--raw', `${this.path}?${query}`];
    this.#program = await Program.start(['setpriv', '--pdeathsig', 'KILL', ...argv], {
      line: (line) => {
        if (line.startsWith('{')) this.#event(JSON.parse(line) as Line<Value>);
      },
    });
    // A close that came before the program had started did not end it.
    if (this.#closed) await this.#program.kill();
    await this.#program.ended;
  }

  #event({ type, object }: Line<Value>): void {
    if (type === 'DELETED') this.#note(object.metadata.name, null);
    else if (type === 'ADDED' || type === 'MODIFIED') this.#note(object.metadata.name, object);
    else if (type === 'ERROR') this.#program?.signal('SIGTERM'); // The version is too old: list again.
  }

  #note(name: string, object: Value | null): void {
    const versions = this.#history.get(name) ?? [];
    const before = versions.at(-1)?.object ?? null;
    if (before?.metadata.resourceVersion === object?.metadata.resourceVersion) return;
    const at = wallClock();
    versions.push({ at, object });
    this.#history.set(name, versions);
    const line = object === null ? 'is gone' : this.describe(object);
    const shown = before === null ? null : this.describe(before);
    if (line !== shown)
      this.timeline.record({ at, kind: 'log', host: 'API', line: `${this.#kind}/${name} ${line}` });
  }

  get #kind(): string {
    return this.path.slice(this.path.lastIndexOf('/') + 1);
  }
}
