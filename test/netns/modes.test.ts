import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { Keepalived } from '../../lab/keepalived.js';
import { Injector, advertFrame } from '../../lab/inject.js';
import { Lan, macOf } from '../../lab/lan.js';
import { wallClock } from '../../lab/libc.js';
import { Prober } from '../../lab/prober.js';
import type { RouterSettings } from '../../lab/router.js';
import { assertAtMost, assertNear } from './support/judge.js';
import { IUT, scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';
import { A, EPSILON, down, skew } from './support/timing.js';

const IPV6 = { addresses: ['fe80::5e00:233', '2001:db8::100'] } as const;

describe('several segments and families', { concurrency: 3 }, () => {
  scenario('INT-050 the same VRID on two segments is two routers', async (lab) => {
    const there = '198.51.100.100';
    const second: RouterSettings = { name: 'there', priority: 150, interface: 'eth1', addresses: [there] };
    const stage = await Stage.set(lab, {
      iut: [{ name: 'here', priority: 100 }, second],
      ka: { priority: 150 },
    });
    const otherLan = await Lan.create(lab, { name: 'lan2', ipv4: '198.51.100', ipv6: '2001:db8:2::' });
    await otherLan.plug(stage.r1, { number: 1, device: 'eth1' });
    const r4 = await otherLan.host('r4', 4);
    const otherKa = new Keepalived(r4, [{ priority: 100, addresses: [there] }]);
    await stage.ka.start();
    await stage.iut.start();
    await otherKa.start();
    await stage.sole(stage.r2, 8000);
    await stage.sole(stage.r1, 8000, there);
    const since = wallClock();
    await stage.ka.kill();
    const held = await stage.holds(stage.r1, 6000);
    const last = stage.lastAdvert(stage.r2);
    assertNear(held - last.at, down(100), 'from the last advert to holding the address');
    await lab.passTime(A, 'the second segment is observed');
    const left = lab.timeline.of('address', since).filter(({ address }) => address === there);
    assert.deepEqual(left, [], 'nothing changes on the second segment');
    assert.deepEqual(stage.adverts(r4), []);
  });

  scenario('INT-051 IPv4 and IPv6 with the same VRID on one interface are two routers', async (lab) => {
    const six: RouterSettings = { name: 'six', priority: 100, ...IPV6 };
    const stage = await Stage.set(lab, {
      iut: [{ name: 'four', priority: 100 }, six],
      ka: { priority: 150 },
      vip: '2001:db8::100',
    });
    const sixKa = new Keepalived(stage.r2, [{ ...six, priority: 150 }]);
    await Promise.all([stage.ka.start(), sixKa.start()]);
    await stage.sole(stage.r2, 8000, '192.0.2.100');
    await stage.sole(stage.r2, 8000);
    await stage.iut.start();
    await lab.passTime(2 * A, 'the router under test hears both');
    await sixKa.kill();
    const last = stage.adverts(stage.r2).findLast(({ advert }) => advert.source === 'fe80::2');
    const held = await stage.holds(stage.r1, 6000);
    assertNear(held - (last?.at ?? 0), down(100), 'from the last IPv6 advert to holding the IPv6 address');
    await lab.passTime(A, 'the IPv4 router is observed');
    assert.deepEqual(stage.holders('192.0.2.100'), ['r2']);
    const own = stage.adverts(stage.r1).filter(({ advert }) => advert.source === '192.0.2.1');
    assert.deepEqual(own, [], 'the IPv4 router stays Backup');
  });

  scenario('INT-053 of two equals over IPv6 the greater link-local address stays', async (lab) => {
    const equal = { priority: 100, ...IPV6 };
    const stage = await Stage.set(lab, { iut: equal, ka: equal });
    const third = new Keepalived(stage.r3, [{ ...equal, priority: 200 }]);
    await third.start();
    await stage.holds(stage.r3, 5000);
    await stage.ka.start();
    await stage.iut.start();
    await stage.advertOf(stage.r3, wallClock(), 2000);
    const cut = await stage.lan.cut(stage.r3);
    await lab.passTime(down(100) + 2 * A, 'one of the two wins');
    const promoted = new Set(lab.timeline.of('advert', cut).map(({ host }) => host));
    const winner = promoted.has('r2') ? 'r2' : 'r1';
    assert.deepEqual(
      stage.holders().filter((host) => host !== 'r3'),
      [winner],
    );
  });

  scenario(
    'INT-054 without a link-local address the IPv6 router leaves, and returns with it',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, {
        iut: { priority: 150, ...IPV6 },
        ka: { priority: 100, ...IPV6 },
      });
      const removed = lab.timeline.step('the link-local address of r1 is removed');
      await stage.r1.ip('addr', 'del', 'fe80::1/64', 'dev', 'eth0');
      const left = (await stage.leaves(stage.r1, A)) ?? 0;
      assertAtMost(left - removed, 2 * EPSILON, 'until the address is left');
      const taken = await stage.holds(stage.r2, 5000);
      const last = stage.lastAdvert(stage.r1);
      assertAtMost(taken - last.at, down(100) + EPSILON, 'until keepalived holds the address');
      await stage.r1.ip('addr', 'add', 'fe80::1/64', 'dev', 'eth0', 'nodad');
      const back = lab.timeline.step('the link-local address of r1 is back');
      const held = await stage.holds(stage.r1, 6000);
      assertNear(held - back, down(150), 'from its return to holding the address', 2 * EPSILON);
      await stage.sole(stage.r1, EPSILON * 2);
      const foreign = stage.adverts(stage.r1).filter(({ advert }) => advert.source !== 'fe80::1');
      assert.deepEqual(foreign, [], 'every advert comes from the link-local address of the interface');
    },
  );
});

