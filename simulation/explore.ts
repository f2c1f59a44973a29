import { type Coverage, addCoverage, noCoverage } from './coverage.js';
import { generate } from './generate.js';
import type { Failure } from './report/failure.js';
import { simulate } from './simulate.js';

/** What came out of some schedules. */
export type Tally = {
  schedules: number;
  events: number;
  routerHours: number;
  takeovers: number;
  coverage: Coverage;
  looked: Record<string, number>;
  failures: Failure[];
};

export const emptyTally = (): Tally => ({
  schedules: 0,
  events: 0,
  routerHours: 0,
  takeovers: 0,
  coverage: noCoverage(),
  looked: {},
  failures: [],
});

export function addTally(sum: Tally, more: Tally): void {
  sum.schedules += more.schedules;
  sum.events += more.events;
  sum.routerHours += more.routerHours;
  sum.takeovers += more.takeovers;
  sum.failures.push(...more.failures);
  addCoverage(sum.coverage, more.coverage);
  for (const [name, count] of Object.entries(more.looked)) sum.looked[name] = (sum.looked[name] ?? 0) + count;
}

/** Runs the schedules of these seeds, the last one not included; `slow` as in generate.ts. */
export async function explore(from: number, to: number, slow = false): Promise<Tally> {
  const tally = emptyTally();
  for (let seed = from; seed < to; seed++) {
    const outcome = await simulate(generate(seed, slow));
    addTally(tally, {
      ...outcome,
      schedules: 1,
      looked: { ...outcome.looked },
      failures: outcome.violation === null ? [] : [{ seed, violation: outcome.violation }],
    });
  }
  return tally;
}
