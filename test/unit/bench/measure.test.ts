import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type Observation, measure } from '../../../bench/failover/measure.js';

/** The cable of a holder at 101 is cut 400 ms after its last advert; the successor at 100 does everything without delay. */
const LINK_CUT: Observation = {
  event: 'link-cut',
  interval: 1000,
  version: 3,
  at: 10_400,
  took: 0.2,
  until: 15_000,
  successorPriority: 100,
  adverts: {
    holder: [8000, 9000, 10_000].map((at) => ({ at, priority: 101 })),
    successor: [13_612, 14_612].map((at) => ({ at, priority: 100 })),
  },
  holdings: {
    holder: [{ from: 5000, to: 10_403 }],
    successor: [{ from: 13_613, to: Number.POSITIVE_INFINITY }],
  },
  announcements: [13_614, 13_714],
  answers: [13_616, 13_617],
  awaited: 'successor',
  hostOff: false,
};

const near = (actual: number | null, expected: number): void => {
  assert.ok(
    actual !== null && Math.abs(actual - expected) < 1e-6,
    `${String(actual)} is not ${String(expected)}`,
  );
};

test('a takeover after silence is judged by the down interval from the last advert', () => {
  const parts = measure(LINK_CUT);
  near(parts.phase, 0.4);
  // 3 A + (256 - 100) A / 256 = 3609.375 ms, of which 400 had passed.
  near(parts.bound, 3209.375);
  near(parts.detected, 3212);
  near(parts.late, 2.625);
  near(parts.installed, 3213);
  near(parts.announced, 3214);
  near(parts.answered, 3216);
  assert.equal(parts.twoHolders, 0);
});

test('version 2 counts the skew in fractions of a second', () => {
  near(measure({ ...LINK_CUT, version: 2, interval: 2000 }).bound, 2 * 3000 + 609.375 - 400);
});

test('after a resignation only the skew is waited for, and a successor that installs before it speaks is seen to', () => {
  const parts = measure({
    ...LINK_CUT,
    event: 'sigterm',
    adverts: {
      holder: [...LINK_CUT.adverts.holder, { at: 10_405, priority: 0 }],
      successor: [{ at: 11_016, priority: 100 }],
    },
    holdings: {
      holder: [{ from: 5000, to: 11_036 }],
      successor: [{ from: 11_015, to: Number.POSITIVE_INFINITY }],
    },
  });
  near(parts.bound, 5 + 609.375);
  near(parts.detected, 616);
  near(parts.installed, 615);
  near(parts.twoHolders, 21);
  assert.equal(parts.twoHoldersAtEnd, false);
});

test('adverts of a priority below the successor’s do not keep it from taking over', () => {
  const parts = measure({
    ...LINK_CUT,
    event: 'priority',
    adverts: { ...LINK_CUT.adverts, holder: [...LINK_CUT.adverts.holder, { at: 11_000, priority: 51 }] },
  });
  near(parts.bound, 3209.375);
});

test('an advert that left while the partition was being made is the last one that counts', () => {
  const late = { at: 10_400.1, priority: 101 };
  const lost = { at: 11_400.1, priority: 101 };
  const adverts = { ...LINK_CUT.adverts, holder: [...LINK_CUT.adverts.holder, late, lost] };
  near(measure({ ...LINK_CUT, event: 'partition', adverts }).bound, 0.1 + 3609.375);
});

test('a holder that is never relieved of its address makes two, to the end of the watch', () => {
  const holdings = { ...LINK_CUT.holdings, holder: [{ from: 5000, to: Number.POSITIVE_INFINITY }] };
  const parts = measure({ ...LINK_CUT, event: 'sigkill', holdings });
  near(parts.twoHolders, 15_000 - 13_613);
  assert.equal(parts.twoHoldersAtEnd, true);
  assert.equal(measure({ ...LINK_CUT, event: 'power-off', holdings, hostOff: true }).twoHolders, 0);
});

test('a takeover that never happens leaves its parts empty', () => {
  const parts = measure({
    ...LINK_CUT,
    adverts: { ...LINK_CUT.adverts, successor: [] },
    holdings: { ...LINK_CUT.holdings, successor: [] },
    announcements: [],
    answers: [],
  });
  const { detected, late, installed, announced, answered } = parts;
  assert.deepEqual([detected, late, installed, announced, answered], [null, null, null, null, null]);
});

test('when a partition heals the holder is awaited, and the time with two counts from there', () => {
  const parts = measure({
    ...LINK_CUT,
    event: 'heal',
    awaited: 'holder',
    adverts: {
      holder: [10_000, 10_700].map((at) => ({ at, priority: 101 })),
      successor: [{ at: 10_100, priority: 100 }],
    },
    holdings: {
      holder: [{ from: 1000, to: Number.POSITIVE_INFINITY }],
      successor: [{ from: 6000, to: 10_702 }],
    },
    announcements: [10_703],
    answers: [10_704],
  });
  near(parts.twoHolders, 302);
  near(parts.announced, 303);
  near(parts.answered, 304);
  assert.equal(parts.bound, null);
  assert.equal(parts.late, null);
});
