import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { eventually } from '../../lab/eventually.js';
import { wallClock } from '../../lab/libc.js';
import { ShiftedClock } from '../../lab/shifted-clock.js';
import { assertAtMost, assertNear } from './support/judge.js';
import { IUT, scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';
import { A, EPSILON, down, skew } from './support/timing.js';

const S1 = { iut: { priority: 150 }, ka: { priority: 100 } };

describe('what a host does to a router', { concurrency: 3 }, () => {
  scenario('INT-066 an address that somebody deletes is back at once', async (lab) => {
    const stage = await Stage.withIutActive(lab, S1);
    const since = lab.timeline.step('somebody deletes the address');
    await stage.r1.ip('addr', 'del', '192.0.2.100/32', 'dev', 'eth0');
    const returned = await eventually(lab.timeline, 'the address is back', 2 * A, () =>
      lab.timeline
        .of('address', since)
        .find(({ host, address, held }) => host === 'r1' && address === stage.vip && held),
    );
    const held = returned.at;
    // keepalived (K-20) resigns, and comes back after its own skew time.
    assertAtMost(held - since, (IUT === 'agent' ? 0 : skew(150)) + 2 * EPSILON, 'until it is back');
    await lab.passTime(2 * A, 'nothing else follows');
    assert.deepEqual(stage.holders(), ['r1']);
    if (IUT !== 'agent') return;
    assert.ok(stage.adverts(stage.r1, since).every(({ advert }) => advert.priority === 150));
    stage.assertNeverHeld(stage.r2);
  });

  scenario(
    'INT-068 without an address of its own the interface sends nothing from the virtual one',
    async (lab) => {
      const subnet = { addresses: ['192.0.2.100/24'] };
      const stage = await Stage.set(lab, {
        iut: { priority: 150, ...subnet },
        ka: { priority: 100, ...subnet },
      });
      await stage.r1.sysctl('net.ipv4.conf.eth0.promote_secondaries', 1);
      await stage.iut.start();
      await stage.ka.start();
      await stage.sole(stage.r1, 5000);
      const since = lab.timeline.step('the primary address of r1 is deleted');
      await stage.r1.ip('addr', 'del', '192.0.2.1/24', 'dev', 'eth0');
      await stage.leaves(stage.r1, A);
      await stage.holds(stage.r2, 5000);
      const later = stage.adverts(stage.r1, since);
      assert.ok(
        later.every(({ advert }) => advert.source === '192.0.2.1'),
        'no advert comes from the virtual address',
      );
      assert.ok(
        later.every(({ advert }) => advert.priority === 0),
        'what is still sent is a resignation',
      );
      // K-16: keepalived resigns twice.
      assert.ok(later.length <= (IUT === 'agent' ? 1 : 2), `${String(later.length)} resignations`);
      await stage.r1.ip('addr', 'add', '192.0.2.1/24', 'dev', 'eth0');
      const back = lab.timeline.step('the primary address is back');
      const held = await stage.holds(stage.r1, 6000);
      assertNear(held - back, down(150), 'from its return to holding the address', 2 * EPSILON);
    },
  );

  scenario(
    'INT-069 another primary address is used for the next advert, with a new checksum',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, {
        iut: { ...S1.iut, version: 3 },
        ka: { ...S1.ka, version: 3 },
      });
      const held = await stage.holds(stage.r1, 0);
      await stage.r1.sysctl('net.ipv4.conf.eth0.promote_secondaries', 1);
      await stage.r1.ip('addr', 'add', '192.0.2.9/24', 'dev', 'eth0');
      await stage.r1.ip('addr', 'del', '192.0.2.1/24', 'dev', 'eth0');
      const since = lab.timeline.step('192.0.2.9 replaces 192.0.2.1');
      const next = await stage.advertOf(stage.r1, since, A + EPSILON);
      assert.equal(next.advert.source, '192.0.2.9');
      await stage.outlastTakeover('keepalived would take over if it did not accept the adverts');
      stage.assertUndisturbed(stage.r1, held);
      assert.ok(stage.adverts(stage.r1, since).every(({ advert }) => advert.source === '192.0.2.9'));
    },
  );

  scenario('INT-070 a router that stood still gives way, and takes over again in good order', async (lab) => {
    const stage = await Stage.withIutActive(lab, S1);
    await stage.advertOf(stage.r1, wallClock(), 2 * A);
    stage.iut.freeze();
    const taken = await stage.holds(stage.r2, 5000);
    const last = stage.lastAdvert(stage.r1);
    assertNear(taken - last.at, down(100), 'from the last advert until keepalived holds the address');
    await lab.passTime(1500, 'the router stands still');
    const thawed = stage.iut.thaw();
    const sole = await stage.sole(stage.r1, 2 * A);
    assertAtMost(sole - thawed, A + EPSILON, 'until exactly one holds the address');
    await lab.passTime(EPSILON, 'announcements come in');
    const announced = lab.timeline
      .of('announcement', thawed)
      .filter(
        ({ host, announcement }) =>
          host === 'r1' && announcement.gratuitous && announcement.address === stage.vip,
      );
    assert.ok(announced.length > 0, 'the address is announced again');
    await lab.passTime(2 * A, 'it stays so');
    assert.deepEqual(stage.holders(), ['r1']);
  });

  scenario('INT-075 a firewall that refuses adverts is survived, and counted', async (lab) => {
    const stage = await Stage.withIutActive(lab, S1);
    const rules =
      'table ip lab { chain out { type filter hook output priority 0; ip daddr 224.0.0.18 drop; }; }';
    const since = lab.timeline.step('r1 may not send to the group');
    await stage.r1.run(['nft', '-f', '-'], rules);
    const taken = await stage.holds(stage.r2, 6000);
    const last = stage.lastAdvert(stage.r1, taken);
    assertNear(taken - last.at, down(100), 'from the last advert until keepalived holds the address');
    if (IUT === 'agent') {
      const { counters } = await stage.agent.router();
      assert.ok((counters['sendErrors'] ?? 0) >= 3, 'refused adverts are counted');
    }
    await stage.r1.run(['nft', 'delete', 'table', 'ip', 'lab']);
    const mended = lab.timeline.step('r1 may send again');
    const sole = await stage.sole(stage.r1, 2 * A);
    assertAtMost(sole - mended, A + EPSILON, 'until exactly one holds the address');
    assert.ok(lab.timeline.of('log', since).length < 200);
  });

  scenario(
    'INT-071 a wall clock that jumps by hours and years moves nothing',
    async (lab) => {
      const clock = await ShiftedClock.build(lab);
      const stage = await Stage.withIutActive(lab, { ...S1, environment: clock.environment });
      const since = wallClock();
      const known = await eventually(lab.timeline, 'the takeover is logged', 1000, () =>
        stage.agent.transitions().length === 2 ? stage.agent.transitions() : null,
      );
      for (const seconds of [HOUR, -HOUR, 10 * YEAR, -10 * YEAR, 0]) {
        clock.set(seconds);
        await lab.passTime(2 * A, 'the agent works with it');
      }
      stage.assertUndisturbed(stage.r1, since);
      stage.assertCadence(stage.r1, since);
      assert.deepEqual(stage.agent.transitions(), known);
      assert.deepEqual(stage.adverts(stage.r2), []);
    },
    { agentOnly: 'wall clock of its own here' },
  );
});

const HOUR = 3600;
const YEAR = 365 * 24 * HOUR;
