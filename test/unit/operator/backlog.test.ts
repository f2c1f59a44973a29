import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VirtualRouter } from '../../../src/api/v1alpha1/virtual-router.js';
import { Backlog } from '../../../src/operator/gather/backlog.js';

const router = (name: string, members: readonly string[] = []): VirtualRouter =>
  ({ metadata: { name }, status: { members: members.map((node) => ({ node })) } }) as never;

/** So many writes, one each `interval` milliseconds from `from` on. */
function write(backlog: Backlog, count: number, interval: number, from = 0): void {
  for (let index = 0; index < count; index += 1) backlog.wrote(from + index * interval);
}

describe('the backlog', () => {
  it('takes as long as the last writes took', () => {
    const backlog = new Backlog();
    assert.deepEqual(backlog.behind(0), { waiting: 0, untilWritten: 0, untilTold: 0 });
    assert.equal(backlog.behind(100).untilWritten, 2_000);
    write(backlog, 1_000, 50);
    assert.ok(Math.abs(backlog.behind(100).untilWritten - 5_000) < 10);
    write(backlog, 1_000, 5, 100_000);
    assert.ok(Math.abs(backlog.behind(100).untilWritten - 500) < 10);
  });

  it('does not take a time without writes for a slow one', () => {
    const backlog = new Backlog();
    backlog.wrote(0);
    backlog.wrote(600_000);
    assert.equal(backlog.behind(1).untilWritten, 20);
  });

  it('counts what was written until a member has said something of it', () => {
    const backlog = new Backlog();
    for (const name of ['a', 'b', 'c']) backlog.update({ before: undefined, after: router(name) });
    assert.deepEqual(backlog.behind(10), { waiting: 10, untilWritten: 200, untilTold: 320 });
    backlog.update({ before: router('a'), after: router('a', ['edge-1']) });
    backlog.update({ before: router('b'), after: undefined });
    assert.equal(backlog.behind(10).untilTold, 240);
  });
});
