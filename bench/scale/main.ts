import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

import { kubernetesPrograms } from '../../lab/cluster/programs.js';
import { Lab } from '../../lab/lab.js';
import { missingPrivilege } from '../../scripts/missing-privilege.js';
import { describeMachine, machineText } from '../machine.js';
import { missingProgram } from '../prerequisites.js';
import { timeText } from '../progress.js';
import { replaceSection } from '../report/documents.js';
import { apply } from './apply.js';
import { type ScaleFigures, allProblems } from './figures.js';
import { type ScaleOptions, readScaleOptions } from './options.js';
import { applyTable, remarks, requestsTable, verdictTable, watchedTable } from './output.js';
import { soak } from './soak.js';
import { Stage, type StageSettings } from './stage.js';
import { steady } from './steady.js';
import { tenthOf } from './workload.js';

const PAGE = 'docs/benchmarks.md';
const FOLDER = 'build/bench';
/** So few at a time that a thousand agents and the operator are refused again and again. */
const THROTTLED = { reading: 4, writing: 2 };

const begun = performance.now();
let lab: Lab | null = null;

const say = (about: string) => (text: string) => {
  process.stderr.write(`[${timeText(performance.now() - begun).padStart(6)}] ${about}: ${text}\n`);
};

/** Does something on a new cluster, which is gone afterwards. */
async function on<Result>(
  programs: string,
  settings: StageSettings,
  play: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  const opened = await Lab.open();
  lab = opened;
  try {
    return await play(await Stage.open(opened, programs, settings));
  } finally {
    lab = null;
    await opened.close();
  }
}

async function run(options: ScaleOptions, programs: string): Promise<ScaleFigures> {
  const { size, profile, workers, troubles } = options;
  const calm = (about: string, of = size): StageSettings => ({
    ...{ size: of, operator: { profile, workers }, say: say(about) },
    apiServer: { inFlight: null },
  });
  const tenth = options.tenth
    ? await on(programs, calm('a tenth', tenthOf(size)), async (stage) => ({
        apply: await apply(stage),
        steady: await steady(stage, options.steady),
      }))
    : null;
  const whole = await on(programs, calm('undisturbed'), async (stage) => ({
    apply: await apply(stage),
    steady: await steady(stage, options.steady),
    soak: options.soak > 0 ? await soak(stage, options.soak, options.churn) : null,
  }));
  const throttled = troubles.includes('throttled')
    ? await on(programs, { ...calm('throttling'), apiServer: { inFlight: THROTTLED } }, (stage) =>
        apply(stage),
      )
    : null;
  const restarted = troubles.includes('restarted')
    ? await on(programs, calm('restarted'), (stage) => apply(stage, restartHalfway))
    : null;
  return { ...{ tenth, throttled, restarted }, ...whole };
}

async function restartHalfway({ view, size, controlPlane, say: tell }: Stage): Promise<void> {
  await view.whenWritten(Math.ceil(size.virtualIPs / 2), 900_000);
  tell(`killing kube-apiserver: ${String(view.written)} VirtualRouters are written`);
  await controlPlane.killApiServer();
  await controlPlane.startApiServer();
  tell('kube-apiserver is ready again');
}

function missing(): string | null {
  const privilege = missingPrivilege();
  if (privilege !== null) return `${privilege}: the mounts of etcd and operator take root`;
  if (spawnSync('etcd', ['--version']).status !== 0)
    return 'there is no etcd; install the package etcd-server';
  return missingProgram(['kube-vrrp']);
}

async function main(): Promise<void> {
  const options = readScaleOptions(process.argv.slice(2));
  const problem = missing();
  if (problem !== null) {
    process.stderr.write(`error: ${problem}\n`);
    process.exitCode = 1;
    return;
  }
  const machine = await describeMachine();
  const figures = await run(options, await kubernetesPrograms());
  const text = [
    ...[verdictTable(figures), applyTable(figures), requestsTable(figures), watchedTable(figures)],
    ...[remarks(figures), machineText(machine)],
  ].join('\n\n');
  process.stdout.write(`${text}\n`);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}/scale.md`, `${text}\n`);
  writeFileSync(`${FOLDER}/scale.json`, JSON.stringify(figures, asPlain, 2));
  if (options.document) writeFileSync(PAGE, replaceSection(readFileSync(PAGE, 'utf8'), 'scale', text));
  for (const wrong of allProblems(figures)) process.stderr.write(`wrong: ${wrong}\n`);
  if (allProblems(figures).length > 0) process.exitCode = 1;
}

const asPlain = (_key: string, value: unknown): unknown =>
  value instanceof Map ? Object.fromEntries(value as ReadonlyMap<string, unknown>) : value;

/** Ctrl-C: what was started ends, and what was written goes. */
function interrupted(signal: NodeJS.Signals): void {
  process.stderr.write(`\n${signal}: removing what was started\n`);
  const closing = lab?.close() ?? Promise.resolve();
  void closing.catch(() => undefined).then(() => process.exit(130));
}
process.once('SIGINT', interrupted);
process.once('SIGTERM', interrupted);

await main();
