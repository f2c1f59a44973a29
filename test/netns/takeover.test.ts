import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { wallClock } from '../../lab/libc.js';
import { Prober } from '../../lab/prober.js';
import type { RouterSettings } from '../../lab/router.js';
import { assertAtMost, assertNear } from './support/judge.js';
import { IUT, scenario } from './support/scenario.js';
import { type Cast, Stage } from './support/stage.js';
import { A, EPSILON, down, skew } from './support/timing.js';

/** The same takeovers are tried over each way of carrying adverts. */
type Variant = Readonly<{
  id: (number: string) => string;
  over: string;
  iut: Partial<RouterSettings>;
  ka: Partial<RouterSettings>;
}>;

const VIRTUAL_IPV6 = ['fe80::5e00:233', '2001:db8::100'];

const VARIANTS: readonly Variant[] = [
  { id: (number) => `INT-${number}`, over: 'IPv4', iut: {}, ka: {} },
  {
    id: (number) => `INT-052 (INT-${number})`,
    over: 'IPv6',
    iut: { addresses: VIRTUAL_IPV6 },
    ka: { addresses: VIRTUAL_IPV6 },
  },
  {
    id: (number) => `INT-057 (INT-${number})`,
    over: 'unicast',
    iut: { unicast: { source: '192.0.2.1', peers: ['192.0.2.2'] } },
    ka: { unicast: { source: '192.0.2.2', peers: ['192.0.2.1'] } },
  },
];

for (const { id, over, iut, ka } of VARIANTS) {
  const cast = (ours: number, theirs: number): Cast => ({
    iut: { ...iut, priority: ours },
    ka: { ...ka, priority: theirs },
  });

  describe(`takeover over ${over}`, { concurrency: 3 }, () => {
    scenario(
      `${id('004')} SIGTERM sends one priority 0, and keepalived follows after S(100)`,
      async (lab) => {
        const stage = await Stage.withIutActive(lab, cast(150, 100));
        const since = wallClock();
        void stage.iut.terminate();
        const successor = await stage.advertOf(stage.r2, since, 3000);
        const left = (await stage.leaves(stage.r1, 2000)) ?? 0;
        const resignations = stage.adverts(stage.r1, since).filter(({ advert }) => advert.priority === 0);
        assert.equal(resignations.length, 1, 'adverts with priority 0');
        const resigned = resignations[0]?.at ?? 0;
        assertNear(
          successor.at - resigned,
          skew(100),
          'from the resignation to the first advert of keepalived',
        );
        assertAtMost(left - resigned, skew(100) + 100 + EPSILON, 'until the address is gone from r1');
        await stage.sole(stage.r2, 1000);
        if (IUT === 'agent') assert.equal(stage.absence(since), 0, 'somebody holds the address all the time');
      },
    );

    scenario(
      `${id('005')} a resignation of keepalived is followed after S(100), with announcements`,
      async (lab) => {
        const stage = await Stage.withKaActive(lab, cast(100, 150));
        const prober = await Prober.start(stage.lan, stage.r3, stage.vip);
        // K: the R flag says that the router forwards.
        await stage.r1.sysctl('net.ipv6.conf.all.forwarding', 1);
        await lab.passTime(300, 'the client is answered');
        const since = wallClock();
        void stage.ka.terminate();
        const resigned = await stage.advertOf(stage.r2, since, 1000, ({ advert }) => advert.priority === 0);
        const first = await stage.advertOf(stage.r1, since, 3000);
        assertNear(first.at - resigned.at, skew(100), 'from the resignation to the first advert');
        const held = await stage.holds(stage.r1, 1000);
        assertAtMost(held - first.at, EPSILON, 'from the first advert to holding the address');
        await lab.passTime(EPSILON, 'announcements and replies come in');
        const announced = lab.timeline
          .of('announcement', since)
          .find(
            ({ host, announcement }) =>
              host === 'r1' && announcement.gratuitous && announcement.address === stage.vip,
          );
        assert.ok(announced !== undefined, 'the address is announced');
        assertAtMost(announced.at - first.at, EPSILON, 'from the first advert to the announcement');
        if (announced.announcement.protocol === 'NA' && IUT === 'agent')
          assert.equal(announced.announcement.flags & 0xe0, 0xa0, 'R=1 S=0 O=1');
        const seen = await prober.stop();
        assert.deepEqual(seen.answeredBy, ['r2', 'r1']);
        assertAtMost(seen.longestGap, skew(100) + 100 + EPSILON, 'the client waits');
      },
    );

    scenario(`${id('006')} SIGKILL lets keepalived take over after D(100)`, async (lab) => {
      const stage = await Stage.withIutActive(lab, cast(150, 100));
      const killed = await stage.iut.kill();
      const held = await stage.holds(stage.r2, 6000);
      const last = stage.lastAdvert(stage.r1);
      assertNear(held - last.at, down(100), 'from the last advert until keepalived holds the address');
      assert.deepEqual(stage.adverts(stage.r1, killed + EPSILON), []);
    });

    scenario(
      `${id('006')} after SIGKILL and a restart the stale address is gone before Backup`,
      async (lab) => {
        const stage = await Stage.withIutActive(lab, cast(150, 100));
        await stage.iut.kill();
        assert.deepEqual(stage.holders(), ['r1'], 'the address is still there');
        const restarted = await stage.iut.start();
        const left = (await stage.leaves(stage.r1, 1000)) ?? 0;
        assertAtMost(left - restarted, 100, 'from Backup until the stale address is gone');
        await stage.sole(stage.r1, down(150) + 2 * A);
      },
    );

    scenario(`${id('007')} when keepalived is killed its address is taken over after D(100)`, async (lab) => {
      const stage = await Stage.withKaActive(lab, cast(100, 150));
      await stage.ka.kill();
      const held = await stage.holds(stage.r1, 6000);
      const last = stage.lastAdvert(stage.r2);
      assertNear(held - last.at, down(100), 'from the last advert to holding the address');
    });

    if (over === 'unicast') return;
    scenario(`${id('008')} a higher priority preempts keepalived after D(150)`, async (lab) => {
      const stage = await Stage.set(lab, cast(150, 100));
      await stage.ka.start();
      await stage.sole(stage.r2, 8000);
      const started = await stage.iut.start();
      const first = await stage.advertOf(stage.r1, started, 6000);
      assertNear(first.at - started, down(150), 'from Backup to the first advert');
      await stage.sole(stage.r1, 1000);
      const left = (await stage.leaves(stage.r2, 1000)) ?? 0;
      assertAtMost(left - first.at, EPSILON, 'from the first advert until keepalived leaves');
      assertAtMost(stage.overlap(started), 50 + EPSILON, 'both hold the address');
    });
  });
}
