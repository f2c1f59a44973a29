import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { missingSupport } from '../lab/cluster/machine.js';
import { missingPrivilege } from './missing-privilege.js';

/*
 * Runs the tests of the named groups, or all that need no cluster, and closes with one line: `N passed, N failed, N skipped`.
 * One run of node's test runner per group, because what a group may do at the same time differs.
 */

type Group = Readonly<{
  name: string;
  /** The folders of test/ that are the group's, in this order; null: all that no other group has. */
  folders: readonly string[] | null;
  /** Needs root and the right to make network namespaces. */
  privileged: boolean;
  /** Needs a Kubernetes on this machine, or the other one that `E2E_KUBECONFIG` names. */
  onCluster?: boolean;
  /** Test files that run at the same time. */
  concurrency: number;
  /** A file that takes longer is ended, in milliseconds. Far above what any takes: it guards, it does not measure. */
  timeout: number;
  /** Runs only when it is named. */
  onRequest?: boolean;
  /** A command that gets the test runner's as its last arguments, and runs it with what it needs around it. */
  within?: readonly string[];
  /** In place of that on another cluster: a program that is run with `begin` before the tests, and with `end` after them. */
  elsewhere?: string;
}>;

type Totals = { passed: number; failed: number; skipped: number; failures: readonly string[] };

const GROUPS: readonly Group[] = [
  { name: 'unit', folders: null, privileged: false, concurrency: availableParallelism(), timeout: 900_000 },
  // Helm renders the chart; it is fetched when it is not in the cache.
  { name: 'deploy', folders: ['deploy'], privileged: false, concurrency: 2, timeout: 900_000 },
  { name: 'kernel', folders: ['kernel'], privileged: true, concurrency: 2, timeout: 600_000 },
  // These wait for timers of the protocol most of the time. How many scenarios run at once they settle among themselves
  // (test/netns/support/slots.ts); more files than that wait, so that no place is empty while there is something to do.
  { name: 'netns', folders: ['netns'], privileged: true, concurrency: 9, timeout: 900_000 },
  // All against one cluster, so one after another; the cluster itself first.
  {
    ...{ name: 'e2e', folders: ['cluster', 'e2e'], privileged: true, concurrency: 1, timeout: 1_800_000 },
    ...{ onRequest: true, onCluster: true },
    within: [process.execPath, '--import', 'tsx', 'lab/cluster/main.ts', 'run', '--'],
    elsewhere: 'test/e2e/other-cluster.ts',
  },
];

const BUILD = 'build/tests';

/** Files of a group, those first that want the machine for themselves: later they would wait until nothing else runs. */
function testFiles(group: Group): readonly string[] {
  const files = filesOf(group);
  const isAlone = (file: string): boolean => /\balone: true\b/.test(readFileSync(file, 'utf8'));
  return [...files.filter(isAlone), ...files.filter((file) => !isAlone(file))];
}

function filesOf(group: Group): readonly string[] {
  const all = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join('test', file))
    .sort();
  const inFolder = (folder: string): string[] => all.filter((file) => file.split('/')[1] === folder);
  if (group.folders !== null) return group.folders.flatMap(inFolder);
  const claimed = GROUPS.flatMap(({ folders }) => folders ?? []).flatMap(inFolder);
  return all.filter((file) => !claimed.includes(file));
}

/** Another cluster than the one that the laboratory starts. Not KUBECONFIG, which may name anybody's by habit. */
const foreignCluster = (process.env['E2E_KUBECONFIG'] ?? '') !== '';

/** Why a group cannot run here, as the end of a sentence; null: it can. */
function hindrance({ privileged, onCluster }: Group): string | null {
  if (onCluster === true) return foreignCluster ? null : missingSupport();
  return privileged ? missingPrivilege() : null;
}

