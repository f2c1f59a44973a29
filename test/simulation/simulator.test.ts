import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from '../../simulation/explore.js';
import { generate } from '../../simulation/generate.js';
import { MALFORMATIONS } from '../../simulation/schedule.js';
import { simulate } from '../../simulation/simulate.js';

test('a seed runs the same way each time', async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const [one, other] = [await simulate(generate(seed)), await simulate(generate(seed))];
    assert.deepEqual(one, other);
  }
});

test('nothing that must not be is seen in the schedules of the first seeds, and they reach what they are for', async () => {
  const { failures, coverage, looked } = await explore(1, 1_001);
  assert.deepEqual(failures, []);
  const reached = new Set([...Object.keys(coverage.transitions), ...Object.keys(coverage.incidents)]);
  const expected = [
    ...['Backup>Active:activeDown', 'Backup>Active:preemption', 'Backup>Active:resignation'],
    ...['Backup>Active:stalled', 'Backup>Active:yielded', 'Initialize>Active:owner'],
    ...[
      'Active>Backup:higherPriority',
      'Active>Backup:higherAddress',
      'Active>Backup:stalled',
      'Active>Backup:yielded',
    ],
    ...['Active>Initialize:stopping', 'Active>Initialize:removed', 'Active>Initialize:linkDown'],
    ...['Active>Initialize:noSourceAddress', 'Active>Initialize:trackingFailed'],
    ...[
      'crash',
      'powerOff',
      'pause',
      'cut',
      'partition',
      'linkDown',
      'uplinkDown',
      'weather',
      'lose',
      'wallClock',
    ],
    ...['edit priority', 'edit interval', 'edit addresses', 'edit version', 'edit vrid', 'removed', 'hurry'],
    ...['addressesStolen', 'refused send', 'refused hold', 'refused socket', 'socketLost', 'packet forged'],
    ...MALFORMATIONS.map((how) => `packet ${how}`),
  ];
  assert.deepEqual(
    expected.filter((name) => !reached.has(name)),
    [],
  );
  for (const [what, count] of Object.entries(looked)) assert.ok(count > 100, `${what}: ${String(count)}`);
});
