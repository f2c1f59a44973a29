import assert from 'node:assert/strict';

import type { ProbeReport } from '../../../lab/prober.js';
import { figure } from './figures.js';

/** Asserts that a duration in milliseconds is at most `limit`, and notes it among the figures. */
export function within(actual: number, limit: number, what: string): void {
  figure(what, actual);
  assert.ok(actual <= limit, `${what}: ${actual.toFixed(0)} ms, expected at most ${limit.toFixed(0)} ms`);
}

/** Asserts that a client got an answer to each of its requests. */
export function assertNothingLost({ sent, lost, longestGap, answeredBy }: ProbeReport, what: string): void {
  figure(`${what}: requests lost`, `${String(lost)} of ${String(sent)}`);
  assert.ok(sent > 0, `${what}: the client asked nothing`);
  assert.equal(
    lost,
    0,
    `${what}: ${String(lost)} of ${String(sent)} requests were lost, ${longestGap.toFixed(0)} ms at the longest; answered by ${answeredBy.join(', ')}`,
  );
}

/**
 * Asserts that these nodes answered in this order. Another one may have answered for a moment in between: the priorities
 * are 4 ms apart, and a machine as busy as this one wakes the second Backup before the first.
 */
export function assertPath({ answeredBy }: ProbeReport, nodes: readonly string[]): void {
  const path = `answered by ${answeredBy.join(', ')}, expected ${nodes.join(', ')}`;
  assert.equal(answeredBy[0], nodes[0], path);
  assert.equal(answeredBy.at(-1), nodes.at(-1), path);
  let next = 0;
  for (const node of answeredBy) if (node === nodes[next]) next++;
  assert.equal(next, nodes.length, path);
}