describe('unicast', { concurrency: 3 }, () => {
  const unicast = {
    iut: { unicast: { source: '192.0.2.1', peers: ['192.0.2.2'] } },
    ka: { unicast: { source: '192.0.2.2', peers: ['192.0.2.1'] } },
  };
  const S1 = { iut: { ...unicast.iut, priority: 150 }, ka: { ...unicast.ka, priority: 100 } };
  const S2 = { iut: { ...unicast.iut, priority: 100 }, ka: { ...unicast.ka, priority: 150 } };
  const toR1 = { source: '192.0.2.3', destination: '192.0.2.1', toMac: macOf(1) };

  scenario(
    'INT-057 adverts of a stranger, over a router, or to the group are ignored',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, S1);
      const since = wallClock();
      const stop = new Injector(stage.r3).every(100, [
        advertFrame({ priority: 250 }, toR1),
        advertFrame({ priority: 250 }, { ...toR1, source: '192.0.2.2', hopLimit: 254 }),
        advertFrame({ priority: 250 }, { source: '192.0.2.2', toMac: macOf(1) }),
      ]);
      await lab.passTime(4 * A, 'they come in');
      const sent = stop();
      stage.assertUndisturbed(stage.r1, since);
      stage.assertCadence(stage.r1, since);
      const each = Math.floor(sent / 3);
      const { counters } = await stage.agent.awaitRouter('strangers are counted', 2000, (router) => {
        return (router.counters['sourceNotPeer'] ?? 0) >= each;
      });
      assert.ok((counters['ipTtlErrors'] ?? 0) >= each, 'hop limits are counted');
    },
    { agentOnly: 'check of unicast sources and hop limits by default (K-05)' },
  );

  scenario('INT-058 what makes keepalived yield to a stranger does not move the Backup', async (lab) => {
    const stage = await Stage.withKaActive(lab, S2);
    const toR2 = { source: '192.0.2.3', destination: '192.0.2.2', toMac: macOf(2) };
    const stop = new Injector(stage.r3).every(100, [
      advertFrame({ priority: 250 }, toR2),
      ...(IUT === 'agent' ? [advertFrame({ priority: 250 }, toR1)] : []),
    ]);
    await stage.leaves(stage.r2, A);
    const held = await stage.holds(stage.r1, 6000);
    const last = stage.lastAdvert(stage.r2);
    assertNear(held - last.at, down(100), 'from the last advert of keepalived to holding the address');
    stop();
  });
});

