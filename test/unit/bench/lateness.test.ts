import assert from 'node:assert/strict';
import { test } from 'node:test';

import { judge } from '../../../bench/lateness/judge.js';

const every = (interval: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => 1000 + index * interval);

const PUNCTUAL = { interval: 100, since: 1000, until: 100_950, adverts: every(100, 1000), takeovers: 0 };

test('punctual adverts are not late', () => {
  const { adverts, median, p999, max, falseFailovers } = judge(PUNCTUAL);
  assert.deepEqual(
    { adverts, median, p999, max, falseFailovers },
    {
      ...{ adverts: 1000, median: 0, p999: 0, max: 0, falseFailovers: 0 },
    },
  );
});

test('one late advert counts once, although the next one comes early in turn', () => {
  const adverts = PUNCTUAL.adverts.map((at, index) => (index === 500 ? at + 30 : at));
  const { median, p999, max } = judge({ ...PUNCTUAL, adverts });
  assert.deepEqual({ median, p999, max }, { median: 0, p999: 30, max: 30 });
});

test('a holder that has fallen silent is as late as the silence is long', () => {
  assert.equal(judge({ ...PUNCTUAL, until: 101_900 }).max, 900);
  assert.equal(judge({ ...PUNCTUAL, adverts: [], until: 5000 }).max, 3900);
});

test('takeovers are passed on', () => {
  assert.equal(judge({ ...PUNCTUAL, takeovers: 2 }).falseFailovers, 2);
});
