import { type FSWatcher, realpathSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Calls `callback` once after `milliseconds`, unless the returned function is called before. */
export type StartTimer = (milliseconds: number, callback: () => void) => () => void;

export const systemTimer: StartTimer = (milliseconds, callback) => {
  const timer = setTimeout(callback, milliseconds);
  return () => {
    clearTimeout(timer);
  };
};

/** How long files must be unchanged before they are read: editors write in several steps. */
const SETTLED_AFTER = 100;

/** The same while a file is missing: some editors and tools remove it before they write the new one. */
const MISSING_AFTER = 1_000;

/** Where notifications do not come (network file systems, a directory that was replaced), changes are found by this. */
const LOOK_EVERY = 5_000;

/**
 * Watches files by their directories, so that a file which is replaced, renamed over, or reached by symbolic links that
 * are switched (as in a mounted ConfigMap) is still watched. Tells that something changed, once it has settled.
 */
export class FileWatch {
  readonly #changed: () => void;
  readonly #startTimer: StartTimer;
  #paths: readonly string[] = [];
  /** By directory; a directory that was replaced is another one under the same name. */
  readonly #watchers = new Map<string, Readonly<{ watcher: FSWatcher; identity: string }>>();
  /** What the files looked like when last told about. */
  #told: Readonly<Record<string, string>> = {};
  #cancelSettling: (() => void) | null = null;
  #cancelLooking: (() => void) | null = null;
  #closed = false;

  constructor(changed: () => void, startTimer: StartTimer = systemTimer) {
    this.#changed = changed;
    this.#startTimer = startTimer;
  }

  /**
   * Watches these files from now on instead of those before; a file that is new to it counts as unchanged. Call it
   * before reading, so that no change falls in between.
   */
  watch(paths: readonly string[]): void {
    this.#paths = paths;
    this.#told = { ...signaturesOf(paths), ...pick(this.#told, paths) };
    this.#watchDirectories();
    if (this.#cancelLooking === null) this.#lookLater();
  }

  /** Whether all these files are watched already. */
  watches(paths: readonly string[]): boolean {
    return paths.every((path) => this.#paths.includes(path));
  }

  close(): void {
    this.#closed = true;
    this.#cancelSettling?.();
    this.#cancelLooking?.();
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #lookLater(): void {
    this.#cancelLooking = this.#startTimer(LOOK_EVERY, () => {
      if (this.#closed) return;
      this.#watchDirectories();
      this.#settle();
      this.#lookLater();
    });
  }

  /** Waits until the files have looked the same for a while, then tells, if they look other than before. */
  #settle(): void {
    if (this.#closed || this.#cancelSettling !== null) return;
    const seen = signaturesOf(this.#paths);
    const wait = Object.values(seen).includes(MISSING) ? MISSING_AFTER : SETTLED_AFTER;
    this.#cancelSettling = this.#startTimer(wait, () => {
      this.#cancelSettling = null;
      const now = signaturesOf(this.#paths);
      if (!same(now, seen)) this.#settle();
      else if (!same(now, this.#told)) {
        this.#told = now;
        this.#watchDirectories();
        this.#changed();
      }
    });
  }

  #watchDirectories(): void {
    const wanted = new Map(
      this.#paths.flatMap(directoriesOf).map((directory) => [directory, identityOf(directory)]),
    );
    for (const [directory, { watcher, identity }] of this.#watchers)
      if (wanted.get(directory) !== identity) {
        watcher.close();
        this.#watchers.delete(directory);
      }
    for (const [directory, identity] of wanted)
      if (!this.#watchers.has(directory)) this.#watchDirectory(directory, identity);
  }

  #watchDirectory(directory: string, identity: string): void {
    try {
      const watcher = watch(directory, () => {
        this.#settle();
      });
      watcher.on('error', () => {
        watcher.close();
        if (this.#watchers.get(directory)?.watcher === watcher) this.#watchers.delete(directory);
      });
      this.#watchers.set(directory, { watcher, identity });
    } catch {
      // Missing, or the kernel's limit of watches is reached: the next look tries again, and sees changes meanwhile.
    }
  }
}

const MISSING = 'missing';

const signaturesOf = (paths: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(paths.map((path) => [path, signatureOf(path)]));

/** Changes whenever the file is written, replaced or removed. */
function signatureOf(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch {
    return MISSING;
  }
}

function identityOf(directory: string): string {
  try {
    const { dev, ino } = statSync(directory, { bigint: true });
    return `${String(dev)} ${String(ino)}`;
  } catch {
    return MISSING;
  }
}

const pick = (record: Readonly<Record<string, string>>, keys: readonly string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => keys.includes(key)));

const same = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([path, text]) => b[path] === text);

/** Where a change to the file shows: its directory, and that of the file which links lead to. */
function directoriesOf(path: string): readonly string[] {
  try {
    return [dirname(path), dirname(realpathSync(path))];
  } catch {
    return [dirname(path)];
  }
}
