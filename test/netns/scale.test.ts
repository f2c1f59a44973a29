import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { eventually } from '../../lab/eventually.js';
import type { Host } from '../../lab/host.js';
import type { Lab } from '../../lab/lab.js';
import { wallClock } from '../../lab/libc.js';
import type { RouterSettings } from '../../lab/router.js';
import { assertAtMost } from './support/judge.js';
import { type ScenarioOptions, scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';
import { A, EPSILON, down, skew } from './support/timing.js';

const ROUTERS = 255;

/** Between the time stamps of a capture and the clock of the agent. */
const CLOCK_ERROR = 2;

/** Two keepalived with 255 routers need seconds for what our agent does within the skew time. */
const AT_PACE: ScenarioOptions = { agentOnly: 'pace like this with 255 routers', alone: true };

/** 255 virtual routers with an address each; announced once, so that announcements are not what is measured. */
const manyRouters = (priority: number): RouterSettings[] =>
  Array.from({ length: ROUTERS }, (_, index) => ({
    name: `vip-${String(index + 1)}`,
    vrid: index + 1,
    addresses: [`198.51.100.${String(index + 1)}`],
    priority,
    agentSpec: { announcement: { repeat: 1, delay: '0s', refresh: '0s' } },
  }));

const FEW_ANNOUNCEMENTS = ['vrrp_min_garp true'];

/** How many of the virtual addresses `host` holds. */
function countHeld(lab: Lab, host: Host): number {
  const held = new Set<string>();
  for (const event of lab.timeline.of('address')) {
    if (event.host !== host.name || !event.address.startsWith('198.51.100.')) continue;
    if (event.held) held.add(event.address);
    else held.delete(event.address);
  }
  return held.size;
}

const holdsAll = (lab: Lab, host: Host, milliseconds: number): Promise<boolean> =>
  eventually(
    lab.timeline,
    `${host.name} holds all addresses`,
    milliseconds,
    () => countHeld(lab, host) === ROUTERS,
  );

/** keepalived holds all addresses, and each router of ours is Backup and has heard it. */
async function behindKeepalived(lab: Lab): Promise<Stage> {
  const stage = await Stage.set(lab, {
    iut: manyRouters(100),
    ka: manyRouters(150),
    kaGlobals: FEW_ANNOUNCEMENTS,
  });
  await stage.ka.start();
  await holdsAll(lab, stage.r2, 10_000);
  await stage.iut.start();
  await lab.passTime(2 * A, 'every router has heard an advert');
  return stage;
}

describe('many routers and many addresses', () => {
  scenario(
    'INT-077 255 routers advertise steadily, and resign all at once',
    async (lab) => {
      const stage = await Stage.set(lab, {
        iut: manyRouters(150),
        ka: manyRouters(100),
        kaGlobals: FEW_ANNOUNCEMENTS,
      });
      await stage.iut.start();
      await stage.ka.start();
      await holdsAll(lab, stage.r1, 10_000);
      await lab.passTime(2 * A, 'the beginning is over');
      const since = wallClock();
      await lab.passTime(8 * A, 'all routers advertise');
      const until = wallClock();
      const adverts = stage.adverts(stage.r1, since).filter(({ at }) => at < until).length;
      const expected = (ROUTERS * (until - since)) / A;
      assert.ok(
        Math.abs(adverts / expected - 1) < 0.02,
        `${String(adverts)} adverts, expected ${expected.toFixed(0)}`,
      );
      assert.equal(countHeld(lab, stage.r1), ROUTERS);
      assert.deepEqual(stage.adverts(stage.r2, since), [], 'keepalived takes nothing over');
      const told = lab.timeline.step('all resign');
      await stage.iut.terminate();
      const resignations = stage.adverts(stage.r1, told).filter(({ advert }) => advert.priority === 0);
      assert.equal(new Set(resignations.map(({ advert }) => advert.vrid)).size, ROUTERS);
      assertAtMost((resignations.at(-1)?.at ?? 0) - told, skew(100) + EPSILON, 'until the last resignation');
      await holdsAll(lab, stage.r2, 5000);
      await eventually(lab.timeline, 'r1 holds nothing', 3000, () => countHeld(lab, stage.r1) === 0);
    },
    AT_PACE,
  );

  scenario(
    'INT-078 255 routers are taken over from keepalived while none is late',
    async (lab) => {
      const stage = await behindKeepalived(lab);
      const since = lab.timeline.step('keepalived resigns');
      void stage.ka.terminate();
      await holdsAll(lab, stage.r1, 5000);
      const first = new Map<number, number>();
      for (const { at, advert } of stage.adverts(stage.r1, since))
        if (!first.has(advert.vrid)) first.set(advert.vrid, at);
      const last = Math.max(...first.values());
      assertAtMost(last - since, skew(100) + A, 'until the last of 255 advertises');
      await lab.passTime(4 * A, 'all routers advertise');
      for (const vrid of [1, 128, 255]) {
        const times = stage.adverts(stage.r1, since).filter(({ advert }) => advert.vrid === vrid);
        const gaps = times.slice(1).map(({ at }, index) => at - (times[index]?.at ?? at));
        assertAtMost(Math.max(...gaps), A + 2 * EPSILON, `between adverts of VRID ${String(vrid)}`);
      }
    },
    AT_PACE,
  );

  scenario(
    'INT-078 255 routers take over from a keepalived that is killed, each when its own wait is over',
    async (lab) => {
      const stage = await behindKeepalived(lab);
      const since = wallClock();
      await lab.passTime(2 * A, 'all routers of keepalived advertise');
      await stage.ka.kill();
      await holdsAll(lab, stage.r1, down(100) + 3 * A);
      const ours = stage.adverts(stage.r1, since);
      const theirs = stage.adverts(stage.r2, since);
      const waits = Array.from({ length: ROUTERS }, (_, index) => {
        const isOfRouter = ({ advert }: (typeof ours)[number]): boolean => advert.vrid === index + 1;
        const heard = theirs.findLast(isOfRouter)?.at ?? Number.NaN;
        return (ours.find(isOfRouter)?.at ?? Number.NaN) - heard;
      });
      assertAtMost(Math.max(...waits), down(100) + EPSILON, 'from the last advert to the takeover');
      assertAtMost(down(100) - Math.min(...waits), CLOCK_ERROR, 'by which a takeover came early');
    },
    AT_PACE,
  );

  const lists = [
    {
      family: 'IPv4',
      addresses: Array.from({ length: 200 }, (_, index) => `198.51.100.${String(index + 1)}`),
    },
    {
      family: 'IPv6',
      addresses: [
        'fe80::5e00:233',
        ...Array.from({ length: 88 }, (_, index) => `2001:db8::1:${(index + 1).toString(16)}`),
      ],
    },
  ];
  for (const { family, addresses } of lists) {
    scenario(`INT-080 ${String(addresses.length)} ${family} addresses fit into one advert`, async (lab) => {
      const settings = { version: 3, addresses } as const;
      const stage = await Stage.withIutActive(lab, {
        iut: { ...settings, priority: 150 },
        ka: { ...settings, priority: 100 },
        kaGlobals: FEW_ANNOUNCEMENTS,
      });
      const advert = await stage.advertOf(stage.r1, wallClock(), 2 * A);
      assert.deepEqual(advert.advert.addresses, addresses);
      await lab.passTime(down(100) + A, 'keepalived would take over if it did not accept it');
      assert.deepEqual(stage.adverts(stage.r2), []);
      assert.deepEqual(stage.holders(), ['r1']);
    });
  }
});
