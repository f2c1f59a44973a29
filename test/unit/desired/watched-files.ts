import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StartTimer } from '../../../src/node-agent/desired/file-watch.js';
import { StandaloneSource, type SourceUpdate } from '../../../src/node-agent/desired/standalone-source.js';

type Test = Readonly<{ after: (fn: () => Promise<void>) => void }>;

const cleanups = new WeakMap<Test, (() => Promise<void> | void)[]>();

/** Does something when the test is over; what was asked for last comes first, unlike with `after`. */
export function atEnd(t: Test, cleanUp: () => Promise<void> | void): void {
  const known = cleanups.get(t);
  if (known !== undefined) {
    known.unshift(cleanUp);
    return;
  }
  const steps = [cleanUp];
  cleanups.set(t, steps);
  t.after(async () => {
    for (const step of steps) await step();
  });
}

/** A directory that is removed at the end of the test. */
export function temporaryDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'kube-vrrp-desired-'));
  atEnd(t, () => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** What a source said, one after the other. */
export class Updates {
  readonly #said: SourceUpdate[] = [];
  #wake: (() => void) | null = null;

  readonly add = (update: SourceUpdate): void => {
    this.#said.push(update);
    this.#wake?.();
  };

  /** The next update, awaited. */
  async next(): Promise<SourceUpdate> {
    for (;;) {
      const update = this.#said.shift();
      if (update !== undefined) return update;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Those that nobody asked for yet. */
  get waiting(): readonly SourceUpdate[] {
    return this.#said;
  }
}

/** A source that is started, and closed at the end of the test. */
export function startSource(
  t: Test,
  files: readonly string[],
  stateDir: string,
  startTimer?: StartTimer,
): Readonly<{ source: StandaloneSource; updates: Updates }> {
  const updates = new Updates();
  const source = new StandaloneSource({
    ...{ files, nodeName: 'edge-1', stateDir, onUpdate: updates.add },
    ...(startTimer === undefined ? {} : { startTimer }),
  });
  atEnd(t, () => source.close());
  source.start(new AbortController().signal);
  return { source, updates };
}

/** The update in a few words: its kind, and the keys of what is to run, or the problems. */
export function inShort(update: SourceUpdate): string {
  switch (update.kind) {
    case 'accepted':
    case 'restored':
      return [
        update.kind,
        ...update.desired.routers.map(({ key, priority }) => `${key}=${String(priority)}`),
      ].join(' ');
    case 'refused':
      return `refused ${update.problems.map(({ path, problem }) => `${path}: ${problem}`).join('; ')}`;
    case 'stateDirFailed':
      return `stateDirFailed ${update.problem}`;
    case 'stateDirWorks':
      return 'stateDirWorks';
  }
}
