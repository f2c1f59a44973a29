import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { absence, holders, holdings, overlap } from '../../lab/address-watch.js';
import { Timeline } from '../../lab/timeline.js';

const VIP = '192.0.2.100';

/** `+r1@10 -r1@30`: r1 gains the address at 10 and loses it at 30. */
function timelineOf(script: string): Timeline {
  const timeline = new Timeline();
  for (const word of script.split(' ')) {
    const [, sign, host = '', at] = /^([+-])(\w+)@(\d+)$/.exec(word) ?? [];
    timeline.record({
      kind: 'address',
      at: Number(at),
      host,
      held: sign === '+',
      address: VIP,
      interface: 'eth0',
    });
  }
  return timeline;
}

describe('who held an address', () => {
  it('is told in order of beginning, whatever order the news came in', () => {
    const timeline = timelineOf('+r2@25 +r1@10 -r1@30');
    assert.deepEqual(holdings(timeline, VIP), [
      { host: 'r1', from: 10, to: 30 },
      { host: 'r2', from: 25, to: Infinity },
    ]);
    assert.deepEqual(holders(timeline, VIP), ['r2']);
    assert.deepEqual(holders(timeline, VIP, 27), ['r1', 'r2']);
    assert.deepEqual(holders(timeline, VIP, 5), []);
  });

  it('counts the time in which two hosts held it', () => {
    const timeline = timelineOf('+r1@10 +r2@25 -r1@30 +r1@50 -r1@52');
    assert.equal(overlap(timeline, VIP, 0, 100), 5 + 2);
    assert.equal(overlap(timeline, VIP, 28, 51), 2 + 1);
  });

  it('counts the time in which nobody held it, the edges included', () => {
    const timeline = timelineOf('+r1@10 -r1@30 +r2@45 -r2@60');
    assert.equal(absence(timeline, VIP, 0, 100), 10 + 15 + 40);
    assert.equal(absence(timeline, VIP, 40, 50), 5);
  });

  it('counts an address on two interfaces of a host once', () => {
    const timeline = timelineOf('+r1@10 +r1@12 -r1@20 -r1@30');
    assert.deepEqual(holdings(timeline, VIP), [{ host: 'r1', from: 10, to: 30 }]);
    assert.equal(overlap(timeline, VIP, 0, 100), 0);
  });
});
