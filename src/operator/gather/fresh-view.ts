import type { Change, Informer, KubeObject } from '../../platform/kube/ports.js';

type Written<T> = Readonly<{ until: number; object: T } | { until: number; goneUid: string | undefined }>;

/**
 * How long our own write counts for more than the informer. Only a write whose echo is lost, because the object was deleted
 * before a new list, needs this bound, in milliseconds.
 */
const ECHO_DEADLINE = 30_000;

/**
 * What an informer knows of the objects of a kind, and what we have written since: a watch tells of our own write a
 * little later than its answer does, and who decides in between by the old state writes everything twice.
 */
export class FreshView<T extends KubeObject> {
  readonly #written = new Map<string, Written<T>>();

  constructor(
    private readonly informer: Pick<Informer<T>, 'get' | 'list' | 'onChange'>,
    /** Monotonic milliseconds. */
    private readonly now: () => number,
  ) {
    informer.onChange((change) => {
      this.#told(change);
    });
  }

  get(name: string, namespace?: string): T | undefined {
    const cached = this.informer.get(name, namespace);
    const key = keyOf({ metadata: { name, ...(namespace === undefined ? {} : { namespace }) } });
    const written = this.#written.get(key);
    if (written === undefined) return cached;
    if (written.until < this.now() || isOvertaken(written, cached)) {
      this.#written.delete(key);
      return cached;
    }
    return 'object' in written ? written.object : undefined;
  }

  /** In no particular order. */
  list(): readonly T[] {
    if (this.#written.size === 0) return this.informer.list();
    const keys = new Set([...this.informer.list().map(keyOf), ...this.#written.keys()]);
    return [...keys]
      .map((key) => {
        const slash = key.indexOf('/');
        return this.get(key.slice(slash + 1), slash === 0 ? undefined : key.slice(0, slash));
      })
      .filter((object) => object !== undefined);
  }

  /** The answer to a write. */
  wrote(object: T): void {
    this.#written.set(keyOf(object), { object, until: this.now() + ECHO_DEADLINE });
  }

  /** A deletion that was answered. */
  removed(object: T): void {
    this.#written.set(keyOf(object), { goneUid: object.metadata?.uid, until: this.now() + ECHO_DEADLINE });
  }

  #told({ before, after }: Change<T>): void {
    const key = keyOf(after ?? before ?? {});
    const written = this.#written.get(key);
    if (written === undefined) return;
    const gone = after === undefined && before?.metadata?.uid === uidOf(written);
    if (gone || isOvertaken(written, after)) this.#written.delete(key);
  }
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;

const uidOf = <T extends KubeObject>(written: Written<T>): string | undefined =>
  'object' in written ? written.object.metadata?.uid : written.goneUid;

/** Whether the informer knows as much as we did, or more. */
function isOvertaken<T extends KubeObject>(written: Written<T>, cached: T | undefined): boolean {
  if (!('object' in written)) return cached !== undefined && cached.metadata?.uid !== written.goneUid;
  return cached !== undefined && versionOf(cached) >= versionOf(written.object);
}

/**
 * Resource versions of one kind grow (since Kubernetes 1.35 that is a promise, with etcd it was always so). One that is
 * no number is taken for the newest.
 */
function versionOf({ metadata }: KubeObject): number {
  const version = Number(metadata?.resourceVersion ?? Number.NaN);
  return Number.isNaN(version) ? Number.POSITIVE_INFINITY : version;
}
