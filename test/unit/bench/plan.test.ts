import assert from 'node:assert/strict';
import { test } from 'node:test';

import { cellKey, runKey } from '../../../bench/failover/cell.js';
import { type Request, pairs, phaseOf, plan, remaining } from '../../../bench/failover/plan.js';

const REQUEST: Request = {
  events: ['link-cut', 'sigterm'],
  intervals: [1000, 100],
  families: ['IPv4'],
  version: 3,
  loads: [false],
  programs: ['kube-vrrp', 'keepalived'],
  runs: 4,
};

test('every combination is run as often as asked, with every program', () => {
  const runs = plan(REQUEST);
  assert.equal(runs.length, 2 * 2 * 2 * 4);
  assert.equal(new Set(runs.map(runKey)).size, runs.length);
});

test('programs alternate strictly: each pair has all of them, under the same conditions and with the same phase', () => {
  for (const pair of pairs(plan(REQUEST))) {
    assert.deepEqual(pair.map(({ program }) => program).sort(), ['keepalived', 'kube-vrrp']);
    assert.equal(new Set(pair.map(({ phase }) => phase)).size, 1);
    assert.equal(new Set(pair.map(({ cell }) => cellKey(cell))).size, 1);
  }
});

test('in each cell each program is the first one equally often', () => {
  const first = new Map<string, number>();
  for (const [run] of pairs(plan(REQUEST))) {
    assert.ok(run !== undefined);
    const key = `${cellKey(run.cell)} ${run.program}`;
    first.set(key, (first.get(key) ?? 0) + 1);
  }
  assert.deepEqual([...new Set(first.values())], [2]);
  assert.equal(first.size, 8);
});

test('a round goes through all cells before the next one begins', () => {
  const indices = plan(REQUEST).map(({ index }) => index);
  assert.deepEqual(
    indices,
    [...indices].sort((left, right) => left - right),
  );
});

test('what was made already is left out, and nothing else', () => {
  const runs = plan(REQUEST);
  const done = new Set(runs.slice(0, 5).map(runKey));
  assert.deepEqual(remaining(runs, done), runs.slice(5));
});

test('phases lie in the interval and spread evenly however many there are', () => {
  for (const count of [5, 8, 13, 20, 100]) {
    const phases = Array.from({ length: count }, (_, index) => phaseOf(index)).sort(
      (left, right) => left - right,
    );
    assert.ok(phases.every((phase) => phase >= 0 && phase < 1));
    const gaps = phases.map((phase, index) => (phases[index + 1] ?? (phases[0] ?? 0) + 1) - phase);
    assert.ok(Math.max(...gaps) < 2.7 / count, `${String(count)}: ${String(Math.max(...gaps))}`);
  }
});
