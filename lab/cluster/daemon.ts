import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { signalProcess } from '../program.js';
import { groupFolders, makeGroup, processesIn } from './cgroups.js';

/** What to put before a command line so that it runs in the network of a namespace. */
export const inNetwork = (namespace: string): string[] => ['nsenter', `--net=/run/netns/${namespace}`, '--'];

/**
 * Starts a program that outlives this one, in the control group `group`; its output is appended to the file `log`.
 * Returns its process number.
 */
export async function startDaemon(group: string, log: string, argv: readonly string[]): Promise<number> {
  makeGroup(group);
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'a');
  // It enters the group before it becomes the program, so nothing of it is ever outside.
  const enter =
    'while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs" || exit 1; shift; done; shift; exec "$@"';
  const child = spawn('sh', ['-c', enter, 'sh', ...groupFolders(group), '--', ...argv], {
    detached: true,
    stdio: ['ignore', output, output],
  });
  try {
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  } finally {
    closeSync(output);
  }
  child.unref();
  return child.pid ?? 0;
}

/** One program of the control plane, found again by its file with the process number. */
export class Daemon {
  constructor(
    readonly name: string,
    readonly group: string,
    /** Folder for log and process number. */
    readonly folder: string,
    readonly argv: () => readonly string[],
  ) {}

  get log(): string {
    return `${this.folder}/${this.name}.log`;
  }

  /** Its process number while it runs. A number that is not in its control group any more is somebody else's. */
  get pid(): number | null {
    try {
      const pid = Number(readFileSync(this.#pidFile, 'utf8'));
      return processesIn(groupFolders(this.group)).includes(pid) && !isGone(pid) ? pid : null;
    } catch {
      return null;
    }
  }

  /** Does nothing when it runs. */
  async start(): Promise<void> {
    if (this.pid !== null) return;
    writeFileSync(this.#pidFile, String(await startDaemon(this.group, this.log, this.argv())));
  }

  async kill(): Promise<void> {
    const { pid } = this;
    if (pid === null) return;
    signalProcess(pid, 'SIGKILL');
    while (!isGone(pid)) await sleep(10);
    rmSync(this.#pidFile, { force: true });
  }

  /** It stands still, with its connections open, until {@link resume}. */
  pause(): void {
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this;
    if (pid === null) throw new Error(`${this.name} does not run`);
    signalProcess(pid, signal);
  }

  get #pidFile(): string {
    return `${this.folder}/${this.name}.pid`;
  }
}

/** Whether a process has ended; one that nobody has waited for yet has. */
export function isGone(pid: number): boolean {
  try {
    const state = /^State:\t(.)/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1];
    return state === 'Z' || state === 'X';
  } catch {
    return true;
  }
}
