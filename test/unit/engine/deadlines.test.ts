import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Deadlines } from '../../../src/node-agent/engine/deadlines.js';
import type { Micros } from '../../../src/values/time.js';

const at = (value: number): Micros => value as Micros;

describe('deadlines', () => {
  it('has none at first, and none again when the last one is taken back', () => {
    const deadlines = new Deadlines<string>();
    assert.equal(deadlines.earliest, null);
    deadlines.set('a', at(5));
    assert.equal(deadlines.earliest, 5);
    deadlines.set('a', null);
    deadlines.set('b', null);
    assert.equal(deadlines.earliest, null);
    assert.deepEqual(deadlines.due(at(9)), []);
  });

  it('gives those that are due, the earliest first, until they are set anew', () => {
    const deadlines = new Deadlines<string>();
    for (const [sleeper, deadline] of [
      ['c', 30],
      ['a', 10],
      ['d', 40],
      ['b', 20],
    ] as const)
      deadlines.set(sleeper, at(deadline));
    assert.deepEqual(deadlines.due(at(30)), ['a', 'b', 'c']);
    deadlines.set('a', at(50));
    assert.deepEqual(deadlines.due(at(30)), ['b', 'c']);
    assert.equal(deadlines.earliest, 20);
  });

  it('agrees with a sorted list, whatever is set in whatever order', () => {
    const change = fc.tuple(fc.nat(20), fc.option(fc.nat(50)));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), fc.nat(50), (changes, now) => {
        const deadlines = new Deadlines<number>();
        const model = new Map<number, number>();
        for (const [sleeper, deadline] of changes) {
          deadlines.set(sleeper, deadline === null ? null : at(deadline));
          if (deadline === null) model.delete(sleeper);
          else model.set(sleeper, deadline);
        }
        const earliest = model.size === 0 ? null : Math.min(...model.values());
        assert.equal(deadlines.earliest, earliest);
        const due = deadlines.due(at(now));
        const times = due.map((sleeper) => model.get(sleeper) ?? Number.NaN);
        assert.deepEqual(
          times,
          [...times].sort((one, other) => one - other),
        );
        assert.deepEqual(
          [...due].sort(),
          [...model]
            .filter(([, deadline]) => deadline <= now)
            .map(([sleeper]) => sleeper)
            .sort(),
        );
        for (const sleeper of model.keys())
          assert.equal(
            deadlines.anyDue(at(now), (each) => each === sleeper),
            due.includes(sleeper),
          );
      }),
    );
  });
});
