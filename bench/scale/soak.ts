import { setTimeout as pass } from 'node:timers/promises';

import { timeText } from '../progress.js';
import { Churn } from './churn.js';
import type { SoakFigures } from './figures.js';
import { inconsistencies } from './measure/consistency.js';
import type { Point } from './measure/slope.js';
import type { Stage } from './stage.js';
import { heapUsed } from './steady.js';

/** Milliseconds between two looks at the operator. */
const SAMPLING = 2_000;
/** Milliseconds between two lines about how far it is. */
const WORD = 30_000;
const LONGEST_WARM_UP = 120;
const PATIENCE = 300_000;

/** Changes things at a steady rate for so many minutes, and looks at the operator's memory meanwhile. */
export async function soak(stage: Stage, minutes: number, perSecond: number): Promise<SoakFigures> {
  const { operator, view, say, audit } = stage;
  const seconds = minutes * 60;
  say(`${String(perSecond)} changes per second for ${timeText(seconds * 1_000)}`);
  const churn = new Churn(stage);
  const over = new AbortController();
  const before = { at: performance.now(), cpu: operator.cpuSeconds };
  const sampling = sample(stage, over.signal);
  let said = before.at;
  for (let step = 1; ; step++) {
    await churn.step();
    const at = before.at + (1_000 * step) / perSecond;
    if (at > before.at + 1_000 * seconds) break;
    await pass(Math.max(0, at - performance.now()));
    if (performance.now() - said < WORD) continue;
    said = performance.now();
    audit.take();
    const left = timeText(before.at + 1_000 * seconds - said);
    say(`soak, ${left} left: ${String(step)} changes, ${operator.memory.rss.toFixed(0)} MiB`);
  }
  over.abort();
  const passed = (performance.now() - before.at) / 1_000;
  const cpu = operator.cpuSeconds - before.cpu;
  const { rss, heap } = await sampling;
  say('waiting until all is as it was');
  await churn.end();
  await view.whenReady(stage.size.virtualIPs, PATIENCE);
  await view.quietFor(SAMPLING);
  return {
    seconds: passed,
    warmUp: warmUpOf(passed),
    changes: churn.counts,
    cpuPercent: (100 * cpu) / passed,
    peak: operator.peak,
    ...{ rss, heapUsed: heap },
    problems: inconsistencies(view.virtualIPs, view.virtualRouters),
  };
}

/** Two minutes, or half of a short soak. */
const warmUpOf = (seconds: number): number => Math.min(LONGEST_WARM_UP, seconds / 2);

async function sample(
  stage: Stage,
  signal: AbortSignal,
): Promise<Readonly<{ rss: readonly Point[]; heap: readonly Point[] }>> {
  const [rss, heap]: [Point[], Point[]] = [[], []];
  const begun = performance.now();
  const isOver = (): boolean => signal.aborted;
  while (!isOver()) {
    const at = (performance.now() - begun) / 1_000;
    rss.push({ at, value: stage.operator.memory.rss });
    heap.push({ at, value: await heapUsed(stage) });
    await pass(SAMPLING, undefined, { signal }).catch(() => undefined);
  }
  return { rss, heap };
}
