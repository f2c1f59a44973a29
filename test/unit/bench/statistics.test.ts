import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  confidenceRank,
  medianDifference,
  quantile,
  ratio,
  summarise,
} from '../../../bench/report/statistics.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

test('a quantile is the smallest value of the sample that covers its share, whatever the order', () => {
  const hundred = upTo(100).reverse();
  assert.equal(quantile(hundred, 0.5), 50);
  assert.equal(quantile(hundred, 0.9), 90);
  assert.equal(quantile(hundred, 0.99), 99);
  assert.equal(quantile(hundred, 1), 100);
  assert.equal(quantile(upTo(1000), 0.999), 999);
});

test('a share that is a whole number of values is not rounded up to the next one', () => {
  for (const count of [10, 20, 30, 70]) assert.equal(quantile(upTo(count), 0.9), (count * 9) / 10);
});

test('p99 of fewer than a hundred values is the largest', () => {
  assert.equal(quantile(upTo(99), 0.99), 99);
  assert.equal(quantile([7], 0.99), 7);
  assert.equal(quantile([3, 9], 0.5), 3);
});

test('a summary has the quantiles of its sample, and does not sort the caller’s array', () => {
  const sample = [5, 1, 4, 2, 3];
  assert.deepEqual(summarise(sample), { count: 5, median: 3, p90: 5, p99: 5, max: 5 });
  assert.deepEqual(sample, [5, 1, 4, 2, 3]);
});

test('an empty sample has no quantiles', () => {
  const { count, ...rest } = summarise([]);
  assert.equal(count, 0);
  for (const value of Object.values(rest)) assert.ok(Number.isNaN(value));
});

test('a ratio to nothing means nothing', () => {
  assert.equal(ratio(3, 2), 1.5);
  assert.equal(ratio(0, 2), 0);
  assert.equal(ratio(3, 0), null);
  assert.equal(ratio(Number.NaN, 2), null);
  assert.equal(ratio(3, Number.POSITIVE_INFINITY), null);
});

test('the ranks that span a median with 95 % confidence are those of the tables of the sign test', () => {
  // Of n = 6, 8, 9, 10, 15, 20, 25 and 50 differences so many are cut off at each end.
  const tabled = [
    [5, null],
    [6, 0],
    [8, 0],
    [9, 1],
    [10, 1],
    [15, 3],
    [20, 5],
    [25, 7],
    [50, 17],
  ] as const;
  for (const [count, rank] of tabled) assert.equal(confidenceRank(count), rank, `n = ${String(count)}`);
});

test('a sample of thousands has its ranks too', () => {
  const rank = confidenceRank(10_000) ?? 0;
  assert.ok(rank > 4890 && rank < 4910, String(rank));
});

test('the median of differences comes with the interval that spans it', () => {
  const pairs = upTo(10).map((value) => [value + 100, 100] as const);
  assert.deepEqual(medianDifference(pairs), { median: 5, low: 2, high: 9 });
  assert.equal(medianDifference(pairs.slice(0, 5)), null);
});