/** Shouts, and counts the tests as they are written: without running them nothing else is known. */
function skipped(files: readonly string[], group: Group, because: string): Totals {
  const count = files
    .map((file) => readFileSync(file, 'utf8').match(/^\s*(?:test|it|scenario|anywhere)\(/gm)?.length ?? 1)
    .reduce((sum, tests) => sum + tests, 0);
  const line = '!'.repeat(100);
  console.log(
    `${line}\n!! SKIPPED: the ${group.name} tests (at least ${String(count)}), because ${because}.`,
  );
  console.log(`!! They show that the program works on a real kernel. Run them as root.\n${line}`);
  return { passed: 0, failed: 0, skipped: count, failures: [] };
}

/** Runs the tests of a group, with what it needs around them. */
async function play(files: readonly string[], group: Group): Promise<Totals> {
  if (!foreignCluster || group.elsewhere === undefined) return run(files, group);
  const failure = { passed: 0, failed: 1, skipped: 0, failures: [`${group.name}: see above`] };
  if (!succeeds(group.elsewhere, 'begin')) return failure;
  const totals = await run(files, group);
  return succeeds(group.elsewhere, 'end') ? totals : { ...totals, failed: totals.failed + 1 };
}

const succeeds = (...argv: readonly string[]): boolean =>
  spawnSync(process.execPath, ['--import', 'tsx', ...argv], { stdio: 'inherit' }).status === 0;

function run(files: readonly string[], group: Group): Promise<Totals> {
  const counts = join(BUILD, `${group.name}.json`);
  rmSync(counts, { force: true });
  const within = foreignCluster ? undefined : group.within;
  const [program = process.execPath, ...first] = within ?? [];
  const child = spawn(
    program,
    [
      ...first,
      ...(within === undefined ? [] : [process.execPath]),
      ...['--import', 'tsx', '--test'],
      `--test-concurrency=${String(group.concurrency)}`,
      `--test-timeout=${String(group.timeout)}`,
      ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
      ...['--test-reporter=./scripts/totals-reporter.mjs', `--test-reporter-destination=${counts}`],
      ...files,
    ],
    { stdio: 'inherit' },
  );
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      resolve(totalsOf(counts, code === 0, signal ?? `exit status ${String(code)}`));
    });
  });
}

type Written = Readonly<{ counts: Readonly<Record<string, number>>; failures: readonly string[] }>;

function totalsOf(file: string, succeeded: boolean, ending: string): Totals {
  let written: Written = { counts: {}, failures: [] };
  try {
    written = JSON.parse(readFileSync(file, 'utf8')) as Written;
  } catch {
    console.error(`node's test runner ended without its counts: ${ending}`);
  }
  const { pass = 0, fail = 0, cancelled = 0, skipped = 0, todo = 0 } = written.counts;
  const failed = fail + cancelled;
  // A runner that fails without a failed test (it crashed, say) is a failure as well.
  return {
    passed: pass,
    failed: failed === 0 && !succeeded ? 1 : failed,
    skipped: skipped + todo,
    failures: written.failures,
  };
}

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.find((name) => !GROUPS.some((group) => group.name === name));
  if (unknown !== undefined) {
    console.error(
      `No group of tests is named ${unknown}; there are ${GROUPS.map(({ name }) => name).join(', ')}.`,
    );
    return 2;
  }
  mkdirSync(BUILD, { recursive: true });
  const written = join(BUILD, `${['totals', ...names].join('-')}.json`);
  rmSync(written, { force: true });
  const sum: Totals = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const group of GROUPS) {
    const wanted = names.length === 0 ? group.onRequest !== true : names.includes(group.name);
    const files = wanted ? testFiles(group) : [];
    if (files.length === 0) continue;
    console.log(`\n== ${group.name}: ${String(files.length)} files`);
    const problem = hindrance(group);
    const totals = problem === null ? await play(files, group) : skipped(files, group, problem);
    sum.passed += totals.passed;
    sum.failed += totals.failed;
    sum.skipped += totals.skipped;
    sum.failures = [...sum.failures, ...totals.failures];
  }
  writeFileSync(written, JSON.stringify(sum));
  if (sum.failures.length > 0) console.log(`\nFailed:${sum.failures.map((name) => `\n  ${name}`).join('')}`);
  console.log(`\n${String(sum.passed)} passed, ${String(sum.failed)} failed, ${String(sum.skipped)} skipped`);
  return sum.failed === 0 && sum.passed + sum.skipped > 0 ? 0 : 1;
}

// Ctrl-C reaches the test runner as well; wait for it, so that the tests clean up.
process.on('SIGINT', () => undefined);
process.exitCode = await main(process.argv.slice(2));
