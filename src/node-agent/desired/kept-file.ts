import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './durable-file.js';

/** Tells that the directory does not do its work, with a reason in words; null: it does again. */
export type KeepingFailed = (path: string, reason: string | null) => void;

/**
 * One JSON document in the state directory that follows what this process knows: the newest is written, whatever a slow disk
 * has missed in between is not.
 */
export class KeptFile {
  readonly path: string;
  #wanted: string | null = null;
  #kept: string | null = null;
  #writing: Promise<void> = Promise.resolve();
  #busy = false;

  constructor(
    private readonly directory: string,
    private readonly name: string,
    private readonly told: KeepingFailed,
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
    this.#wanted = `${JSON.stringify(value)}\n`;
    if (this.#busy) return;
    this.#busy = true;
    this.#writing = this.#write();
  }

  /** Resolves when the newest is on disk, or could not be written. */
  async close(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#wanted !== null) {
      const text = this.#wanted;
      this.#wanted = null;
      if (text !== this.#kept) await this.#replace(text);
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
    }
  }
}
