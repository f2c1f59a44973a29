import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lockAgent } from '../../src/node-agent/host/agent-lock.js';
import { cannotRun, createPair } from './namespaces.js';

void test(
  'there is one agent in a network namespace, and the next one when it has ended',
  { skip: cannotRun },
  async (t) => {
    const pair = await createPair({ left: [], right: [] });
    const { left, right } = pair;
    t.after(() => {
      pair.close();
    });
    const first = await left.run(lockAgent);
    assert.ok(first !== null);
    assert.equal(await left.run(lockAgent), null);
    const elsewhere = await right.run(lockAgent);
    assert.ok(elsewhere !== null);
    first.release();
    const next = await left.run(lockAgent);
    assert.ok(next !== null);
    for (const lock of [elsewhere, next]) lock.release();
  },
);
