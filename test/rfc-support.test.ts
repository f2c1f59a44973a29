import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { REJECTIONS } from '../src/node-agent/vrrp/rejection.js';

/* docs/rfc-support.md lists every case of the protocol, and what it says about tests is true. */

const DOCUMENT = readFileSync('docs/rfc-support.md', 'utf8');
const CASES = [1, 10, 30, 50, 60]
  .flatMap((first, section) =>
    Array.from({ length: [6, 13, 18, 8, 7][section] ?? 0 }, (_, index) => first + index),
  )
  .map((number) => `VRRP-${String(number).padStart(3, '0')}`);

const read = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder, { encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => [file, readFileSync(join(folder, file), 'utf8')]),
  );

/** The rows of all tables, by their first cell. */
const rows: ReadonlyMap<string, readonly string[]> = new Map(
  DOCUMENT.split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .map(([first = '', ...rest]) => [first, rest]),
);

test('every case has a row, and no row is of an unknown case', () => {
  assert.deepEqual(
    [...rows.keys()].filter((name) => name.startsWith('VRRP-')),
    CASES,
  );
});

test('every case has a test that names it, in each file of test/rfc9568 that its row names', () => {
  const files = read('test/rfc9568');
  const sections = [...files.keys()].flatMap((file) => /^([a-z]+)\.test\.ts$/.exec(file)?.[1] ?? []);
  for (const name of CASES) {
    const shownBy = (rows.get(name)?.[2] ?? '').split(',').map((word) => word.trim());
    const named = sections.filter((section) => shownBy.includes(section));
    assert.ok(named.length > 0, `${name} names no file of test/rfc9568`);
    for (const section of named)
      assert.match(
        files.get(`${section}.test.ts`) ?? '',
        new RegExp(`(test|describe)\\([^)]*${name}\\b`),
        name,
      );
  }
});

test('every scenario against keepalived that is named exists', () => {
  const scenarios = [...read('test/netns').values()].join('\n');
  // A number may stand alone where one scenario is run in several variants.
  for (const [name, number = ''] of DOCUMENT.matchAll(/INT-(\d{3})/g))
    assert.match(scenarios, new RegExp(`INT-${number}|'${number}'`), name);
});

test('every file that is named exists', () => {
  for (const [, path = ''] of DOCUMENT.matchAll(/`((?:test|src)\/[\w./-]+)`/g))
    assert.ok(existsSync(path), path);
});

test('every receive check has a row with its rejections, and a test', () => {
  const receive = readFileSync('test/unit/vrrp/receive.test.ts', 'utf8');
  for (let check = 1; check <= 19; check++) {
    const [, rejections = ''] = rows.get(String(check)) ?? [];
    const listed = [...rejections.matchAll(/`(\w+)`/g)].map(([, name]) => name);
    const expected = Object.entries(REJECTIONS).filter(([, rejection]) => rejection.check === check);
    assert.deepEqual(
      listed,
      expected.map(([name]) => name),
      `check ${String(check)}`,
    );
    assert.match(receive, new RegExp(`(test|describe)\\('check ${String(check)}: `));
  }
});
