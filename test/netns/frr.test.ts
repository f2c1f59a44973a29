import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { Frr } from '../../lab/frr.js';
import { wallClock } from '../../lab/libc.js';
import type { RouterSettings } from '../../lab/router.js';
import { assertAtMost, assertNear } from './support/judge.js';
import { IUT, scenario } from './support/scenario.js';
import { type Cast, Stage } from './support/stage.js';
import { EPSILON, down, skew } from './support/timing.js';

/*
 * FRR's vrrpd in the place of keepalived. It speaks version 3 with the pseudo-header in the checksum, counts in hundredths
 * of a second, and over IPv6 advertises no virtual link-local address.
 */

const INTERVAL = 200;
const FAMILIES = [
  { family: 'IPv4', addresses: ['192.0.2.100'] },
  { family: 'IPv6', addresses: ['2001:db8::100'] },
] as const;

/** As vrrpd rounds it. */
const wholeCentiseconds = (milliseconds: number): number => Math.floor(milliseconds / 10) * 10;

const D = (priority: number): number => down(priority, 3, INTERVAL);
const S = (priority: number): number => skew(priority, 3, INTERVAL);

for (const { family, addresses } of FAMILIES) {
  const cast = (ours: number, theirs: number): Cast => {
    const settings: Omit<RouterSettings, 'priority'> = { addresses, version: 3, interval: INTERVAL / 1000 };
    return {
      iut: { ...settings, priority: ours },
      ka: { ...settings, priority: theirs },
      peer: (host, routers) => new Frr(host, routers),
    };
  };

  /** The router under test is Active, vrrpd hears it. */
  const withIutActive = async (stage: Stage): Promise<Stage> => {
    await stage.ka.start();
    await stage.iut.start();
    await stage.sole(stage.r1, 8000);
    await stage.advertOf(stage.r1, wallClock(), 2000);
    return stage;
  };

  describe(`FRR's vrrpd over ${family}`, { concurrency: 3 }, () => {
    scenario(`INT-088 (INT-004) vrrpd follows a resignation after S(100), over ${family}`, async (lab) => {
      const stage = await withIutActive(await Stage.set(lab, cast(150, 100)));
      const since = wallClock();
      void stage.iut.terminate();
      const taken = await stage.holds(stage.r2, 3000);
      const successor = await stage.advertOf(stage.r2, since, 3000);
      const left = (await stage.leaves(stage.r1, 2000)) ?? 0;
      const resignations = stage.adverts(stage.r1, since).filter(({ advert }) => advert.priority === 0);
      assert.equal(resignations.length, 1, 'adverts with priority 0');
      const resigned = resignations[0]?.at ?? 0;
      assertNear(taken - resigned, wholeCentiseconds(S(100)), 'until vrrpd holds the address');
      // Over IPv6 it forgets its link-local address while its link is down, and its first advert fails.
      const unsent = family === 'IPv6' ? INTERVAL : 0;
      assertAtMost(successor.at - taken, unsent + EPSILON, 'until the first advert of vrrpd');
      assertAtMost(left - resigned, S(100) + unsent + 50 + 2 * EPSILON, 'until the address is gone from r1');
      await stage.sole(stage.r2, 1000);
    });

    scenario(
      `INT-088 (INT-005) a resignation of vrrpd is followed after S(100), over ${family}`,
      async (lab) => {
        const stage = await Stage.withKaActive(lab, cast(100, 150));
        const since = wallClock();
        void stage.ka.terminate();
        const resigned = await stage.advertOf(stage.r2, since, 2000, ({ advert }) => advert.priority === 0);
        const first = await stage.advertOf(stage.r1, since, 2000);
        assertNear(first.at - resigned.at, S(100), 'from the resignation to the first advert');
        const held = await stage.holds(stage.r1, 1000);
        assertAtMost(held - first.at, EPSILON, 'from the first advert to holding the address');
      },
    );

    scenario(`INT-088 (INT-006) vrrpd takes over D(100) after SIGKILL, over ${family}`, async (lab) => {
      const stage = await withIutActive(await Stage.set(lab, cast(150, 100)));
      await stage.iut.kill();
      const held = await stage.holds(stage.r2, 3000);
      const last = stage.lastAdvert(stage.r1);
      // zebra sets the link, and takes its time.
      assertNear(held - last.at, D(100), 'from the last advert until vrrpd holds the address', 2 * EPSILON);
    });

    scenario(
      `INT-088 (INT-007) a killed vrrpd is taken over from after D(100), over ${family}`,
      async (lab) => {
        const stage = await Stage.withKaActive(lab, cast(100, 150));
        await stage.ka.kill();
        const held = await stage.holds(stage.r1, 3000);
        const last = stage.lastAdvert(stage.r2);
        assertNear(held - last.at, D(100), 'from the last advert to holding the address');
      },
    );

    scenario(`INT-088 (INT-008) vrrpd gives way to a higher priority, over ${family}`, async (lab) => {
      const stage = await Stage.set(lab, cast(150, 100));
      await stage.ka.start();
      await stage.sole(stage.r2, 8000);
      // Its own timer until the first advert that it hears is that of its configuration.
      const started = await stage.iut.start();
      const first = await stage.advertOf(stage.r1, started, 3000);
      assertNear(first.at - started, D(150), 'from Backup to the first advert');
      await stage.sole(stage.r1, 1000);
      if (IUT !== 'agent') return;
      const { counters, problems } = await stage.agent.router('web', family);
      assert.equal(counters['checksumErrors'], 0);
      assert.equal(counters['checksumFormDiffers'], 0);
      if (family === 'IPv4') assert.deepEqual(problems, []);
    });
  });
}
