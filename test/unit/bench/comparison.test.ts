import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Cell } from '../../../bench/failover/cell.js';
import { compare } from '../../../bench/failover/comparison.js';
import type { Row } from '../../../bench/failover/row.js';
import { verdicts } from '../../../bench/failover/verdicts.js';

const CELL: Cell = { event: 'link-cut', interval: 100, family: 'IPv4', version: 3, load: false };

/** A run of index `index`, of which the protocol waits `bound`. */
const run = (program: Row['program'], index: number, gap: number, bound: number): Row =>
  ({
    ...{ cell: CELL, program, index, phase: 0, outcome: 'ok', attempt: 1, gap, lost: 0, sent: 1 },
    parts: { bound, twoHolders: 0, twoHoldersAtEnd: false },
  }) as unknown as Row;

test('programs are compared by the runs that both have', () => {
  const rows = [
    run('kube-vrrp', 0, 303, 300),
    run('kube-vrrp', 1, 324, 320),
    run('kube-vrrp', 2, 393, 390),
    run('keepalived', 0, 306, 300),
    run('keepalived', 1, 322, 320),
  ];
  const [comparison] = compare(rows);
  const ours = comparison?.results.find(({ program }) => program === 'kube-vrrp');
  assert.ok(ours !== undefined);
  assert.equal(ours.main.max, 393);
  assert.deepEqual([ours.matched?.own.max, ours.matched?.baseline.max], [324, 322]);
  assert.deepEqual([ours.beyond?.own.max, ours.beyond?.baseline.max], [4, 6]);
  assert.equal(ours.ratios.p99, 324 / 322);
  assert.deepEqual(
    verdicts(compare(rows)).map(({ what, reached }) => [what.split(', ').at(-1), reached]),
    [
      ['gap: median', true],
      ['gap: p99', false],
      ['the same without what the protocol waits: median', false],
      ['the same without what the protocol waits: p99', true],
    ],
  );
});

test('nothing is compared with what was not measured', () => {
  const [comparison] = compare([run('kube-vrrp', 0, 303, 300), run('keepalived', 1, 322, 320)]);
  const ours = comparison?.results.find(({ program }) => program === 'kube-vrrp');
  assert.deepEqual([ours?.matched, ours?.beyond, ours?.ratios.median], [null, null, null]);
  assert.deepEqual(verdicts(comparison === undefined ? [] : [comparison]), []);
});
