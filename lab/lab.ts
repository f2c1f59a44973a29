import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { startReaper } from './reaper.js';
import { Timeline } from './timeline.js';

/**
 * One experiment: its timeline, its temporary directory, and everything that has to be undone. Other parts of the
 * laboratory register with `defer` what they made.
 */
export class Lab {
  readonly timeline = new Timeline();
  /** A private directory for configuration, pid files and state; removed at the end. */
  readonly directory: string;
  readonly #cleanups: (() => Promise<unknown>)[] = [];

  private constructor() {
    this.directory = mkdtempSync(join(tmpdir(), `kvl-${String(process.pid)}-`));
  }

  /** Opens a laboratory. The first one of a process also removes what earlier processes that died left behind. */
  static async open(): Promise<Lab> {
    await startReaper();
    return new Lab();
  }

  /** Registers an action for {@link close}; the last one registered runs first. */
  defer(action: () => Promise<unknown>): void {
    this.#cleanups.push(action);
  }

  /** Lets time pass in which nothing is expected to happen; the only sleep of a test, with its reason. */
  async passTime(milliseconds: number, why: string): Promise<void> {
    this.timeline.step(`${why} (${String(milliseconds)} ms)`);
    await sleep(milliseconds);
  }

  /** Undoes everything. Every action is tried; the first failure is thrown at the end. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let action = this.#cleanups.pop(); action !== undefined; action = this.#cleanups.pop())
      await action().catch((error: unknown) => failures.push(error));
    rmSync(this.directory, { recursive: true, force: true });
    if (failures.length > 0) throw failures[0];
  }
}
