import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Lab } from '../../lab/lab.js';
import { wallClock } from '../../lab/libc.js';
import { missingPrivilege } from '../../scripts/missing-privilege.js';
import { Burners } from '../burners.js';
import { describeMachine, machineText } from '../machine.js';
import { missingProgram } from '../prerequisites.js';
import { timeText } from '../progress.js';
import { markdownTable, milliseconds } from '../report/table.js';
import { newDirectory } from '../results.js';
import type { Lateness } from './judge.js';
import { type LatenessOptions, readLatenessOptions } from './options.js';
import { Pair } from './pair.js';

/** How often it says that it is still at work; milliseconds. */
const TELL_EVERY = 30_000;
/** What starting left behind on the processors is over by then. */
const WARM_UP = 2_000;

const tell = (line: string): void => {
  console.error(line);
};

async function main(options: LatenessOptions): Promise<number> {
  const problem = missingPrivilege() ?? missingProgram(options.programs);
  if (problem !== null) {
    tell(`error: the bench cannot run, because ${problem}`);
    return 1;
  }
  const directory = options.directory ?? newDirectory();
  mkdirSync(directory, { recursive: true });
  // The laboratory's guard clears up when this process ends, however it ends.
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => process.exit(status));
  const machine = await describeMachine();
  const results = await measure(options);
  const text = [machineText(machine), sentence(options), table(results)].join('\n\n');
  writeFileSync(join(directory, 'lateness.md'), `${text}\n`);
  writeFileSync(
    join(directory, 'lateness.json'),
    `${JSON.stringify({ machine, options, results }, null, 2)}\n`,
  );
  console.log(text);
  return 0;
}

type Results = readonly Readonly<{ program: string; lateness: Lateness }>[];

async function measure({ programs, interval, duration, load, loadNice }: LatenessOptions): Promise<Results> {
  const labs: Lab[] = [];
  const burners: Burners[] = [];
  try {
    const pairs: Pair[] = [];
    for (const name of programs) {
      const lab = await Lab.open();
      labs.push(lab);
      pairs.push(await Pair.start(lab, name, interval));
    }
    if (load) burners.push(await Burners.start({ nice: loadNice }));
    await sleep(WARM_UP);
    const since = wallClock();
    await watch(pairs, since, duration);
    return pairs.map((pair) => ({ program: pair.program, lateness: pair.judge(since) }));
  } finally {
    for (const each of burners) await each.stop();
    for (const lab of labs) await lab.close();
  }
}

async function watch(pairs: readonly Pair[], since: number, duration: number): Promise<void> {
  tell(`Measuring for ${timeText(duration)}.`);
  for (let left = duration; left > 0; left = since + duration - wallClock()) {
    await sleep(Math.min(left, TELL_EVERY));
    const remaining = Math.max(0, since + duration - wallClock());
    const seen = pairs.map((pair) => {
      const { p999, falseFailovers } = pair.judge(since);
      return `${pair.program} p99.9 ${milliseconds(p999)} ms, ${String(falseFailovers)} false failovers`;
    });
    tell(`[${timeText(remaining)} left] ${seen.join('; ')}`);
  }
}

const sentence = ({ interval, duration, load, loadNice }: LatenessOptions): string =>
  `Adverts each ${String(interval)} ms for ${timeText(duration)}, all programs at the same time, ${
    load
      ? `every core busy with other work of nice ${String(loadNice)}; milliseconds.`
      : 'no load added; milliseconds.'
  }`;

const table = (results: Results): string =>
  markdownTable(
    [
      { head: 'program' },
      ...['adverts', 'median', 'p99', 'p99.9', 'max', 'false failovers'].map(
        (head) => ({ head, align: 'right' }) as const,
      ),
    ],
    results.map(({ program, lateness }) => [
      program,
      String(lateness.adverts),
      ...[lateness.median, lateness.p99, lateness.p999, lateness.max].map(milliseconds),
      String(lateness.falseFailovers),
    ]),
  );

process.exitCode = await main(readLatenessOptions(process.argv.slice(2)));
