import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CSV_HEADER, type Row, csvLine, readCsv } from '../../../bench/failover/row.js';

const FINISHED: Row = {
  cell: { event: 'sigkill', interval: 100, family: 'IPv6', version: 3, load: true },
  ...{ program: 'keepalived', index: 7, phase: 0.25 },
  ...{ outcome: 'ok', attempt: 2, at: 1_700_000_000_000.125, took: 0.5 },
  ...{ gap: 12.5, lost: 3, sent: 900, clientPause: 1.25, busy: 0.5, note: '' },
  parts: {
    ...{
      phase: 0.251,
      detected: 300,
      bound: 298.5,
      late: 1.5,
      installed: null,
      announced: 301,
      answered: 302,
    },
    ...{ twoHolders: 2500, twoHoldersAtEnd: true },
  },
};

const FAILED: Row = {
  ...FINISHED,
  ...{ outcome: 'failed', gap: null, lost: null, sent: null, clientPause: null, busy: null, parts: null },
  note: 'not within 10 s: "it", or\nsomething, else',
};

const file = (...lines: readonly string[]): string => [CSV_HEADER, ...lines, ''].join('\n');

test('what is written is read back', () => {
  assert.deepEqual(readCsv(file(csvLine(FINISHED))), [FINISHED]);
});

test('a note of any text stays in its field', () => {
  const [row] = readCsv(file(csvLine(FAILED)));
  assert.deepEqual(row, { ...FAILED, note: 'not within 10 s: "it", or something, else' });
});

test('a last line that was cut off is left out', () => {
  const whole = file(csvLine(FINISHED), csvLine(FINISHED));
  assert.equal(readCsv(whole.slice(0, -20)).length, 1);
  assert.equal(readCsv(`${CSV_HEADER}\n`).length, 0);
});

test('another file, and a line that is wrong, are refused with the place', () => {
  assert.throws(() => readCsv('a,b\n1,2\n'), /first line/);
  const line = csvLine(FINISHED);
  assert.throws(() => readCsv(file(line, line.replace('sigkill', 'sigfoo'))), /line 3: "sigfoo" is none of/);
  assert.throws(() => readCsv(file(line.replace('12.5', 'twelve'))), /line 2: gap_ms is "twelve"/);
  assert.throws(() => readCsv(file('1,2,3')), /line 2: 3 fields/);
});
