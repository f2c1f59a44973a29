import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { missingPrivilege } from '../../scripts/missing-privilege.js';
import { Burners } from '../burners.js';
import { type Machine, describeMachine } from '../machine.js';
import { missingProgram } from '../prerequisites.js';
import { newDirectory } from '../results.js';
import { type PlannedRun, runKey } from './cell.js';
import { expectedTime } from './estimate.js';
import { Progress } from '../progress.js';
import { type Options, readOptions } from './options.js';
import { perform } from './perform.js';
import { plan, remaining } from './plan.js';
import { writeReport } from './report.js';
import { CSV_HEADER, type Row, csvLine, isFinished, readCsv } from './row.js';

const FILE = 'failover.csv';
/** What was asked for, for those who go on. */
const PLAN = 'plan.json';

const tell = (line: string): void => {
  console.error(line);
};

async function main(options: Options): Promise<number> {
  const directory = options.directory ?? newDirectory();
  const csv = join(directory, FILE);
  const refusal = refusalOf(options, directory, csv);
  if (refusal !== null) {
    tell(`error: ${refusal}`);
    return 1;
  }
  if (!options.reportOnly)
    await measureInto(directory, csv, options.resume ? { ...options, ...plannedIn(directory) } : options);
  const rows = readCsv(readFileSync(csv, 'utf8'));
  console.log(writeReport(directory, rows));
  return rows.some(isFinished) ? 0 : 1;
}

/** Why there is nothing to be done, with what to do instead; null: there is. */
function refusalOf({ resume, reportOnly, stages }: Options, directory: string, csv: string): string | null {
  const there = existsSync(csv) && (!resume || existsSync(join(directory, PLAN)));
  if ((resume || reportOnly) && !there)
    return `${csv} does not exist; name a folder in which an earlier bench wrote its results`;
  if (reportOnly) return null;
  if (existsSync(csv) && !resume)
    return `${csv} exists; --resume ${directory} goes on with it, another --out begins anew`;
  const problem = missingPrivilege() ?? missingProgram(stages.flatMap(({ request }) => request.programs));
  return problem === null ? null : `the bench cannot run, because ${problem}`;
}

async function measureInto(directory: string, csv: string, options: Options): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const before = existsSync(csv) ? readCsv(readFileSync(csv, 'utf8')) : [];
  // Without a last line that was cut off.
  writeFileSync(`${csv}.new`, [CSV_HEADER, ...before.map(csvLine), ''].join('\n'));
  renameSync(`${csv}.new`, csv);
  writeFileSync(
    join(directory, PLAN),
    `${JSON.stringify({ stages: options.stages, loadNice: options.loadNice })}\n`,
  );
  const machine: Machine = await describeMachine();
  writeFileSync(join(directory, 'machine.json'), `${JSON.stringify(machine, null, 2)}\n`);
  const done = doneIn(before);
  const stages = options.stages.map(({ request, lanes }) => ({
    runs: remaining(plan(request), done),
    lanes,
  }));
  const progress = progressOf(stages);
  tell(`${progress.text}, into ${csv}`);
  const stop = stopOnSignal(directory);
  for (const { runs, lanes } of stages)
    // With and without load are two conditions of the machine: not at the same time.
    for (const load of [false, true]) {
      const some = runs.filter(({ cell }) => cell.load === load);
      if (some.length === 0) continue;
      const burners = load ? await Burners.start({ nice: options.loadNice }) : null;
      try {
        await perform(some, { directory, csv, lanes, tell, progress });
      } finally {
        await burners?.stop();
      }
    }
  stop();
}

function progressOf(stages: readonly Readonly<{ runs: readonly PlannedRun[]; lanes: number }>[]): Progress {
  const parts = stages.flatMap(({ runs, lanes }) => runs.map((run) => expectedTime(run) / lanes));
  return new Progress(
    parts.length,
    parts.reduce((sum, part) => sum + part, 0),
  );
}

function plannedIn(directory: string): Pick<Options, 'stages' | 'loadNice'> {
  return JSON.parse(readFileSync(join(directory, PLAN), 'utf8')) as Pick<Options, 'stages' | 'loadNice'>;
}

function doneIn(rows: readonly Row[]): ReadonlySet<string> {
  return new Set(rows.filter(isFinished).map(runKey));
}

/** What was measured is in the file, and the laboratory's guard clears up when this process ends. Returns how to stop listening. */
function stopOnSignal(directory: string): () => void {
  const interrupted = (signal: NodeJS.Signals): void => {
    tell(
      `\nInterrupted. Nothing is lost: --resume ${directory} goes on, --report ${directory} shows what there is.`,
    );
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted);
  return () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupted);
  };
}

process.exitCode = await main(readOptions(process.argv.slice(2)));
