import { existsSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { Lab } from '../../lab/lab.js';
import type { Program } from '../../lab/program.js';
import { VIRTUAL_ROUTERS } from '../../src/platform/kube/resources.js';
import type { Outcome, ProcessFigures } from './figures.js';
import { type Measurement, type Settings, settleTime } from './plan.js';
import { type Usage, memoryOf, since, usageOf } from './process-usage.js';
import {
  API_PORT,
  type CommandLine,
  type Router,
  commandLine,
  routersOf,
  strongerRouters,
  virtualRouter,
} from './programs.js';
import { residentTogether } from './resident-pages.js';
import { Stage } from './stage.js';

const API_SERVER = fileURLToPath(new URL('../../test/support/fake-api-server.ts', import.meta.url));
/** For a thousand routers on a machine that has other things to do. */
const PATIENCE = 60_000;

/** Measures one program once, in namespaces that are gone afterwards. Throws when it does not do what it should. */
export async function measure(
  measurement: Measurement,
  settings: Pick<Settings, 'seconds' | 'settle'>,
): Promise<Outcome> {
  const lab = await Lab.open();
  try {
    return await onStage(await Stage.create(lab, measurement.interfaces), measurement, settings);
  } finally {
    await lab.close();
  }
}

async function onStage(
  stage: Stage,
  measurement: Measurement,
  { seconds, settle }: Pick<Settings, 'seconds' | 'settle'>,
): Promise<Outcome> {
  const { role, subject } = measurement;
  const routers = routersOf(measurement);
  if (role === 'Backup') await startStronger(stage, strongerRouters(measurement));
  const line = commandLine(subject, role, routers, stage.folder);
  await prepareCluster(stage, measurement, routers, line);

  const firstAdvert = role === 'Active' ? await awaitFirstAdvert(stage) : null;
  const startedAt = Date.now();
  const { program } = await started(stage, line, routers.length);
  const advertAt = (await firstAdvert?.()) ?? null;
  await pass(settleTime(subject, settle) * 1_000);
  const figures = await watched(stage, program, measurement, seconds);
  const result: Outcome = {
    ...measurement,
    ...figures,
    firstAdvert: advertAt === null ? null : advertAt - startedAt,
  };
  await program.terminate();
  return result;
}

/** What the processes of the program use, and what crosses the segments, for a while. */
async function watched(
  stage: Stage,
  program: Program,
  { role, subject }: Measurement,
  seconds: number,
): Promise<Pick<Outcome, 'seconds' | 'adverts' | 'processes' | 'resident'>> {
  const side = role === 'Active' ? 'other' : 'measured';
  const silent = role === 'Active' ? 'measured' : 'other';
  const pids = program.tree();
  const counted = [await stage.advertsAt(side), await stage.advertsAt(silent)] as const;
  const before = pids.map(usageOf);
  const from = performance.now();
  await pass(seconds * 1_000);
  const after = pids.map(usageOf);
  const passed = (performance.now() - from) / 1_000;
  const adverts = (await stage.advertsAt(side)) - counted[0];
  const strays = (await stage.advertsAt(silent)) - counted[1];
  if (!program.running) throw new Error(`${subject} ended while it was watched`);
  if (adverts === 0) throw new Error(`no advert crossed the segment while ${subject} was watched`);
  if (strays > 0) throw new Error(`${subject} did not stay ${role}: there were adverts of both sides`);
  const none: Usage = { cpuSeconds: 0, voluntary: 0, involuntary: 0 };
  const processes = pids.map((pid, index): ProcessFigures => ({
    ...since(before[index] ?? none, after[index] ?? none),
    ...memoryOf(pid),
  }));
  return { seconds: passed, adverts, processes, resident: residentTogether(pids) };
}

/** Resolves when all routers have told that they have their role. */
async function started(
  stage: Stage,
  { argv, environment, tells }: CommandLine,
  routers: number,
): Promise<{ program: Program }> {
  const last: string[] = [];
  let told = 0;
  let all: () => void = () => undefined;
  const complete = new Promise<void>((resolve) => (all = resolve));
  const program = await stage.start(argv, environment, (line) => {
    last.push(line);
    if (last.length > 10) last.shift();
    if (tells.test(line) && ++told === routers) all();
  });
  const failed = (why: string): never => {
    throw new Error(
      `${why}: ${String(told)} of ${String(routers)} routers had their role; its last lines:\n${last.join('\n')}`,
    );
  };
  const gaveUp = new AbortController();
  await Promise.race([
    complete,
    program.ended.then((how) => failed(`${argv[0] ?? ''} ended (${String(how)})`)),
    pass(PATIENCE, undefined, { signal: gaveUp.signal, ref: false }).then(() =>
      failed(`${argv[0] ?? ''} took too long`),
    ),
  ]);
  gaveUp.abort();
  return { program };
}

/** Resolves when the router that keeps the measured one a Backup advertises for all. */
async function startStronger(stage: Stage, routers: readonly Router[]): Promise<void> {
  const folder = stage.lab.directory;
  const { argv, tells } = commandLine('keepalived', 'Active', routers, folder);
  let told = 0;
  await new Promise<void>((resolve, reject) => {
    stage
      .startOther(argv, (line) => {
        if (tells.test(line) && ++told === routers.length) resolve();
      })
      .then((program) =>
        program.ended.then((how) => {
          reject(new Error(`the other router ended (${String(how)})`));
        }),
      )
      .catch(reject);
  });
}

/** Gives, as wall-clock milliseconds, when the first advert came in at the other side. */
async function awaitFirstAdvert(stage: Stage): Promise<() => Promise<number>> {
  let listening: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (listening = resolve));
  let seen: (at: number) => void = () => undefined;
  const first = new Promise<number>((resolve) => (seen = resolve));
  const argv = ['tcpdump', '-l', '-n', '-tt', '--immediate-mode', '-i', 'any', '-c', '1', 'ip proto 112'];
  await stage.startOther(argv, (line) => {
    if (line.includes('listening on')) listening();
    const stamp = /^(\d+\.\d+) /.exec(line)?.[1];
    if (stamp !== undefined) seen(Number(stamp) * 1_000);
  });
  await ready;
  return () => first;
}

