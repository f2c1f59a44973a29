import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import fc from 'fast-check';
import { Backoff, backoffDelay } from '../../../src/platform/backoff.js';
import { pause, systemClock } from '../../../src/platform/clock.js';
import { TokenBucket } from '../../../src/platform/token-bucket.js';
import { ManualClock } from '../../support/manual-clock.js';

test('delays double up to the longest, and begin anew after a reset', () => {
  const backoff = new Backoff({ first: 100, longest: 1_000, random: () => 0 });
  assert.deepEqual(
    Array.from({ length: 6 }, () => backoff.next()),
    [100, 200, 400, 800, 1_000, 1_000],
  );
  backoff.reset();
  assert.equal(backoff.next(), 100);
});

test('chance takes up to half of a delay, however often it has failed', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, chance) => {
        const delay = backoffDelay(failures, { first: 5, longest: 300_000, random: () => chance });
        const longest = backoffDelay(failures, { first: 5, longest: 300_000, random: () => 0 });
        assert.ok(delay > longest / 2 - 1e-9 && delay <= longest && longest <= 300_000);
      },
    ),
  );
});

test('in no stretch of time does a bucket let more through than its burst and its rate', () => {
  const rate = { perSecond: 2, burst: 3 };
  fc.assert(
    fc.property(fc.array(fc.nat(3_000), { maxLength: 60 }), (gaps) => {
      const bucket = new TokenBucket(rate, 0);
      let now = 0;
      const passed: number[] = [];
      for (const gap of gaps) {
        now += gap;
        if (bucket.tryTake(now)) passed.push(now);
      }
      for (const [first, from] of passed.entries())
        for (const [last, to] of passed.entries()) {
          if (last < first) continue;
          const most = rate.burst + ((to - from) / 1_000) * rate.perSecond;
          assert.ok(
            last - first + 1 <= most + 1e-6,
            `${String(last - first + 1)} in ${String(to - from)} ms`,
          );
        }
    }),
  );
});

test('a bucket tells how long to wait for a token that does not exist yet', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 2 }, 0);
  assert.deepEqual(
    Array.from({ length: 4 }, () => bucket.reserve(0)),
    [0, 0, 100, 200],
  );
  assert.equal(bucket.isFull(399), false);
  assert.equal(bucket.isFull(400), true);
});

test('a pause ends in time or when it is called off, and leaves neither timer nor listener', async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  let ended = 0;
  const first = pause(clock, 1_000, stop.signal).then(() => (ended += 1));
  await clock.advance(999);
  assert.equal(ended, 0);
  await clock.advance(1);
  await first;
  assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
  const second = pause(clock, 1_000, stop.signal);
  stop.abort();
  await second;
  await pause(clock, 1_000, stop.signal);
  assert.equal(clock.next, null);
});

test('a delay that is longer than the system’s timers know does not fire at once', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let fired = 0;
  const cancel = systemClock.after(2 ** 40, () => (fired += 1));
  context.mock.timers.tick(1_000_000);
  assert.equal(fired, 0);
  cancel();
});
