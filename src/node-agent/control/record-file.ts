import { type FileHandle, open } from 'node:fs/promises';

export type RecordFileEvents = Readonly<{
  /** The recording ends here; what is in the file is whole and stays. */
  ended: (reason: string) => void;
}>;

/** A day of 255 routers at one advert a second is below 10 GiB; a recording is for hours, not for ever. */
const MAX_SIZE = 1024 * 1024 * 1024;

/**
 * Appends the lines of a recording to a file, in order and without ever making anybody wait. Readable by its owner
 * only: it tells how the network is built.
 */
export class RecordFile {
  #file: FileHandle | null = null;
  #size = 0;
  #pending: string[] = [];
  #writing: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(
    private readonly path: string,
    private readonly events: RecordFileEvents,
    private readonly maxSize = MAX_SIZE,
  ) {}

  append(lines: readonly string[]): void {
    if (this.#ended) return;
    this.#pending.push(...lines);
    this.#writing = this.#writing.then(() => this.#write());
  }

  /** Resolves when everything is written. */
  async close(): Promise<void> {
    await this.#writing;
    this.#ended = true;
    await this.#file?.close();
    this.#file = null;
  }

  async #write(): Promise<void> {
    if (this.#pending.length === 0 || this.#ended) return;
    const text = `${this.#pending.splice(0).join('\n')}\n`;
    try {
      this.#file ??= await this.#open();
      this.#size += Buffer.byteLength(text);
      if (this.#size > this.maxSize) {
        this.#end(`the file would grow beyond ${String(this.maxSize)} octets`);
        return;
      }
      await this.#file.appendFile(text);
    } catch (error) {
      this.#end(error instanceof Error ? error.message : String(error));
    }
  }

  async #open(): Promise<FileHandle> {
    const file = await open(this.path, 'a', 0o600);
    this.#size = (await file.stat()).size;
    return file;
  }

  #end(reason: string): void {
    this.#ended = true;
    this.#pending = [];
    // Whoever mends the disk must be able to: a file that is open for writing keeps it from being remounted.
    this.#file?.close().catch(() => undefined);
    this.#file = null;
    this.events.ended(reason);
  }
}
