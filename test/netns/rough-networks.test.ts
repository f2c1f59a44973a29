import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { stretches } from '../../lab/address-watch.js';
import { UNRECORDED_MAC } from '../../lab/capture.js';
import { Injector, advertFrame } from '../../lab/inject.js';
import { macOf } from '../../lab/lan.js';
import { wallClock } from '../../lab/libc.js';
import { roughen } from '../../lab/rough-path.js';
import type { RouterSettings } from '../../lab/router.js';
import { assertAtMost, assertNear } from './support/judge.js';
import { IUT, scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';
import { A, EPSILON, down } from './support/timing.js';

/* Networks that lose, delay, double, overtake and flood. Version 3 with short intervals, so that much happens in little time. */

const INTERVAL = 100;
const D = (priority: number): number => down(priority, 3, INTERVAL);
const cast = (
  ours: number,
  theirs: number,
  interval = INTERVAL,
): Readonly<{ iut: RouterSettings; ka: RouterSettings }> => ({
  iut: { version: 3, interval: interval / 1000, priority: ours },
  ka: { version: 3, interval: interval / 1000, priority: theirs },
});

describe('rough networks', { concurrency: 3 }, () => {
  scenario('INT-073 on a segment that loses every other frame no split lasts', async (lab) => {
    const stage = await Stage.withIutActive(lab, cast(150, 100));
    const since = wallClock();
    await stage.lan.lose(50);
    await lab.passTime(5 * A, 'half of all frames are lost');
    await stage.lan.lose(0);
    const quiet = wallClock();
    const splits = stretches(lab.timeline, stage.vip, (hosts) => hosts.length !== 1, since, quiet);
    const longest = Math.max(0, ...splits.map(({ from, to }) => to - from));
    // One of ours that arrives ends a split; that twenty in a row are lost happens once in a million.
    assertAtMost(longest, 20 * INTERVAL, `the longest of ${String(splits.length)} splits`);
    const sole = await stage.sole(stage.r1, A);
    assertAtMost(sole - quiet, 2 * INTERVAL + EPSILON, 'until exactly one holds the address');
    await lab.passTime(D(100) + INTERVAL, 'it stays so');
    assert.deepEqual(stage.holders(), ['r1']);
  });

  scenario('INT-074 delay, disorder and duplicates move nothing', async (lab) => {
    const stage = await Stage.withIutActive(lab, cast(150, 100, 300));
    const since = wallClock();
    // Up to nine tenths of an interval.
    await roughen(stage.lan, stage.r1, stage.r2, { delay: [30, 270], duplicated: 0.2 });
    await lab.passTime(4 * A, 'adverts come late, in disorder and twice');
    stage.assertUndisturbed(stage.r1, since);
    assert.deepEqual(stage.adverts(stage.r2, since), [], 'keepalived takes nothing over');
  });

  scenario('INT-074 a Backup of ours is not moved by them either', async (lab) => {
    const stage = await Stage.withKaActive(lab, cast(100, 150, 300));
    const since = wallClock();
    await roughen(stage.lan, stage.r1, stage.r2, { delay: [30, 270], duplicated: 0.2 }, 2);
    await lab.passTime(4 * A, 'adverts come late, in disorder and twice');
    stage.assertUndisturbed(stage.r2, since);
    stage.assertNeverHeld(stage.r1);
  });

  for (const family of ['IPv4', 'IPv6'] as const) {
    scenario(`INT-076 a switch that snoops delivers adverts over ${family}`, async (lab) => {
      const addresses = family === 'IPv4' ? ['192.0.2.100'] : ['fe80::5e00:233', '2001:db8::100'];
      const { iut, ka } = cast(100, 150);
      const stage = await Stage.withKaActive(lab, {
        iut: { ...iut, addresses },
        ka: { ...ka, addresses },
      });
      // Memberships that are not confirmed within two seconds are forgotten; over IPv6 the querier asks each half second.
      await stage.lan.namespace.run(['sysctl', '-qw', 'net.ipv6.conf.br0.disable_ipv6=0']);
      const querier =
        family === 'IPv6' ? 'mcast_querier 1 mcast_query_interval 50 mcast_query_response_interval 20' : '';
      await stage.lan.namespace.ipBatch([
        `link set br0 type bridge mcast_snooping 1 mcast_membership_interval 200 ${querier}`,
      ]);
      const since = lab.timeline.step('the segment snoops');
      await lab.passTime(5 * A, 'memberships would run out');
      stage.assertNeverHeld(stage.r1);
      stage.assertUndisturbed(stage.r2, since);
      await stage.ka.kill();
      const held = await stage.holds(stage.r1, 2000);
      assertNear(held - stage.lastAdvert(stage.r2).at, D(100), 'from the last advert to holding the address');
    });
  }

  scenario(
    'INT-087 5000 adverts a second for another router do not keep those for ours from being heard',
    async (lab) => {
      const stage = await Stage.withKaActive(lab, cast(100, 150, 200));
      const other = advertFrame(
        { version: 3, vrid: 52, priority: 200 },
        { source: '192.0.2.3', fromMac: UNRECORDED_MAC, toMac: macOf(1) },
      );
      const flood = await new Injector(stage.r3).flood(5000, [other]);
      await lab.passTime(3 * A, 'adverts for VRID 52 come in');
      await flood.stop();
      assert.ok(flood.sent > 8000, `only ${String(flood.sent)} were sent`);
      stage.assertNeverHeld(stage.r1);
      if (IUT !== 'agent') return;
      const { counters } = await stage.agent.router();
      const heard = counters['rcvdAdvertisements'] ?? 0;
      assert.ok(heard >= 10, `${String(heard)} adverts were heard`);
    },
  );
});
