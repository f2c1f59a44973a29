import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { measure } from './cost/measure.js';
import { type Outcome, figuresOf, sumOf } from './cost/figures.js';
import { csvOf, figuresTable, verdictTable } from './cost/output.js';
import {
  FULL,
  type Measurement,
  type Role,
  SMOKE,
  type Settings,
  measurements,
  scenariosOf,
} from './cost/plan.js';
import { describeMachine, machineText } from './machine.js';
import { replaceSection } from './report/documents.js';

const HELP = `What the agent costs, next to keepalived: processor time, memory, and the time from the start to the first advert.

  npm run bench:cost -- [OPTIONS]

Every program runs alone, one after the other, in network namespaces of its own; takes root. Writes a CSV file to build/bench/.
The whole of it takes about an hour and a half. LAB_AGENT=FILE measures another build than that of this checkout.

  --smoke            only show that it works: 20 routers, some seconds
  --routers N,N…     numbers of virtual routers (default ${numbersOf(FULL).join()})
  --as ROLE          Active or Backup (default: both)
  --runs N           how often everything is measured; the middle one counts (default ${String(FULL.runs)})
  --seconds N        how long each is watched (default ${String(FULL.seconds)})
  --settle N         from when on, in seconds after the start (default ${String(FULL.settle)}; keepalived: 15 at most)
  --no-cluster       leave out the runs with an API server
  --document         also write the result into docs/benchmarks.md
  --help             print this
`;

const FOLDER = 'build/bench';
const PAGE = 'docs/benchmarks.md';
const ROLES: readonly Role[] = ['Active', 'Backup'];

class WrongUsage extends Error {}

function settingsFrom(given: ReturnType<typeof options>): Settings {
  const base = given.smoke === true ? SMOKE : FULL;
  const number = (name: 'runs' | 'seconds' | 'settle'): number =>
    given[name] === undefined ? base[name] : positive(name, given[name]);
  const counts =
    given.routers === undefined
      ? numbersOf(base)
      : given.routers.split(',').map((text) => positive('routers', text));
  if (given.as !== undefined && !ROLES.some((role) => role === given.as))
    throw new WrongUsage(`--as is "${given.as}", not one of ${ROLES.join(', ')}`);
  return {
    scenarios: scenariosOf(counts, given.as === undefined ? ROLES : [given.as as Role]),
    runs: number('runs'),
    seconds: number('seconds'),
    settle: number('settle'),
    cluster: base.cluster && given['no-cluster'] !== true,
  };
}

function options() {
  try {
    return parseArgs({
      options: {
        smoke: { type: 'boolean' },
        routers: { type: 'string' },
        as: { type: 'string' },
        runs: { type: 'string' },
        seconds: { type: 'string' },
        settle: { type: 'string' },
        'no-cluster': { type: 'boolean' },
        document: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new WrongUsage(error instanceof Error ? error.message : String(error));
  }
}

function numbersOf({ scenarios }: Settings): readonly number[] {
  return [...new Set(scenarios.map(({ routers }) => routers))];
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new WrongUsage(`--${name} is "${text}", not a whole number above 0`);
  return value;
}

async function run(settings: Settings): Promise<readonly Outcome[]> {
  const all = measurements(settings);
  const outcomes: Outcome[] = [];
  for (const [index, measurement] of all.entries()) {
    process.stderr.write(`${String(index + 1)}/${String(all.length)} ${nameOf(measurement)} …`);
    const outcome = await measure(measurement, settings);
    outcomes.push(outcome);
    const cpu = (100 * sumOf(outcome, 'cpuSeconds')) / outcome.seconds;
    process.stderr.write(` ${cpu.toFixed(2)} % CPU, ${outcome.resident.toFixed(1)} MiB\n`);
  }
  return outcomes;
}

const nameOf = ({ subject, routers, role, run: number }: Measurement): string =>
  `${subject}, ${String(routers)} routers, ${role}, run ${String(number)}`;

async function main(): Promise<void> {
  const given = options();
  if (given.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const settings = settingsFrom(given);
  if (process.getuid?.() !== 0) throw new WrongUsage('network namespaces take root');
  const machine = await describeMachine();
  const outcomes = await run(settings);
  const figures = figuresOf(outcomes);
  const text = [figuresTable(figures), verdictTable(figures), machineText(machine)].join('\n\n');
  process.stdout.write(`${text}\n`);
  mkdirSync(FOLDER, { recursive: true });
  const file = `${FOLDER}/cost.csv`;
  writeFileSync(file, csvOf(outcomes));
  process.stderr.write(`Every run is in ${file}\n`);
  if (given.document === true) writeFileSync(PAGE, replaceSection(readFileSync(PAGE, 'utf8'), 'cost', text));
}

try {
  await main();
} catch (error) {
  if (!(error instanceof WrongUsage)) throw error;
  process.stderr.write(`error: ${error.message}\n(npm run bench:cost -- --help tells more)\n`);
  process.exitCode = 2;
}
