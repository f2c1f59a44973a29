import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { generate } from './generate.js';
import { reportFailure, tell } from './report/failure.js';
import { summary } from './report/summary.js';
import type { Schedule } from './schedule.js';
import { runSmallWorlds } from './small-world/report.js';

import { runSeeds } from './workers.js';

const HELP = `Hunts for two holders of one address: runs real agents on simulated hosts and a simulated LAN, under a virtual clock, and
looks at all times whether what must hold does. docs/simulation.md tells what that is.

Usage: make simulate [SEEDS=n] [FROM=n] [HOURS=n] [SLOW=yes] [WORKERS=n]
       node --import tsx simulation/main.ts [options]

  --seeds <n>      so many schedules (default: 20000)
  --from <n>       the first seed (default: 1)
  --hours <n>      instead: until so many hours of virtual routers were simulated
  --slow           with the longest intervals only: as many events are many more hours
  --workers <n>    processes (default: one per core)
  --seed <n>       this one only, told in full
  --schedule <file>  a schedule as a failure leaves it behind, told in full
  --depth <n>      instead: every interleaving of events in small worlds, to this depth
  --out <folder>   where failures are written to (default: build/simulation)
  -h, --help       this

Exit status: 0 when nothing is wrong, 1 when a property was violated, 2 for wrong usage.`;

const options = {
  seeds: { type: 'string', default: '20000' },
  from: { type: 'string', default: '1' },
  hours: { type: 'string' },
  slow: { type: 'boolean', default: false },
  workers: { type: 'string', default: String(availableParallelism()) },
  seed: { type: 'string' },
  schedule: { type: 'string' },
  depth: { type: 'string' },
  out: { type: 'string', default: 'build/simulation' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Failures that are shortened and told; more of them are counted. */
const TOLD = 3;

// Whoever reads along may have read enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  if (values.seed !== undefined) return tellOne(generate(numberOf('seed', values.seed), values.slow));
  if (values.schedule !== undefined)
    return tellOne(JSON.parse(readFileSync(values.schedule, 'utf8')) as Schedule);

  if (values.depth !== undefined) return runSmallWorlds(numberOf('depth', values.depth));

  const began = performance.now();
  const tally = await runSeeds({
    from: numberOf('from', values.from),
    seeds: values.hours === undefined ? numberOf('seeds', values.seeds) : Number.MAX_SAFE_INTEGER,
    hours: values.hours === undefined ? Infinity : numberOf('hours', values.hours),
    slow: values.slow,
    workers: Math.max(1, numberOf('workers', values.workers)),
  });
  for (const line of summary(tally, (performance.now() - began) / 1_000)) console.log(line);
  const failures = [...tally.failures].sort((one, other) => one.seed - other.seed);
  for (const failure of failures.slice(0, TOLD))
    for (const line of [
      '',
      ...(await reportFailure(generate(failure.seed, values.slow), failure.violation, values.out)),
    ])
      console.log(line);
  if (failures.length > 0) console.log(`\nSeeds that failed: ${failures.map(({ seed }) => seed).join(' ')}`);
  return failures.length === 0 ? 0 : 1;
}

async function tellOne(schedule: Schedule): Promise<number> {
  const { violation, lines } = await tell(schedule);
  for (const line of lines) console.log(line);
  return violation === null ? 0 : 1;
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (!(value >= 0)) throw new TypeError(`--${name} wants a number, not "${text}"`);
  return value;
}

try {
  process.exitCode = await main();
} catch (error) {
  // Of parseArgs and of numberOf; anything else is ours to see in full.
  if (!(error instanceof TypeError)) throw error;
  console.error(`${error.message} (--help tells more)`);
  process.exitCode = 2;
}
