import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './durable-file.js';
import { type StartTimer, systemTimer } from './file-watch.js';

/** Tells that the directory does not do its work, with a reason in words; null: it does again. */
export type KeepingFailed = (path: string, reason: string | null) => void;

/** A disk that is full has room again some day, and what is to be kept may not change for months. */
const TRY_AGAIN_AFTER = 30_000;

/**
 * One JSON document in the state directory that follows what this process knows: the newest is written, whatever a slow disk
 * has missed in between is not; what could not be written is tried again.
 */
export class KeptFile {
  readonly path: string;
  #wanted: string | null = null;
  #kept: string | null = null;
  #writing: Promise<void> = Promise.resolve();
  #busy = false;
  #cancelRetry: (() => void) | null = null;
  #closed = false;

  constructor(
    private readonly directory: string,
    private readonly name: string,
    private readonly told: KeepingFailed,
    private readonly startTimer: StartTimer = systemTimer,
  ) {
    this.path = join(directory, name);
  }

  /** What an earlier run kept; null: nothing that can be read. Reads synchronously: nothing can run before it is known. */
  read(): unknown {
    try {
      const text = readFileSync(this.path, 'utf8');
      const value: unknown = JSON.parse(text);
      this.#kept = text;
      return value;
    } catch {
      return null;
    }
  }

  keep(value: unknown): void {
    this.#want(`${JSON.stringify(value)}\n`);
  }

  #want(text: string): void {
    this.#wanted = text;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    if (this.#busy) return;
    this.#busy = true;
    this.#writing = this.#write();
  }

  /** Resolves when the newest is on disk, or could not be written. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRetry?.();
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#wanted !== null) {
      const text = this.#wanted;
      this.#wanted = null;
      if (text !== this.#kept) await this.#replace(text);
      else this.told(this.path, null);
    }
    this.#busy = false;
  }

  async #replace(text: string): Promise<void> {
    try {
      await replaceFile(this.directory, this.name, text);
      this.#kept = text;
      this.told(this.path, null);
    } catch (error) {
      this.told(this.path, error instanceof Error ? error.message : String(error));
      this.#retryLater(text);
    }
  }

  #retryLater(text: string): void {
    if (this.#closed || this.#wanted !== null) return;
    this.#cancelRetry = this.startTimer(TRY_AGAIN_AFTER, () => {
      this.#want(text);
    });
  }
}
