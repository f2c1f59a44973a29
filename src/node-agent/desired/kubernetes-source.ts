import type { Informer, KubeObject } from '../../platform/kube/ports.js';
import type { DesiredState } from './desired-state.js';
import { type StartTimer, systemTimer } from './file-watch.js';
import { KeptFile, type KeepingFailed } from './kept-file.js';
import { type KnownRouter, KnownRouters, type UsableRouter } from './known-routers.js';

/** A VirtualRouter as the API server sent it: whatever is in it has not been looked at. */
export type VirtualRouterObject = KubeObject & Readonly<{ spec?: unknown; status?: unknown }>;
export type SecretObject = KubeObject & Readonly<{ data?: Readonly<Record<string, unknown>> }>;

/** What this node is to run, by its VirtualRouters. */
export type ClusterUpdate = Readonly<{
  desired: DesiredState;
  routers: readonly KnownRouter[];
  /** Where it comes from: the API server, or what an earlier run of the agent kept. */
  source: 'virtualRouters' | 'lastKnown';
}>;

export type KubernetesSourceOptions = Readonly<{
  node: string;
  /** Where what is known is kept for the next start. Created when missing. */
  stateDir: string;
  onUpdate: (update: ClusterUpdate) => void;
  keepingFailed: KeepingFailed;
  startTimer?: StartTimer;
}>;

const FILE = 'virtual-routers.json';
/** Fifty VirtualRouters are applied in one go, and their changes come one by one. */
const COALESCE_FOR = 50;
const FORMAT = 1;

/**
 * The configuration of an agent in a cluster: the VirtualRouters that name its node. Starts with what was known last, and
 * keeps to that for as long as the API server says nothing: only its list, or its word that an object is gone, takes a router
 * away.
 */
export class KubernetesSource {
  readonly #options: KubernetesSourceOptions;
  readonly #known: KnownRouters;
  readonly #file: KeptFile;
  readonly #startTimer: StartTimer;
  /** Which version of each object's spec was looked at last: most changes are of a status only. */
  readonly #looked = new Map<string, string>();
  #cancelTelling: (() => void) | null = null;
  #told = false;
  #closed = false;

  constructor(options: KubernetesSourceOptions) {
    this.#options = options;
    this.#known = new KnownRouters(options.node);
    this.#startTimer = options.startTimer ?? systemTimer;
    this.#file = new KeptFile(options.stateDir, FILE, options.keepingFailed, this.#startTimer);
  }

  /**
   * Reads what an earlier run knew and tells it before it returns, if there is anything and `wanted` agrees. False: nothing
   * was told.
   */
  restore(wanted: (desired: DesiredState) => boolean = () => true): boolean {
    const kept = this.#told ? null : keptRouters(this.#file.read(), this.#options.node);
    if (kept === null) return false;
    this.#known.restore(kept);
    const { desired, routers } = this.#known.view();
    if (!wanted(desired)) return false;
    this.#options.onUpdate({ desired, routers, source: 'lastKnown' });
    return true;
  }

  /** From now on what these two say counts. The Secret is that with the agents' passwords, if there is any. */
  follow(virtualRouters: Informer<VirtualRouterObject>, secrets: Informer<SecretObject>): void {
    void secrets.synced.then(() => {
      this.#secretChanged(secrets);
      secrets.onChange(() => {
        this.#secretChanged(secrets);
      });
    });
    void virtualRouters.synced.then(() => {
      const all = virtualRouters.list();
      this.#known.retain(new Set(all.map(nameOf)));
      for (const object of all) this.#take(object);
      this.#tell();
      virtualRouters.onChange(({ before, after }) => {
        if (after === undefined ? this.#forget(before) : this.#take(after)) this.#tellSoon();
      });
    });
  }

  /** Tells nothing any more; resolves when what is known is on disk. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTelling?.();
    await this.#file.close();
  }

  /** False: its spec is the one that was looked at before. */
  #take(object: VirtualRouterObject): boolean {
    const name = nameOf(object);
    const version = specVersion(object);
    if (version !== null && this.#looked.get(name) === version) return false;
    if (version !== null) this.#looked.set(name, version);
    this.#known.put({ name, generation: object.metadata?.generation ?? 0, spec: object.spec });
    return true;
  }

  #forget(object: VirtualRouterObject | undefined): boolean {
    if (object === undefined) return false;
    this.#looked.delete(nameOf(object));
    this.#known.remove(nameOf(object));
    return true;
  }

  #secretChanged(secrets: Informer<SecretObject>): void {
    const [secret] = secrets.list();
    this.#known.setPasswords(passwordsOf(secret));
    // What runs may come from the disk still; passwords alone say nothing about which routers there are.
    if (this.#told) this.#tellSoon();
  }

  #tellSoon(): void {
    if (this.#closed || this.#cancelTelling !== null) return;
    this.#cancelTelling = this.#startTimer(COALESCE_FOR, () => {
      this.#cancelTelling = null;
      this.#tell();
    });
  }

  #tell(): void {
    if (this.#closed) return;
    this.#told = true;
    const { desired, routers, usable } = this.#known.view();
    this.#options.onUpdate({ desired, routers, source: 'virtualRouters' });
    this.#file.keep({ format: FORMAT, node: this.#options.node, routers: usable });
  }
}

const nameOf = ({ metadata }: KubeObject): string => metadata?.name ?? '';

/** The API server counts the changes of a spec, object by object; null: it does not say. */
const specVersion = ({ metadata }: KubeObject): string | null =>
  metadata?.generation === undefined ? null : `${metadata.uid ?? ''}/${String(metadata.generation)}`;

/** A missing Secret has no entries; entries that are no text are none. */
function passwordsOf(secret: SecretObject | undefined): ReadonlyMap<string, string> {
  const entries = Object.entries(secret?.data ?? {});
  return new Map(
    entries.flatMap(([key, value]) =>
      typeof value === 'string' ? [[key, Buffer.from(value, 'base64').toString('utf8')] as const] : [],
    ),
  );
}

/** null: it is not what this node kept, e.g. because the host has another name now. */
function keptRouters(value: unknown, node: string): readonly UsableRouter[] | null {
  if (typeof value !== 'object' || value === null) return null;
  const { format, node: keptFor, routers } = value as Readonly<Record<string, unknown>>;
  if (format !== FORMAT || keptFor !== node || !Array.isArray(routers)) return null;
  return (routers as readonly unknown[]).filter(isUsableRouter);
}

function isUsableRouter(value: unknown): value is UsableRouter {
  if (typeof value !== 'object' || value === null) return false;
  const { name, generation, password } = value as Readonly<Record<string, unknown>>;
  return (
    typeof name === 'string' &&
    typeof generation === 'number' &&
    (password === null || typeof password === 'string')
  );
}
