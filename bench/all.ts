import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Command } from 'commander';

import { documentResults } from './document.js';
import { newDirectory } from './results.js';

/* Failover and punctuality, one after the other, into one folder: what `make bench` runs. */

type Raw = Readonly<{ document: boolean; times: string; out?: string; resume?: string }>;

async function main(): Promise<number> {
  const { document, times, out, resume } = new Command('npm run bench --')
    .description(
      'Runs bench:failover --full and bench:lateness, one after the other: three quarters of an hour (root).',
    )
    .option('--document', 'also write the results into docs/benchmarks.md', false)
    .option('--times <n>', 'so many times as many failovers', '1')
    .option('--resume <folder>', 'make what is still missing in this folder')
    .option('--out <folder>', 'where results go (default: a new folder of build/bench)')
    .parse()
    .opts<Raw>();
  const directory = resume ?? out ?? newDirectory();
  const asked =
    resume === undefined ? ['--full', '--times', times, '--out', directory] : ['--resume', resume];
  const failover = await bench('failover/main.ts', asked);
  if (failover !== 0) return failover;
  if (!existsSync(join(directory, 'lateness.md'))) {
    const lateness = await bench('lateness/main.ts', ['--out', directory]);
    if (lateness !== 0) return lateness;
  }
  console.error(`Results are in ${directory}.`);
  if (document)
    console.error(`docs/benchmarks.md has new sections: ${documentResults(directory).join(', ')}.`);
  return 0;
}

/** Runs one; resolves with its exit status. Ctrl-C reaches it by itself. */
function bench(script: string, argv: readonly string[]): Promise<number> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...argv], { stdio: 'inherit' });
  // A terminal tells both; who ends this one alone means the other as well.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      resolve(code ?? 1);
    });
  });
}

process.exitCode = await main();
