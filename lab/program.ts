import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * What a program of a host finds in its environment: as little as a service does. Whoever runs the laboratory may have set more for himself,
 * and pay for it: each process of Node.js reads the certificates of NODE_EXTRA_CA_CERTS before it does anything else.
 */
function serviceEnvironment(): Readonly<Record<string, string | undefined>> {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR };
}

/** A program that runs inside a host. */
export class Program {
  readonly pid: number;
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>;
  #running = true;

  private constructor(
    readonly name: string,
    readonly child: ChildProcess,
  ) {
    this.pid = child.pid ?? 0;
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#running = false;
        resolve(signal ?? code ?? 0);
      });
    });
  }

  /** Starts `argv`; each line of its output goes to `line`, unless `raw` takes the bytes of standard output. */
  static async start(
    argv: readonly string[],
    options: Readonly<{
      line?: (text: string) => void;
      raw?: (chunk: Buffer) => void;
      environment?: Readonly<Record<string, string>>;
      directory?: string;
    }> = {},
  ): Promise<Program> {
    const [file = '', ...rest] = argv;
    const child = spawn(file, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...serviceEnvironment(), ...options.environment },
      ...(options.directory === undefined ? {} : { cwd: options.directory }),
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    const { line = () => undefined, raw } = options;
    if (raw === undefined) createInterface({ input: child.stdout }).on('line', line);
    else child.stdout.on('data', raw);
    createInterface({ input: child.stderr }).on('line', line);
    return new Program(file, child);
  }

  get running(): boolean {
    return this.#running;
  }

  /** Signals this one process. */
  signal(signal: NodeJS.Signals): void {
    signalProcess(this.pid, signal);
  }

  /** Signals the process and all its descendants; the parent first, so that it cannot react to a child's end. */
  signalTree(signal: NodeJS.Signals): void {
    for (const pid of this.tree()) signalProcess(pid, signal);
  }

  /** The process and all its descendants, parents before children. */
  tree(): number[] {
    return this.#running ? processTree(this.pid) : [];
  }

  /** Asks it to end and waits until it has. */
  async terminate(): Promise<void> {
    this.signal('SIGTERM');
    await this.ended;
  }

  /** Ends it and all its descendants at once: none of them gets to react to the end of another. */
  async kill(): Promise<void> {
    const tree = this.tree();
    for (const signal of ['SIGSTOP', 'SIGKILL'] as const) for (const pid of tree) signalProcess(pid, signal);
    await this.ended;
  }
}

/** Sends a signal; a process that is gone is not an error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    const parent = Number.isInteger(pid) ? parentOf(pid) : null;
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The name in parentheses may contain anything; the parent is the second field after it.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}
