import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { block } from '../../lab/keepalived.js';
import type { RouterSettings } from '../../lab/router.js';
import { keepalivedSince } from './support/peer-version.js';
import { assertAtMost, assertNear } from './support/judge.js';
import { IUT, type ScenarioOptions, scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';
import { EPSILON, down } from './support/timing.js';

/* Two sides with other lists of addresses. Up to 2.3.2 keepalived drops adverts with another list than its own (K-13). */

const INTERVAL = 200;
const D = (priority: number): number => down(priority, 3, INTERVAL);
const DROPS = !keepalivedSince('2.3.3');
const COUNTERS: ScenarioOptions = { agentOnly: 'counters to read' };
const brief = { version: 3, interval: INTERVAL / 1000 } as const;

type Lists = Readonly<{
  title: string;
  ours: Partial<RouterSettings>;
  theirs: Partial<RouterSettings>;
  vip: string;
}>;

const LISTS: readonly Lists[] = [
  {
    title: 'INT-047 another address',
    ours: { addresses: ['192.0.2.100'] },
    theirs: { addresses: ['192.0.2.101'] },
    vip: '192.0.2.101',
  },
  {
    title: 'INT-049 three addresses against two and an excluded one',
    ours: { addresses: ['192.0.2.100', '192.0.2.101', '192.0.2.102'] },
    theirs: {
      addresses: ['192.0.2.100', '192.0.2.101'],
      keepalivedLines: [block('virtual_ipaddress_excluded', ['192.0.2.102'])],
    },
    vip: '192.0.2.101',
  },
];

describe('lists of addresses that differ', { concurrency: 3 }, () => {
  for (const { title, ours, theirs, vip } of LISTS) {
    scenario(
      `${title}: a Backup accepts the adverts, and tells of the difference`,
      async (lab) => {
        const stage = await Stage.withKaActive(lab, {
          iut: { ...brief, ...ours, priority: 100 },
          ka: { ...brief, ...theirs, priority: 150 },
          vip,
        });
        await lab.passTime(D(100) + INTERVAL, 'the router under test has its chance');
        for (const address of ours.addresses ?? [])
          assert.ok(!stage.holders(address).includes('r1'), `r1 does not hold ${address}`);
        const { counters, problems } = await stage.agent.router();
        assert.equal(counters['addressListErrors'], counters['rcvdAdvertisements']);
        assert.deepEqual(
          problems.map(({ code }) => code),
          ['AddressListDiffers'],
        );
      },
      COUNTERS,
    );

    scenario(
      `${title}: keepalived ${DROPS ? 'drops ours and holds its own' : 'accepts ours'}`,
      async (lab) => {
        const stage = await Stage.set(lab, {
          iut: { ...brief, ...ours, priority: 150 },
          ka: { ...brief, ...theirs, priority: 100 },
          vip,
        });
        await stage.iut.start();
        await stage.holds(stage.r1, 5000, ours.addresses?.at(0));
        await stage.ka.start();
        if (DROPS) await stage.holds(stage.r2, 3000);
        else {
          await lab.passTime(D(100) + INTERVAL, 'keepalived has its chance');
          stage.assertNeverHeld(stage.r2);
        }
        assert.ok(stage.holders(ours.addresses?.at(0)).includes('r1'));
      },
    );
  }

  scenario('INT-056 a keepalived without a virtual link-local address is accepted', async (lab) => {
    const global = { ...brief, addresses: ['2001:db8::100'] };
    const stage = await Stage.withKaActive(lab, {
      iut: { ...global, priority: 100 },
      ka: { ...global, priority: 150 },
    });
    await lab.passTime(D(100) + INTERVAL, 'the router under test has its chance');
    stage.assertNeverHeld(stage.r1);
    if (IUT === 'agent') {
      const { counters } = await stage.agent.router('web', 'IPv6');
      assert.equal(counters['firstAddressNotLinkLocal'], counters['rcvdAdvertisements']);
    }
    await stage.ka.kill();
    const held = await stage.holds(stage.r1, 3000);
    assertNear(held - stage.lastAdvert(stage.r2).at, D(100), 'from the last advert to holding the address');
  });
});

describe('duplicate address detection', { concurrency: 3 }, () => {
  scenario(
    'INT-055 no advert comes from an address that is tentative, and ours is not held up',
    async (lab) => {
      const addresses = ['fe80::5e00:233', '2001:db8::100'];
      const stage = await Stage.set(lab, {
        iut: { ...brief, addresses, priority: 150 },
        ka: { ...brief, addresses, priority: 100 },
      });
      await stage.ka.start();
      await stage.sole(stage.r2, 5000);
      await stage.r1.ip('addr', 'del', 'fe80::1/64', 'dev', 'eth0');
      await stage.r1.sysctl('net.ipv6.conf.eth0.accept_dad', 1);
      await stage.r1.ip('addr', 'add', 'fe80::1/64', 'dev', 'eth0');
      const tentative = lab.timeline.step('the link-local address of r1 is tentative');
      await stage.iut.start();
      const held = await stage.holds(stage.r1, 5000);
      const first = await stage.advertOf(stage.r1, tentative, 1000);
      // The kernel needs a second for it (RFC 4862 §5.1: RetransTimer).
      assert.ok(first.at - tentative >= 1000, `an advert after ${(first.at - tentative).toFixed(0)} ms`);
      assert.equal(first.advert.source, 'fe80::1');
      assertAtMost(held - first.at, EPSILON, 'from the first advert to holding the address');
      const lines = await stage.r1.ip('-6', 'addr', 'show', 'dev', 'eth0');
      assert.doesNotMatch(lines, /tentative|dadfailed/, 'every address can be used');
      await stage.sole(stage.r1, 1000);
    },
  );
});
