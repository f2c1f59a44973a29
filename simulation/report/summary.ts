import type { Counts } from '../coverage.js';
import type { Tally } from '../explore.js';
import { PROPERTIES } from '../properties/violation.js';

/** What was run, what was reached by it, and what went wrong. */
export function summary(tally: Tally, took: number): readonly string[] {
  const { schedules, routerHours, events, takeovers, coverage, looked, failures } = tally;
  const failed: Counts = {};
  for (const { violation } of failures) failed[violation.property] = (failed[violation.property] ?? 0) + 1;
  return [
    `${number(schedules)} schedules in ${took.toFixed(1)} s (${number(schedules / took)}/s)`,
    `${number(routerHours)} router-hours, ${number(events)} events, ${number(takeovers)} takeovers`,
    `Looked at: ${inOrder(looked)}`,
    `Transitions: ${inOrder(coverage.transitions)}`,
    `Incidents: ${inOrder(coverage.incidents)}`,
    `Events by state: ${inOrder(coverage.steps)}`,
    failures.length === 0
      ? `No violation of the ${String(Object.keys(PROPERTIES).length)} properties`
      : `VIOLATIONS: ${inOrder(failed)}`,
  ];
}

const inOrder = (counts: Counts): string =>
  Object.entries(counts)
    .sort(([, one], [, other]) => other - one)
    .map(([name, count]) => `${name} ${number(count)}`)
    .join(', ');

const number = (value: number): string => Math.round(value).toLocaleString('en-GB');
