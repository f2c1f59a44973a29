import assert from 'node:assert/strict';
import { it } from 'node:test';

import { Wire } from '../../../../bench/scale/fleet/wire.js';
import { ManualClock } from '../../../support/manual-clock.js';

const activeNode = (wire: Wire): string | null => wire.active?.node ?? null;

/** Milliseconds: three intervals and the skew of any priority are over. */
const LONG_ENOUGH = 4_000;

function wireOf(priorities: Readonly<Record<string, number>>) {
  const clock = new ManualClock();
  const wire = new Wire(clock);
  const told: string[] = [];
  for (const [node, priority] of Object.entries(priorities)) wire.join(node, priority, () => told.push(node));
  return { clock, wire, told };
}

it('all begin as Backup, and after the wait of VRRP the highest priority is Active', async () => {
  const { clock, wire, told } = wireOf({ a: 100, b: 254, c: 50 });
  await clock.advance(2_900);
  assert.equal(activeNode(wire), null);
  assert.equal(wire.seatOf('b')?.state, 'Backup');
  await clock.advance(LONG_ENOUGH);
  assert.deepEqual([wire.active?.node, wire.active?.because], ['b', 'activeDown']);
  assert.deepEqual(told, ['a', 'b', 'c']);
});

it('there is never more than one Active, also when a higher priority comes', async () => {
  const { clock, wire } = wireOf({ a: 100 });
  await clock.advance(LONG_ENOUGH);
  wire.join('b', 200, () => undefined);
  assert.equal(activeNode(wire), 'a');
  await clock.advance(LONG_ENOUGH);
  assert.equal(activeNode(wire), 'b');
  assert.deepEqual([wire.seatOf('a')?.state, wire.seatOf('a')?.because], ['Backup', 'higherPriority']);
});

it('who is told to hand over takes back when it is well again', async () => {
  const { clock, wire } = wireOf({ a: 254, b: 200 });
  await clock.advance(LONG_ENOUGH);
  assert.equal(wire.withdrawActive(), 'a');
  await clock.advance(LONG_ENOUGH);
  assert.deepEqual([wire.active?.node, wire.seatOf('a')?.priority], ['b', 1]);
  wire.restore('a');
  await clock.advance(LONG_ENOUGH);
  assert.equal(activeNode(wire), 'a');
});

it('when the Active one leaves, the next takes over within the skew time', async () => {
  const { clock, wire } = wireOf({ a: 254, b: 200 });
  await clock.advance(LONG_ENOUGH);
  wire.leave('a');
  assert.equal(activeNode(wire), null);
  await clock.advance(1_000);
  assert.deepEqual([wire.active?.node, wire.active?.because], ['b', 'resignation']);
  wire.leave('b');
  assert.equal(wire.withdrawActive(), null);
});
