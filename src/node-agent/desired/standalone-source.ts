import { createHash } from 'node:crypto';
import type { Reason } from '../../api/v1alpha1/reasons.js';
import { refused } from '../../values/result.js';
import { ACCEPTED_STATE, acceptedState, acceptedStatePath, readAcceptedState } from './accepted-state.js';
import type { Accepted, DesiredState } from './desired-state.js';
import { FileWatch, type StartTimer, systemTimer } from './file-watch.js';
import { KeptFile } from './kept-file.js';
import { type Load, load } from './load.js';
import { type LocatedFinding, formatFinding } from './located-finding.js';
import { passwordFromDisk, passwordPath, readSourceFile } from './read-files.js';

/** What the source has to say, in the order in which it happens. */
export type SourceUpdate = Readonly<{ warnings: readonly LocatedFinding[] }> &
  (
    | Readonly<{ kind: 'accepted'; reason: Extract<Reason, 'ConfigurationAccepted'>; desired: DesiredState }>
    /** Nothing changes. `running`: whether something runs that was accepted before. */
    | Readonly<{
        kind: 'refused';
        reason: Extract<Reason, 'ConfigurationRefused'>;
        problems: readonly LocatedFinding[];
        running: boolean;
      }>
    /** After a refusal at start: run this, it was accepted by an earlier run of the agent. */
    | Readonly<{
        kind: 'restored';
        reason: Extract<Reason, 'LastAcceptedRestored'>;
        desired: DesiredState;
        from: string;
      }>
    /** The state directory does not do its work; `problem` is a sentence. The agent goes on. */
    | Readonly<{ kind: 'stateDirFailed'; problem: string }>
    /** What could not be kept is kept by now. */
    | Readonly<{ kind: 'stateDirWorks' }>
  );

export type StandaloneSourceOptions = Readonly<{
  /** Paths of the configuration files. At least one. */
  files: readonly string[];
  nodeName: string;
  /** Where the last accepted configuration is kept. Created when missing. */
  stateDir: string;
  onUpdate: (update: SourceUpdate) => void;
  startTimer?: StartTimer;
}>;

/**
 * The configuration of an agent without a cluster: files, watched, taken whole or not at all. What was accepted last is
 * kept on disk, so that a broken file does not take the addresses away at the next start.
 */
export class StandaloneSource {
  readonly #options: StandaloneSourceOptions;
  readonly #watch: FileWatch;
  #running = false;
  /** The content that was told about last, so that a file saved unchanged is no event. */
  #told: string | null = null;
  readonly #kept: KeptFile;
  #keepingFailed = false;

  constructor(options: StandaloneSourceOptions) {
    const { stateDir, startTimer = systemTimer } = options;
    this.#options = options;
    this.#watch = new FileWatch(() => {
      this.#reload();
    }, startTimer);
    this.#kept = new KeptFile(
      stateDir,
      ACCEPTED_STATE,
      (path, reason) => {
        this.#keeping(path, reason);
      },
      startTimer,
    );
  }

  /** Tells what is to run before it returns, and about every change until `signal` is aborted or `close` is called. */
  start(signal: AbortSignal): void {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => void this.close(), { once: true });
    this.#watch.watch(this.#options.files);
    this.#reload();
    if (!this.#running) this.#restore();
  }

  /** Stops watching; resolves when what was accepted is on disk. What runs is not touched. */
  async close(): Promise<void> {
    this.#watch.close();
    await this.#kept.close();
  }

  #reload(): void {
    const { loaded, content } = this.#load();
    if (content === this.#told) return;
    this.#told = content;
    if (loaded.accepted === null) this.#options.onUpdate(this.#refusal(loaded));
    else this.#accept(loaded.accepted, loaded.warnings);
  }

  /** Reads everything, the password files included, and a digest of all of it. */
  #load(): Readonly<{ loaded: Load; content: string }> {
    const { files, nodeName } = this.#options;
    const digest = createHash('sha256');
    const passwordFiles = new Set<string>();
    const loaded = load(
      files,
      nodeName,
      (path) => {
        const read = readSourceFile(path, 'refusePipes');
        digest.update(read.ok ? read.value.bytes : read.problem).update(`\0${String(read.ok)}\0`);
        return read;
      },
      (passwordFile, configurationFile) => {
        passwordFiles.add(passwordPath(passwordFile, configurationFile));
        const read = passwordFromDisk(passwordFile, configurationFile);
        digest.update(`${read.ok ? read.value : read.problem}\0${String(read.ok)}\0`);
        return read;
      },
    );
    const paths = [...files, ...passwordFiles];
    const wereWatched = this.#watch.watches(paths);
    this.#watch.watch(paths);
    // Password files are known only now; read again, so that a change before they were watched is not missed.
    return wereWatched ? { loaded, content: digest.digest('hex') } : this.#load();
  }

  #refusal({ problems, warnings }: Load): SourceUpdate {
    return { kind: 'refused', reason: 'ConfigurationRefused', problems, warnings, running: this.#running };
  }

  #accept({ desired, objects }: Accepted, warnings: readonly LocatedFinding[]): void {
    this.#running = true;
    this.#options.onUpdate({ kind: 'accepted', reason: 'ConfigurationAccepted', desired, warnings });
    this.#kept.keep(acceptedState(objects));
  }

  #keeping(path: string, reason: string | null): void {
    const failed = reason !== null;
    if (failed)
      this.#stateDirFailed(
        `The accepted configuration could not be kept in ${path} (${reason}): if the files are ` +
          'broken at the next start, there is nothing to fall back to, or what was accepted before. It is tried again.',
      );
    else if (this.#keepingFailed) this.#options.onUpdate({ kind: 'stateDirWorks', warnings: [] });
    this.#keepingFailed = failed;
  }

  #restore(): void {
    const { stateDir, nodeName, onUpdate } = this.#options;
    const from = acceptedStatePath(stateDir);
    const { accepted, problems, warnings } = load(
      [from],
      nodeName,
      () => readAcceptedState(stateDir),
      () => refused('belongs to no accepted configuration'),
    );
    if (accepted === null) {
      const [first] = problems;
      this.#stateDirFailed(
        `There is no earlier configuration to run instead: ${first === undefined ? from : formatFinding(first)}.`,
      );
      return;
    }
    this.#running = true;
    onUpdate({ kind: 'restored', reason: 'LastAcceptedRestored', desired: accepted.desired, from, warnings });
  }

  #stateDirFailed(problem: string): void {
    this.#options.onUpdate({ kind: 'stateDirFailed', problem, warnings: [] });
  }
}
