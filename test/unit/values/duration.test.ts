import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../../src/values/duration.js';
import { micros } from '../../../src/values/time.js';

const LONGEST = 100 * 24 * 3_600_000_000;

const read = (text: string): number | string => {
  const parsed = parseDuration(text);
  return parsed.ok ? parsed.value : parsed.problem;
};

test('numbers with units are added up', () => {
  assert.equal(read('1s'), 1_000_000);
  assert.equal(read('100ms'), 100_000);
  assert.equal(read('1m30s'), 90_000_000);
  assert.equal(read('2h'), 7_200_000_000);
  assert.equal(read('0s'), 0);
});

test('fractions are exact to the microsecond', () => {
  assert.equal(read('40.95s'), 40_950_000);
  assert.equal(read('1.1ms'), 1_100);
  assert.equal(read('0.000001s'), 1);
  assert.match(String(read('0.0000001s')), /finer than a microsecond/);
});

test('a number without a unit, a negative one and other units are refused', () => {
  for (const text of ['', '1', '0', '-1s', '+1s', '1 s', '1d', '1us', 's', '.5s', '5.s', '1s ', '1,5s', '1S'])
    assert.match(String(read(text)), /is not a duration such as 1s, 100ms or 1m30s/, text);
});

test('more than 100 days are refused, however they are written', () => {
  assert.equal(read('2400h'), LONGEST);
  assert.match(String(read('2400h1ms')), /longer than 100 days/);
  assert.match(String(read(`${'9'.repeat(40)}h`)), /longer than 100 days/);
  assert.match(String(read(`${'9'.repeat(400)}h`)), /is not a duration/);
});

test('what is formatted reads back as the same duration', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: LONGEST }), (value) => {
      assert.deepEqual(parseDuration(formatDuration(micros(value))), { ok: true, value });
    }),
  );
});

test('the shortest form is printed', () => {
  const printed = [0, 100_000, 1_000_000, 40_950_000, 60_000_000, 90_000_000, 3_600_000_000, 3_601_000_000];
  assert.deepEqual(
    printed.map((value) => formatDuration(micros(value))),
    ['0s', '100ms', '1s', '40.95s', '1m', '1m30s', '1h', '1h1s'],
  );
});

test('any text is read or refused, and never throws', () => {
  fc.assert(fc.property(fc.string(), (text) => typeof parseDuration(text).ok === 'boolean'));
});
