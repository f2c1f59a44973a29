import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OTHER_KEYS, RateLimit } from '../../../src/platform/rate-limit.js';

describe('the rate limit', () => {
  it('lets as many pass per interval as it says, and holds the rest back', () => {
    const limit = new RateLimit({ limit: 2, interval: 100 });
    assert.deepEqual(
      [0, 1, 2, 99].map((now) => limit.admit('a', now)),
      [0, 0, null, null],
    );
  });

  it('tells with the next one that passes how many were held back', () => {
    const limit = new RateLimit({ limit: 1, interval: 100 });
    assert.deepEqual(
      [0, 1, 2, 100, 101, 205].map((now) => limit.admit('a', now)),
      [0, null, null, 2, null, 1],
    );
  });

  it('counts each key by itself', () => {
    const limit = new RateLimit({ limit: 1, interval: 100 });
    assert.deepEqual(
      ['a', 'b', 'a', 'b'].map((key) => limit.admit(key, 0)),
      [0, 0, null, null],
    );
  });

  it('tells of a burst that is over, once', () => {
    const limit = new RateLimit({ limit: 1, interval: 100 });
    for (const now of [0, 1, 2]) limit.admit('a', now);
    limit.admit('quiet', 0);
    assert.deepEqual(limit.ended(99), []);
    assert.deepEqual(limit.ended(100), [{ key: 'a', count: 2 }]);
    assert.deepEqual(limit.ended(300), []);
    assert.equal(limit.admit('a', 301), 0);
  });

  it('bounds its memory: keys beyond the bound share one', () => {
    const limit = new RateLimit({ limit: 1, interval: 100, maxKeys: 2 });
    assert.deepEqual(
      ['a', 'b', 'c', 'd', 'e'].map((key) => limit.admit(key, 0)),
      [0, 0, 0, null, null],
    );
    assert.deepEqual(limit.ended(100), [{ key: OTHER_KEYS, count: 2 }]);
    assert.equal(limit.admit('d', 101), 0);
  });
});
