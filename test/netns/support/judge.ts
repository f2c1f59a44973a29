import assert from 'node:assert/strict';

import { EPSILON } from './timing.js';

/** Asserts that a duration in milliseconds is the expected one, give or take `tolerance`. */
export function assertNear(actual: number, expected: number, what: string, tolerance = EPSILON): void {
  assert.ok(
    Math.abs(actual - expected) <= tolerance,
    `${what}: ${actual.toFixed(1)} ms, expected ${expected.toFixed(1)} ± ${String(tolerance)} ms`,
  );
}

/** Asserts that a duration in milliseconds is at most `limit`. */
export function assertAtMost(actual: number, limit: number, what: string): void {
  assert.ok(actual <= limit, `${what}: ${actual.toFixed(1)} ms, expected at most ${limit.toFixed(1)} ms`);
}
