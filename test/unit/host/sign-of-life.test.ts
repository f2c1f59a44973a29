import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

import { showLife } from '../../../src/node-agent/host/sign-of-life.js';

const SECOND = 1_000;

const unexpected = (error: unknown): void => assert.ifError(error);

/** A folder of its own, and an interval that the test lets pass. */
function stage(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'sign-of-life-'));
  context.after(() => rmSync(directory, { recursive: true }));
  context.mock.timers.enable({ apis: ['setInterval'] });
  return directory;
}

void test('the file says at once, and again each 10 s, until when the process counts as alive', (context) => {
  const path = join(stage(context), 'alive');
  const before = Math.floor(uptime());
  const end = showLife(path, unexpected);
  context.after(end);
  const until = Number(readFileSync(path, 'utf8'));
  assert.ok(until >= before + 45 && until <= uptime() + 45, `${String(until)}, started at ${String(before)}`);
  // A shorter number, as of an earlier time, is written over.
  writeFileSync(path, '7\n');
  context.mock.timers.tick(9 * SECOND);
  assert.equal(readFileSync(path, 'utf8'), '7\n');
  context.mock.timers.tick(1 * SECOND);
  assert.ok(Number(readFileSync(path, 'utf8')) >= until);
});

void test('what an earlier process has left in the file is gone', (context) => {
  const path = join(stage(context), 'alive');
  writeFileSync(path, '99999999999999999999\nmore\n');
  context.after(showLife(path, unexpected));
  assert.match(readFileSync(path, 'utf8'), /^\d{2,12}\n$/);
});

void test('a file that cannot be written is told once, and written as soon as it can be', (context) => {
  const folder = join(stage(context), 'missing');
  const told: unknown[] = [];
  context.after(showLife(join(folder, 'alive'), (error) => told.push(error)));
  context.mock.timers.tick(30 * SECOND);
  assert.equal(told.length, 1);
  assert.match(String(told[0]), /ENOENT/);
  mkdirSync(folder);
  context.mock.timers.tick(10 * SECOND);
  assert.match(readFileSync(join(folder, 'alive'), 'utf8'), /^\d+\n$/);
});

void test('who has ended shows no life any more', (context) => {
  const path = join(stage(context), 'alive');
  showLife(path, unexpected)();
  writeFileSync(path, 'untouched');
  context.mock.timers.tick(60 * SECOND);
  assert.equal(readFileSync(path, 'utf8'), 'untouched');
});
