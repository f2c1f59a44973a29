import type { Change, KubeObject } from './ports.js';

const keyOf = (name: string, namespace = ''): string => `${namespace}/${name}`;
const keyOfObject = ({ metadata }: KubeObject): string => keyOf(metadata?.name ?? '', metadata?.namespace);

/** Objects by name. Every method that changes something returns what has changed, in order. */
export class ObjectCache<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #kept: (object: T) => T;

  /** @param kept what is kept of an object */
  constructor(kept: (object: T) => T) {
    this.#kept = kept;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(name: string, namespace?: string): T | undefined {
    return this.#objects.get(keyOf(name, namespace));
  }

  all(): readonly T[] {
    return [...this.#objects.values()];
  }

  put(object: T): readonly Change<T>[] {
    const key = keyOfObject(object);
    const before = this.#objects.get(key);
    if (before !== undefined && versionOf(before) === versionOf(object)) return [];
    const after = this.#kept(object);
    this.#objects.set(key, after);
    // Another object of the same name, made while nobody was looking: the first one is gone.
    if (before !== undefined && before.metadata?.uid !== object.metadata?.uid)
      return [
        { before, after: undefined },
        { before: undefined, after },
      ];
    return [{ before, after }];
  }

  remove(object: KubeObject): readonly Change<T>[] {
    const key = keyOfObject(object);
    const before = this.#objects.get(key);
    if (before === undefined) return [];
    this.#objects.delete(key);
    return [{ before, after: undefined }];
  }

  /** These are all there are. What vanished is told first. */
  replaceAll(objects: readonly T[]): readonly Change<T>[] {
    const present = new Set(objects.map(keyOfObject));
    const vanished = this.all().filter((object) => !present.has(keyOfObject(object)));
    return [
      ...vanished.flatMap((object) => this.remove(object)),
      ...objects.flatMap((object) => this.put(object)),
    ];
  }
}

/** An object without a version is always taken for a changed one. */
const versionOf = ({ metadata }: KubeObject): unknown => metadata?.resourceVersion ?? Symbol('no version');
