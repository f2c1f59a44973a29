import { type ChildProcess, fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import type { ToControl, ToVrrp } from '../ipc/messages.js';

/** How long after a crash the next start is, doubled up to the longest while crashes follow each other. */
const FIRST_RESTART_MS = 100;
const LONGEST_RESTART_MS = 10_000;
/** A process that lived this long is taken for healthy: the next restart is prompt again. */
const HEALTHY_AFTER_MS = 30_000;

/**
 * The other process has time: it never runs hot enough for the compilers to be worth the memory that their code takes, some
 * 6 MiB in each agent.
 */
const SMALL = ['--no-opt', '--no-sparkplug'];

const MiB = 1024 * 1024;
/** What a control process needs with very many routers. */
const SMALLEST_HEAP = 64;

/**
 * Options that have the other process end by itself when its heap takes half of what both may have. In a container the kernel would
 * end both together (memory.oom.group): as Kubernetes sets it up, whoever exceeds the limit takes all others along. `limit`: of
 * the container, in octets; 0, or more than the host has: there is none.
 */
export function heapLimit(limit: number, hostMemory: number): readonly string[] {
  if (limit <= 0 || limit >= hostMemory) return [];
  return [`--max-old-space-size=${String(Math.max(SMALLEST_HEAP, Math.floor(limit / 2 / MiB)))}`];
}

/** proc(5), oom_score_adj: before every process that has not asked for the same. */
const KILLED_FIRST = '1000';

export type ControlProcessEvents = Readonly<{
  started: (pid: number) => void;
  message: (message: ToVrrp) => void;
  /** It ended; `restartInMs` tells when the next one starts, null: never. */
  ended: (how: string, restartInMs: number | null) => void;
}>;

/**
 * The other half of the agent: a child process with a channel. It is started again whenever it ends, and nothing here
 * waits for it.
 */
export class ControlProcess {
  #child: ChildProcess | null = null;
  #restart: NodeJS.Timeout | null = null;
  #backoff = FIRST_RESTART_MS;
  #startedAt = 0;
  #closing = false;

  #restarts = 0;

  /** `argumentFor`: the one argument of a start, given how many there were before it. */
  constructor(
    private readonly modulePath: string,
    private readonly argumentFor: (restarts: number) => string,
    private readonly events: ControlProcessEvents,
  ) {}

  start(): void {
    this.#startedAt = performance.now();
    const child = this.#fork();
    if (child === null) return;
    this.#child = child;
    child.on('message', (message) => {
      this.events.message(message as ToVrrp);
    });
    // A failed spawn reports an error and no exit; a failed send, an error while the child lives on.
    child.on('error', (error) => {
      if (child.pid === undefined) this.#ended(child, error.message);
    });
    child.on('exit', (code, signal) => {
      this.#ended(child, signal === null ? `exit status ${String(code)}` : `signal ${signal}`);
    });
    if (child.pid === undefined) return;
    offerWhenMemoryRunsOut(child.pid);
    this.events.started(child.pid);
  }

  /** null: the host refused, e.g. for want of memory, and is asked again later. */
  #fork(): ChildProcess | null {
    try {
      const child = fork(this.modulePath, [this.argumentFor(this.#restarts)], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        execArgv: [...process.execArgv, ...SMALL, ...heapLimit(process.constrainedMemory(), totalmem())],
      });
      this.#restarts++;
      return child;
    } catch (error) {
      this.#restartLater(error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  get connected(): boolean {
    return this.#child?.connected ?? false;
  }

  /** Hands a message to the channel; `done` is called when it is written or never will be. */
  send(message: ToControl, done: () => void): void {
    const child = this.#child;
    if (child === null || !child.connected) {
      done();
      return;
    }
    child.send(message, () => {
      done();
    });
  }

  /**
   * Closes the channel for good, after `lastWord`, which tells the other process to leave. Resolves when it has, or after
   * `graceMs`, when it is killed: it may be stopped, and then reads nothing.
   */
  async close(graceMs: number, lastWord: ToControl | null = null): Promise<void> {
    this.#closing = true;
    if (this.#restart !== null) clearTimeout(this.#restart);
    const child = this.#child;
    if (child === null) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        resolve();
      }, graceMs);
      child.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      const disconnect = (): void => {
        if (child.connected) child.disconnect();
      };
      if (lastWord === null) disconnect();
      else this.send(lastWord, disconnect);
    });
  }

  #ended(child: ChildProcess, how: string): void {
    if (this.#child !== child) return;
    this.#child = null;
    if (this.#closing) this.events.ended(how, null);
    else this.#restartLater(how);
  }

  #restartLater(how: string): void {
    if (performance.now() - this.#startedAt > HEALTHY_AFTER_MS) this.#backoff = FIRST_RESTART_MS;
    const delay = this.#backoff;
    this.#backoff = Math.min(2 * delay, LONGEST_RESTART_MS);
    this.#restart = setTimeout(() => {
      this.start();
    }, delay);
    this.events.ended(how, delay);
  }
}

/**
 * Has the kernel take this process when there is no memory left: it is the one that grows and can be had again, while by
 * size alone the VRRP process comes first as often. To name oneself takes no privilege; to protect the other one would.
 */
function offerWhenMemoryRunsOut(pid: number): void {
  try {
    writeFileSync(`/proc/${String(pid)}/oom_score_adj`, KILLED_FIRST);
  } catch {
    // It has ended already, or /proc is read-only: then the kernel chooses.
  }
}
