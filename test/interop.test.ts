import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/* docs/interop.md has a row for every case of the interoperability list, and what it says about tests is true. */

const DOCUMENT = readFileSync('docs/interop.md', 'utf8');
const FOLDER = 'test/netns';
const CASES = Array.from({ length: 88 }, (_, index) => `INT-${String(index + 1).padStart(3, '0')}`);

type Row = Readonly<{ name: string; result: string; files: readonly string[] }>;

const rows: readonly Row[] = DOCUMENT.split('\n')
  .filter((line) => line.startsWith('| INT-'))
  .map((line) => {
    const [name = '', , result = '', files = ''] = line
      .split('|')
      .slice(1)
      .map((cell) => cell.trim());
    return { name, result, files: files.split(', ').filter(Boolean) };
  });

/** Which rows the titles of a file name; `id('004')` makes a title out of the number. */
function namedBy(file: string): ReadonlySet<string> {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const numbers = [...text.matchAll(/\bINT-(\d{3})\b|\bid\('(\d{3})'\)/g)].map(
    ([, one, other]) => one ?? other,
  );
  return new Set(numbers.map((number) => `INT-${String(number)}`));
}

const tests = new Map(
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => [file.replace('.test.ts', ''), namedBy(file)]),
);

test('every case of the list has its row, in order', () => {
  assert.deepEqual(
    rows.map(({ name }) => name),
    CASES,
  );
});

test('every row names each file whose tests name it, and no other', () => {
  for (const { name, files } of rows) {
    const naming = [...tests].filter(([, named]) => named.has(name)).map(([file]) => file);
    assert.deepEqual([...files].sort(), naming.sort(), `${name} in docs/interop.md`);
  }
});

test('a row without a test says that it was not run, and no other says so', () => {
  for (const { name, result, files } of rows)
    assert.equal(files.length === 0, result.startsWith('**not run**'), `${name} in docs/interop.md`);
});

test('no test names a case that is not in the list', () => {
  const known = new Set(CASES);
  for (const [file, named] of tests)
    assert.deepEqual(
      [...named].filter((name) => !known.has(name)),
      [],
      file,
    );
});
