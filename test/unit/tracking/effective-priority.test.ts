import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TrackerState } from '../../../src/node-agent/ipc/router-spec.js';
import { effectivePriority } from '../../../src/node-agent/tracking/effective-priority.js';

const tracker = (up: boolean, weight: number | null, message = ''): TrackerState => ({
  id: 'web/nginx',
  up,
  weight,
  message,
});

describe('the effective priority, by the weights of keepalived', () => {
  const cases: readonly (readonly [string, number, readonly TrackerState[], number, boolean])[] = [
    ['is the base priority without trackers', 150, [], 150, true],
    ['falls by a negative weight while its object fails', 150, [tracker(false, -60)], 90, true],
    ['is not raised by a negative weight while its object is up', 150, [tracker(true, -60)], 150, true],
    ['rises by a positive weight while its object is up', 100, [tracker(true, 60)], 160, true],
    ['does not fall by a positive weight while its object fails', 100, [tracker(false, 60)], 100, true],
    ['adds up all weights', 100, [tracker(true, 60), tracker(false, -20), tracker(false, -5)], 135, true],
    ['is at least 1', 100, [tracker(false, -253)], 1, true],
    ['is at most 254: weights make nobody an owner', 250, [tracker(true, 253)], 254, true],
    ['is clamped after the sum, not in between', 200, [tracker(true, 200), tracker(false, -200)], 200, true],
    ['of an owner is 255 whatever fails', 255, [tracker(false, -100), tracker(true, 100)], 255, true],
    [
      'is not lowered by an object without weight, which takes the router out',
      150,
      [tracker(false, null)],
      150,
      false,
    ],
    ['is not affected by an object without weight that is up', 150, [tracker(true, null)], 150, true],
    ['of an owner does not save it from an object without weight', 255, [tracker(false, null)], 255, false],
  ];
  for (const [title, base, trackers, priority, takesPart] of cases)
    it(title, () => {
      const effective = effectivePriority(base, trackers);
      assert.deepEqual(
        { priority, takesPart },
        { priority: effective.priority, takesPart: effective.takesPart },
      );
    });

  it('names what counts, with its message and its weight', () => {
    const { because } = effectivePriority(150, [
      tracker(false, -60, 'HTTP status 503'),
      tracker(true, 20),
      tracker(false, null, 'connection refused'),
      tracker(true, -10),
    ]);
    assert.deepEqual(because, [
      'web/nginx fails (HTTP status 503): -60',
      'web/nginx is up: +20',
      'web/nginx fails (connection refused): out of the election',
    ]);
  });

  it('stays within 1 to 254 for any base and any weights, and 255 stays 255', () => {
    const trackers = fc.array(
      fc.record({
        id: fc.string(),
        up: fc.boolean(),
        weight: fc.option(fc.integer({ min: -253, max: 253 })),
        message: fc.string(),
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 255 }), trackers, (base, given) => {
        const { priority } = effectivePriority(base, given);
        assert.ok(base === 255 ? priority === 255 : priority >= 1 && priority <= 254);
      }),
    );
  });
});
