import assert from 'node:assert/strict';
import { test } from 'node:test';

import { axisFor, position } from '../../../bench/report/axis.js';
import { replaceSection } from '../../../bench/report/documents.js';
import { stripPlot } from '../../../bench/report/strip-plot.js';
import { markdownTable, milliseconds, ratioText } from '../../../bench/report/table.js';

test('a table lines up as text, and numbers stand right', () => {
  const table = markdownTable(
    [{ head: 'event' }, { head: 'ms', align: 'right' }],
    [
      ['link cut', '3,012'],
      ['SIGTERM', '0.10'],
    ],
  );
  assert.deepEqual(table.split('\n'), [
    '| event    |    ms |',
    '| -------- | ----: |',
    '| link cut | 3,012 |',
    '| SIGTERM  |  0.10 |',
  ]);
});

test('milliseconds have three digits where that many mean something', () => {
  assert.deepEqual([0.123, 12.34, 123.4, 3012.4, -5.678, Number.NaN].map(milliseconds), [
    ...['0.12', '12.3', '123', '3,012', '-5.68', '–'],
  ]);
  assert.equal(ratioText(1.00049), '1.000');
  assert.equal(ratioText(null), '–');
});

test('an axis has round ticks and holds all values', () => {
  for (const values of [[3012, 3488], [0, 0.09], [5], [0], [], [-2, 7], [310.2, 310.4]]) {
    const axis = axisFor(values);
    assert.ok(axis.ticks.length >= 2 && axis.ticks.length <= 7, `${values.join()}: ${axis.ticks.join()}`);
    for (const value of values) assert.ok(position(axis, value) >= 0 && position(axis, value) <= 1);
  }
  assert.deepEqual(axisFor([3012, 3488]).ticks, [3000, 3200, 3400, 3600]);
});

test('an axis of values that are not finite leaves them out', () => {
  assert.deepEqual(axisFor([1, 3, Number.POSITIVE_INFINITY, Number.NaN]), axisFor([1, 3]));
});

test('a plot has a dot for each value, every label, and colours for light and dark', () => {
  const plot = stripPlot(
    'Adverts each 1 s',
    ['ours', 'theirs'],
    [
      {
        title: 'A & B',
        unit: 'ms',
        strips: [
          { name: 'ours', values: [1, 2, 3] },
          { name: 'theirs', values: [2] },
        ],
      },
      { title: 'empty', unit: 'ms', strips: [{ name: 'theirs', values: [] }] },
    ],
  );
  assert.equal(plot.match(/<circle/g)?.length, 4);
  for (const text of [
    'Adverts each 1 s',
    'A &amp; B',
    'ours',
    'theirs',
    'prefers-color-scheme: dark',
    'class="s1"',
  ])
    assert.ok(plot.includes(text), text);
  assert.ok(!/NaN|Infinity|undefined/.test(plot), 'a coordinate is missing');
});

test('values that are all the same get places of their own as long as there is room', () => {
  const plot = stripPlot(
    't',
    ['a'],
    [{ title: 'p', unit: 'ms', strips: [{ name: 'a', values: [1, 1, 1, 1, 1] }] }],
  );
  assert.equal(new Set(plot.match(/<circle[^>]*>/g)).size, 5);
});

test('a section is replaced between its marks, and only there', () => {
  const page = 'before\n<!-- begin a -->\nold\n<!-- end a -->\nafter\n';
  const replaced = replaceSection(page, 'a', 'new\n');
  assert.equal(replaced, 'before\n<!-- begin a -->\n\nnew\n\n<!-- end a -->\nafter\n');
  assert.equal(replaceSection(replaced, 'a', 'new'), replaced);
  assert.throws(() => replaceSection(page, 'b', 'x'), /no section/);
});