describe('virtual MAC', { concurrency: 3 }, () => {
  const VIRTUAL_MAC = '00:00:5e:00:01:33';
  const S1 = { iut: { priority: 150, virtualMac: true }, ka: { priority: 100, virtualMac: true } };
  const S2 = { iut: { priority: 100, virtualMac: true }, ka: { priority: 150, virtualMac: true } };

  /** A host with two Ethernet addresses must not speak of the virtual address in the name of its own. */
  const settle = async (stage: Stage): Promise<void> => {
    for (const host of [stage.r1, stage.r2]) {
      await host.sysctl('net.ipv4.conf.eth0.arp_ignore', 1);
      await host.sysctl('net.ipv4.conf.eth0.arp_announce', 2);
    }
  };

  const neighbour = async (stage: Stage): Promise<string> => {
    const entries = JSON.parse(await stage.r3.ip('-j', 'neigh', 'show', stage.vip)) as { lladdr?: string }[];
    return entries[0]?.lladdr ?? 'none';
  };

  scenario('INT-059 (INT-004) the client keeps its ARP entry when the router resigns', async (lab) => {
    const stage = await Stage.withIutActive(lab, S1);
    await settle(stage);
    const prober = await Prober.start(stage.lan, stage.r3, stage.vip);
    await lab.passTime(A, 'the client is answered');
    assert.equal(await neighbour(stage), VIRTUAL_MAC);
    const since = wallClock();
    void stage.iut.terminate();
    const resigned = await stage.advertOf(stage.r1, since, 1000, ({ advert }) => advert.priority === 0);
    const successor = await stage.advertOf(stage.r2, since, 3000);
    assertNear(
      successor.at - resigned.at,
      skew(100),
      'from the resignation to the first advert of keepalived',
    );
    await stage.sole(stage.r2, 1000);
    await lab.passTime(A, 'the client is answered again');
    assert.equal(await neighbour(stage), VIRTUAL_MAC);
    const macs = new Set(
      [...stage.adverts(stage.r1), ...stage.adverts(stage.r2)].map(({ advert }) => advert.sourceMac),
    );
    assert.deepEqual([...macs], [VIRTUAL_MAC], 'every advert leaves from the virtual MAC');
    const said = lab.timeline
      .of('announcement')
      .filter(({ announcement }) => announcement.address === stage.vip)
      .map(({ announcement }) => announcement.mac);
    assert.deepEqual([...new Set(said)], [VIRTUAL_MAC], 'ARP tells the virtual MAC');
    const seen = await prober.stop();
    // For a moment both have the virtual MAC, and the bridge asks either.
    assert.deepEqual([seen.answeredBy[0], seen.answeredBy.at(-1)], ['r1', 'r2']);
    assertAtMost(seen.longestGap, skew(100) + 2 * EPSILON, 'the client waits');
  });

  scenario('INT-059 (INT-006) the virtual MAC moves to keepalived after SIGKILL', async (lab) => {
    const stage = await Stage.withIutActive(lab, S1);
    await stage.iut.kill();
    const held = await stage.holds(stage.r2, 6000);
    const last = stage.lastAdvert(stage.r1);
    assertNear(held - last.at, down(100), 'from the last advert until keepalived holds the address');
  });

  scenario('INT-059 (INT-005) the virtual MAC comes over from keepalived', async (lab) => {
    const stage = await Stage.withKaActive(lab, S2);
    await settle(stage);
    const prober = await Prober.start(stage.lan, stage.r3, stage.vip);
    await lab.passTime(A, 'the client is answered');
    const since = wallClock();
    void stage.ka.terminate();
    const resigned = await stage.advertOf(stage.r2, since, 1000, ({ advert }) => advert.priority === 0);
    const held = await stage.holds(stage.r1, 3000);
    assertNear(held - resigned.at, skew(100), 'from the resignation to holding the address');
    await lab.passTime(A, 'the client is answered again');
    assert.equal(await neighbour(stage), VIRTUAL_MAC);
    const seen = await prober.stop();
    assert.deepEqual(seen.answeredBy, ['r2', 'r1']);
    assertAtMost(seen.longestGap, skew(100) + 2 * EPSILON, 'the client waits');
  });
});
