import { setTimeout as pass } from 'node:timers/promises';

import type { SteadyFigures } from './figures.js';
import { sumOfSamples } from './measure/parse.js';
import { needlessWrites, tallyOf } from './measure/requests.js';
import type { Stage } from './stage.js';

/** Milliseconds without a change after which nothing is expected to change any more. */
const QUIET = 6_000;
/** So many times it is waited for. */
const ATTEMPTS = 30;
const BYTES_PER_MIB = 2 ** 20;

/** What is asked of the API server, and what the operator costs, while nothing changes for so many seconds. */
export async function steady(stage: Stage, seconds: number): Promise<SteadyFigures> {
  const { operator, fleet, audit, say } = stage;
  say('waiting until nothing changes any more');
  await settled(stage);
  say(`nothing happens for ${String(seconds)} s`);
  const before = { fleet: await fleet.figures(), cpu: operator.cpuSeconds, at: performance.now() };
  audit.take();
  await pass(seconds * 1_000);
  const requests = audit.take();
  const passed = (performance.now() - before.at) / 1_000;
  const cpu = operator.cpuSeconds - before.cpu;
  const after = await fleet.figures();
  return {
    seconds: passed,
    requests: tallyOf(requests),
    needless: needlessWrites(requests).map(({ verb, resource, name }) => `${verb} ${resource} ${name}`),
    reports: after.written - before.fleet.written,
    watched: after.watched.map((bytes, index) => bytes - (before.fleet.watched[index] ?? 0)),
    cpuPercent: (100 * cpu) / passed,
    rss: operator.memory.rss,
    heapUsed: await heapUsed(stage),
  };
}

/** In MiB, garbage and all. */
export const heapUsed = async ({ operator }: Stage): Promise<number> =>
  sumOfSamples(await operator.metrics(), 'nodejs_heap_size_used_bytes') / BYTES_PER_MIB;

/** Events about what happened are still being written when all is as it should be. */
async function settled({ view, audit }: Stage): Promise<void> {
  audit.take();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await view.quietFor(QUIET);
    if (needlessWrites(audit.take()).length === 0) return;
  }
}
