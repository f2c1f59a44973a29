import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { block } from '../../lab/keepalived.js';
import type { Lab } from '../../lab/lab.js';
import { Lan } from '../../lab/lan.js';
import { wallClock } from '../../lab/libc.js';
import type { RouterSettings } from '../../lab/router.js';
import { assertAtMost } from './support/judge.js';
import { scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';
import { EPSILON, down, skew } from './support/timing.js';

/*
 * r1 and r2 are gateways between two segments. keepalived binds its two instances together by a vrrp_sync_group; the agent
 * has no groups, and lets each router track the other one's interface instead.
 */

const INTERVAL = 200;
const D = (priority: number): number => down(priority, 3, INTERVAL);
const S = (priority: number): number => skew(priority, 3, INTERVAL);
const THERE = '198.51.100.100';
const GROUP = block('vrrp_sync_group gateway', ['group {\n  here\n  there\n}']);

type Binding = 'tracked' | 'unbound';

const routers = (priority: number, binding: Binding): RouterSettings[] => {
  const track = (name: string): Partial<RouterSettings> =>
    binding === 'tracked'
      ? {
          agentSpec: { track: { interfaces: [{ name }] } },
          keepalivedLines: [block('track_interface', [name])],
        }
      : {};
  const brief = { version: 3, interval: INTERVAL / 1000, priority } as const;
  return [
    { ...brief, ...track('eth1'), name: 'here' },
    { ...brief, ...track('eth0'), name: 'there', interface: 'eth1', addresses: [THERE] },
  ];
};

/** r1 with ours, r2 with a grouped keepalived, on two segments. */
async function gateways(lab: Lab, ours: number, theirs: number, binding: Binding): Promise<[Stage, Lan]> {
  const stage = await Stage.set(lab, {
    iut: routers(ours, binding),
    ka: routers(theirs, 'unbound'),
    kaBlocks: [GROUP],
    vip: '192.0.2.100',
  });
  const there = await Lan.create(lab, { name: 'there', ipv4: '198.51.100', ipv6: '2001:db8:2::' });
  await there.plug(stage.r1, { number: 1, device: 'eth1' });
  await there.plug(stage.r2, { number: 2, device: 'eth1' });
  await stage.ka.start();
  await stage.iut.start();
  const active = ours > theirs ? stage.r1 : stage.r2;
  await stage.sole(active, 8000);
  await stage.sole(active, 8000, THERE);
  // Both sides have heard who it is, on both segments.
  await lab.passTime(2 * INTERVAL, 'the Active router is heard');
  return [stage, there];
}

describe("keepalived's sync groups against routers without groups", { concurrency: 3 }, () => {
  scenario('INT-083 a group that loses one segment leaves both, and ours take both over', async (lab) => {
    const [stage] = await gateways(lab, 100, 150, 'unbound');
    const last = stage.lastAdvert(stage.r2);
    const cut = await stage.lan.cut(stage.r2);
    await stage.holds(stage.r1, 3000);
    await stage.holds(stage.r1, 3000, THERE);
    const taken = Math.max(
      ...lab.timeline
        .of('address', cut)
        .filter(({ host }) => host === 'r1')
        .map(({ at }) => at),
    );
    assertAtMost(taken - last.at, D(100) + S(100) + 2 * EPSILON, 'until both are taken over');
    await stage.sole(stage.r1, 1000, THERE);
  });

  scenario('INT-083 a group that stands by takes neither over while ours still hold one', async (lab) => {
    const [stage] = await gateways(lab, 150, 100, 'unbound');
    await stage.lan.cut(stage.r1);
    await stage.leaves(stage.r1, 1000);
    await lab.passTime(D(100) + 2 * INTERVAL, 'the group would have its chance');
    assert.deepEqual(stage.holders(), [], 'nobody holds the address of the segment that was cut');
    assert.deepEqual(stage.holders(THERE), ['r1'], 'ours hold the other one');
  });

  scenario(
    'INT-083 ours that track the interfaces of each other leave both, and the group takes both over',
    async (lab) => {
      const [stage] = await gateways(lab, 150, 100, 'tracked');
      const since = wallClock();
      await stage.lan.cut(stage.r1);
      await stage.sole(stage.r2, 5000);
      await stage.sole(stage.r2, 5000, THERE);
      assertAtMost(
        wallClock() - since,
        D(100) + S(100) + INTERVAL + 5 * EPSILON,
        'until both are taken over',
      );
      await stage.lan.restore(stage.r1);
      await stage.sole(stage.r1, 5000);
      await stage.sole(stage.r1, 5000, THERE);
    },
  );
});
