import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Tally, addTally, emptyTally } from './explore.js';

export type Assignment = Readonly<{
  from: number;
  /** So many at most. */
  seeds: number;
  /** No new ones once so many hours of virtual routers were simulated. */
  hours: number;
  workers: number;
  /** With the longest intervals only. */
  slow: boolean;
}>;

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));
/** Seeds at a time: some tenths of a second. */
const PORTION = 100;
/** After so many failures there is something to be mended first. */
const MOST_FAILURES = 50;

/** Shares the seeds among processes, and tells on standard error how far they are. */
export async function runSeeds({ from, seeds, hours, workers, slow }: Assignment): Promise<Tally> {
  const tally = emptyTally();
  const progress = new Progress(tally, seeds, hours);
  let next = from;
  const wanted = (): boolean =>
    next < from + seeds && tally.routerHours < hours && tally.failures.length < MOST_FAILURES;
  const work = async (): Promise<void> => {
    const child = fork(WORKER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    try {
      while (wanted()) {
        const first = next;
        next = Math.min(first + PORTION, from + seeds);
        addTally(tally, await portion(child, { from: first, to: next, slow }));
        progress.tell();
      }
    } finally {
      child.disconnect();
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  progress.end();
  return tally;
}

type Portion = Readonly<{ from: number; to: number; slow: boolean }>;

function portion(child: ChildProcess, { from, to, slow }: Portion): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const ended = (): void => {
      reject(new Error(`the process that ran seeds ${String(from)} to ${String(to - 1)} has ended`));
    };
    child.once('exit', ended);
    child.once('message', (tally) => {
      child.off('exit', ended);
      resolve(tally as Tally);
    });
    child.send({ from, to, slow });
  });
}

const REPORT_EVERY_MS = 5_000;

/** A line that is written over on a terminal, and now and then a new one elsewhere. */
class Progress {
  readonly #began = performance.now();
  #told = performance.now();

  constructor(
    private readonly tally: Tally,
    private readonly seeds: number,
    private readonly hours: number,
  ) {}

  tell(): void {
    const now = performance.now();
    const terminal = process.stderr.isTTY;
    if (!terminal && now - this.#told < REPORT_EVERY_MS) return;
    this.#told = now;
    const { schedules, routerHours, failures } = this.tally;
    const done = Number.isFinite(this.hours)
      ? `${routerHours.toFixed(0)} of ${String(this.hours)} router-hours`
      : `${String(schedules)} of ${String(this.seeds)} schedules`;
    const rate = schedules / ((now - this.#began) / 1_000);
    const line = `simulating: ${done}, ${rate.toFixed(0)}/s, ${String(failures.length)} failed`;
    process.stderr.write(terminal ? `\r\u001b[K${line}` : `${line}\n`);
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  }
}
