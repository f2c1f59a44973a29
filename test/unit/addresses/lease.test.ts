import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { leaseFor } from '../../../src/node-agent/addresses/lease.js';
import { fromMillis, fromSeconds, micros } from '../../../src/values/time.js';

void test('a lease lasts three advertisement intervals, rounded up to whole seconds', () => {
  assert.equal(leaseFor(fromMillis(10)).seconds, 1);
  assert.equal(leaseFor(fromMillis(100)).seconds, 1);
  assert.equal(leaseFor(fromMillis(340)).seconds, 2);
  assert.equal(leaseFor(fromSeconds(1)).seconds, 3);
  assert.equal(leaseFor(fromMillis(40_950)).seconds, 123);
});

void test('a lease is renewed with every advert, but not more than four times a second', () => {
  assert.equal(leaseFor(fromSeconds(1)).renewal, fromSeconds(1));
  assert.equal(leaseFor(fromMillis(10)).renewal, fromMillis(250));
});

void test('a lease renewed with the last advert outlasts the silence after which another router takes over', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4_095 }), (centiseconds) => {
      const interval = micros(centiseconds * 10_000);
      const { seconds, renewal } = leaseFor(interval);
      // The renewal may precede the last advert where adverts are closer together than renewals.
      const age = renewal - interval;
      assert.ok(fromSeconds(seconds) - age >= 3 * interval, `${String(centiseconds)} cs`);
    }),
  );
});

void test('a lease never lasts longer than a second beyond that silence', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4_095 }), (centiseconds) => {
      const interval = micros(centiseconds * 10_000);
      assert.ok(fromSeconds(leaseFor(interval).seconds) - 3 * interval < fromSeconds(1));
    }),
  );
});
