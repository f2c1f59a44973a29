import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longestGap } from '../../lab/prober.js';

/** Requests each millisecond in `[from, to]`. */
const each = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
const answered = (sent: readonly number[]): number[] => sent.map((at) => at + 0.5);

test('without a loss the gap is the distance of the replies', () => {
  assert.equal(longestGap(each(0, 100), answered(each(0, 100))), 0.5);
});

test('a gap lasts from the first unanswered request to the next reply', () => {
  const received = [...answered(each(0, 40)), ...answered(each(70, 100))];
  assert.equal(longestGap(each(0, 100), received), 29.5);
});

test('the edges count: nobody answers at first, or at last, or at all', () => {
  assert.equal(longestGap(each(0, 100), answered(each(60, 100))), 60.5);
  assert.equal(longestGap(each(0, 100), answered(each(0, 60))), 39);
  assert.equal(longestGap(each(0, 100), []), 100);
});

test('a time in which nothing was asked is no gap', () => {
  const sent = [...each(0, 40), ...each(900, 1000)];
  assert.equal(longestGap(sent, answered(sent)), 0.5);
});

test('of nothing sent nothing is said', () => {
  assert.equal(longestGap([], []), 0);
});
