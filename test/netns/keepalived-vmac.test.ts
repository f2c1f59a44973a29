import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { eventuallyAsked } from '../../lab/eventually.js';
import { wallClock } from '../../lab/libc.js';
import { macOf, portName } from '../../lab/lan.js';
import type { RouterSettings } from '../../lab/router.js';
import { assertAtMost, assertNear } from './support/judge.js';
import { IUT, scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';
import { EPSILON, down, skew } from './support/timing.js';

/* keepalived's use_vmac, with and without vmac_xmit_base, beside routers of ours with and without a virtual MAC. */

const INTERVAL = 200;
const D = (priority: number): number => down(priority, 3, INTERVAL);
const S = (priority: number): number => skew(priority, 3, INTERVAL);
const VIRTUAL_MAC = '00:00:5e:00:01:33';
const brief = { version: 3, interval: INTERVAL / 1000 } as const;

/** A host with two Ethernet addresses must not speak of the virtual address in the name of its own. */
const settle = async (stage: Stage): Promise<void> => {
  for (const host of [stage.r1, stage.r2]) {
    await host.sysctl('net.ipv4.conf.eth0.arp_ignore', 1);
    await host.sysctl('net.ipv4.conf.eth0.arp_announce', 2);
  }
};

/** The port of the bridge behind which it last saw the virtual MAC. */
const portOfVirtualMac = async (stage: Stage): Promise<string | undefined> => {
  const table = JSON.parse(await stage.lan.namespace.run(['bridge', '-j', 'fdb', 'show', 'br', 'br0'])) as {
    mac: string;
    ifname: string;
    state?: string;
  }[];
  return table.find(({ mac, state }) => mac === VIRTUAL_MAC && state !== 'permanent')?.ifname;
};

const behind = (stage: Stage, host: { name: string }): Promise<true> =>
  eventuallyAsked(stage.lab.timeline, `the bridge sees the virtual MAC at ${host.name}`, 1000, async () =>
    (await portOfVirtualMac(stage)) === portName(host) ? (true as const) : null,
  );

describe("keepalived's virtual MAC", { concurrency: 3 }, () => {
  const resignation = async (stage: Stage): Promise<number> => {
    const since = wallClock();
    void stage.iut.terminate();
    const resigned = await stage.advertOf(stage.r1, since, 2000, ({ advert }) => advert.priority === 0);
    return resigned.at;
  };

  const XMIT_BASE: RouterSettings = {
    ...{ ...brief, priority: 100, virtualMac: true },
    keepalivedLines: ['vmac_xmit_base'],
  };

  scenario(
    'INT-060 a keepalived that advertises from the base interface follows one of ours that does as well',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, { iut: { ...brief, priority: 150 }, ka: XMIT_BASE });
      await settle(stage);
      await lab.passTime(D(100) + INTERVAL, 'keepalived has its chance');
      stage.assertNeverHeld(stage.r2);
      const resigned = await resignation(stage);
      const successor = await stage.advertOf(stage.r2, resigned, 2000);
      assertNear(successor.at - resigned, S(100), 'from the resignation to the first advert of keepalived');
      assert.equal(successor.advert.sourceMac, macOf(2), 'its adverts leave from the physical MAC');
      await stage.sole(stage.r2, 1000);
      await behind(stage, stage.r2);
      await stage.iut.start();
      await stage.sole(stage.r1, 5000);
    },
  );

  // Frames from the MAC of its own private macvlan are taken away from the interface that it listens on.
  scenario(
    'INT-060 a keepalived that advertises from the base interface is deaf to adverts from the virtual MAC, and ours tell',
    async (lab) => {
      const iut = { ...brief, priority: 150, virtualMac: true };
      const stage = await Stage.set(lab, { iut, ka: XMIT_BASE });
      await stage.iut.start();
      await stage.holds(stage.r1, 5000);
      await stage.ka.start();
      await stage.holds(stage.r2, 3000);
      assert.deepEqual(stage.holders().sort(), ['r1', 'r2']);
      if (IUT !== 'agent') return;
      const { problems } = await stage.agent.awaitRouter('the deaf one is told of', 5000, (router) =>
        router.problems.some(({ code }) => code === 'PeerDoesNotYield'),
      );
      assert.match(JSON.stringify(problems), /vmac_xmit_base/);
    },
  );

  scenario(
    'INT-059 a keepalived with a virtual MAC and ours without one take over from each other',
    async (lab) => {
      const ka: RouterSettings = { ...brief, priority: 100, virtualMac: true };
      const stage = await Stage.withIutActive(lab, { iut: { ...brief, priority: 150 }, ka });
      await settle(stage);
      const resigned = await resignation(stage);
      const held = await stage.holds(stage.r2, 2000);
      assertNear(
        held - resigned,
        S(100),
        'from the resignation until keepalived holds the address',
        2 * EPSILON,
      );
      await stage.sole(stage.r2, 1000);
      const started = await stage.iut.start();
      await stage.sole(stage.r1, 5000);
      await lab.passTime(EPSILON, 'announcements come in');
      // Clients learn another Ethernet address at each move, so each move must tell them.
      const said = lab.timeline
        .of('announcement', started)
        .findLast(({ announcement: { address, gratuitous } }) => gratuitous && address === stage.vip);
      assert.equal(said?.announcement.mac, macOf(1));
      const client = await stage.r3.run(['ping', '-c', '1', '-W', '1', stage.vip]);
      assert.match(client, / 0% packet loss/);
      assertAtMost(stage.overlap(started), 50 + 2 * EPSILON, 'both hold the address');
    },
  );
});
