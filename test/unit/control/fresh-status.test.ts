import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { FreshStatus } from '../../../src/node-agent/control/fresh-status.js';

describe('a status that is up to date', () => {
  it('is asked for once, for all that wait for it', async () => {
    let asked = 0;
    const fresh = new FreshStatus(() => ++asked > 0);
    const waiting = [fresh.await(), fresh.await()];
    assert.equal(asked, 1);
    fresh.told();
    await Promise.all(waiting);
    const next = fresh.await();
    assert.equal(asked, 2);
    fresh.told();
    await next;
  });

  it('is not waited for when there is nobody to ask', async () => {
    await new FreshStatus(() => false).await();
  });

  it('is given up when nobody answers, and asked for again', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      let asked = 0;
      const fresh = new FreshStatus(() => ++asked > 0);
      const first = fresh.await();
      mock.timers.tick(10_000);
      await first;
      const second = fresh.await();
      assert.equal(asked, 2);
      mock.timers.tick(10_000);
      await second;
    } finally {
      mock.timers.reset();
    }
  });
});