/** With an API server the routers come from there; an agent that is restarted has run before. */
async function prepareCluster(
  stage: Stage,
  { subject }: Measurement,
  routers: readonly Router[],
  line: CommandLine,
): Promise<void> {
  if (subject === 'standalone' || subject === 'keepalived') return;
  const socket = join(stage.folder, 'control.sock');
  await startApiServer(stage);
  for (const router of routers) await call(socket, 'put', [VIRTUAL_ROUTERS, virtualRouter(router)]);
  rmSync(join(stage.folder, 'state'), { recursive: true, force: true });
  if (subject === 'cluster') return;
  const { program } = await started(stage, line, routers.length);
  await program.terminate();
  if (subject === 'cut off') await call(socket, 'goAway', []);
}

async function startApiServer(stage: Stage): Promise<void> {
  const said: string[] = [];
  let listening: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (listening = resolve));
  const argv = [process.execPath, '--import', import.meta.resolve('tsx'), API_SERVER, stage.folder, API_PORT];
  const server = await stage.start(argv, {}, (line) => {
    said.push(line);
    if (line.startsWith('listening')) listening();
  });
  await Promise.race([
    ready,
    server.ended.then(() => {
      throw new Error(`the API server ended:\n${said.join('\n')}`);
    }),
  ]);
  // Its second socket, for orders, opens a moment later.
  while (!existsSync(join(stage.folder, 'control.sock'))) await pass(10);
}

function call(socketPath: string, method: string, given: readonly unknown[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method: 'POST' }, (response) => {
      response.resume();
      response.on('end', resolve);
    });
    asked.on('error', reject);
    asked.end(JSON.stringify({ method, arguments: given }));
  });
}
