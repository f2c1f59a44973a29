import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { eventually } from '../../lab/eventually.js';
import type { Host } from '../../lab/host.js';
import { block } from '../../lab/keepalived.js';
import { wallClock } from '../../lab/libc.js';
import { realtime } from '../../lab/realtime.js';
import type { RouterSettings } from '../../lab/router.js';
import { assertAtMost } from './support/judge.js';
import { IUT, scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';
import { A, EPSILON, down } from './support/timing.js';

/* Weights that come and go, a restart, a host that is busy, a host with many interfaces. */

const INTERVAL = 200;
const D = (priority: number): number => down(priority, 3, INTERVAL);
const brief = { version: 3, interval: INTERVAL / 1000 } as const;

const REAL_TIME = await realtime();

describe('unrest', { concurrency: 3 }, () => {
  scenario(
    'INT-025 a weight that comes and goes leaves one holder, and priorities as configured',
    async (lab) => {
      const stage = await Stage.set(lab, {
        iut: {
          ...{ ...brief, priority: 150 },
          agentSpec: { track: { interfaces: [{ name: 't0', weight: -60 }] } },
          keepalivedLines: [block('track_interface', ['t0 weight -60'])],
        },
        ka: { ...brief, priority: 100 },
      });
      await stage.r1.namespace.ipBatch([
        'link add t0 type veth peer name t1',
        'link set t0 up',
        'link set t1 up',
      ]);
      await stage.iut.start();
      await stage.ka.start();
      await stage.sole(stage.r1, 5000);
      for (let round = 0; round < 8; round++)
        for (const state of ['down', 'up']) {
          await stage.r1.ip('link', 'set', 't1', state);
          await lab.passTime(300, `the tracked interface is ${state}`);
        }
      const still = lab.timeline.step('nothing moves any more');
      const sole = await stage.sole(stage.r1, 3000);
      assertAtMost(sole - still, D(150) + INTERVAL + EPSILON, 'until one holds the address');
      const priorities = new Set(stage.adverts(stage.r1).map(({ advert }) => advert.priority));
      assert.ok(priorities.has(90), 'the weight was felt');
      assert.deepEqual([...priorities].sort(), [150, 90], 'there is no resignation, and nothing in between');
    },
  );

  scenario(
    'INT-085 a restart is a planned move there and back, and somebody holds the address all the time',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, {
        iut: { ...brief, priority: 150 },
        ka: { ...brief, priority: 100 },
      });
      const since = wallClock();
      await stage.iut.terminate();
      await stage.iut.start();
      await stage.sole(stage.r1, 5000);
      assert.equal(stage.absence(since), 0, 'nobody holds the address for some time');
      const resignations = stage.adverts(stage.r1, since).filter(({ advert }) => advert.priority === 0);
      assert.equal(resignations.length, 1, 'adverts with priority 0');
    },
    { agentOnly: 'address that stays until the successor is heard' },
  );

  scenario(
    'INT-036 four busy loops on each processor move no router that has real-time priority',
    async (lab) => {
      const often = { version: 3, interval: 0.1 } as const;
      const stage = await Stage.withIutActive(lab, {
        iut: { ...often, priority: 150 },
        ka: { ...often, priority: 100 },
      });
      const since = wallClock();
      const loops = Array.from({ length: 8 }, () => stage.r3.spawn(['sh', '-c', 'while :; do :; done']));
      await lab.passTime(2 * A, 'the processors are busy');
      for (const loop of await Promise.all(loops)) await loop.kill();
      stage.assertUndisturbed(stage.r1, since);
      assert.deepEqual(stage.adverts(stage.r2, since), [], 'keepalived takes nothing over');
    },
    { alone: true, unless: REAL_TIME.length > 0 ? null : 'the host allows no real-time priority' },
  );
});

const INTERFACES = 64;
const VRIDS = 4;

/** Router `vrid` of interface number `index`: 256 of them have the addresses of a whole network. */
const routerOf = (index: number, vrid: number, priority: number): RouterSettings => ({
  ...{ version: 3, interval: 0.5, priority, vrid },
  ...{ name: `x${String(index)}-${String(vrid)}`, interface: `x${String(index)}` },
  addresses: [`203.0.113.${String(index * VRIDS + vrid - 1)}`],
  agentSpec: { announcement: { repeat: 1, delay: '0s', refresh: '0s' } },
});

const everyRouter = (priority: number): RouterSettings[] =>
  Array.from({ length: INTERFACES * VRIDS }, (_, number) =>
    routerOf(Math.floor(number / VRIDS), (number % VRIDS) + 1, priority),
  );

/** Cables between two hosts, each a network of its own: 198.51.100.0/30 and so on. Resolves when all carry. */
async function layCables(one: Host, other: Host): Promise<void> {
  const every = Array.from({ length: INTERFACES }, (_, index) => index);
  const ends = (host: number) => (index: number) => [
    `addr add 198.51.100.${String(index * 4 + host)}/30 dev x${String(index)}`,
    `link set x${String(index)} up`,
  ];
  await one.namespace.ipBatch(
    every.map(
      (index) =>
        `link add x${String(index)} type veth peer name x${String(index)} netns ${other.namespace.name}`,
    ),
  );
  await one.namespace.ipBatch(every.flatMap(ends(1)));
  await other.namespace.ipBatch(every.flatMap(ends(2)));
  // The kernel tells of a carrier up to a second late; keepalived, busy with its start, has been seen to miss it for the last ones.
  for (const host of [one, other]) while (!(await carriesEverywhere(host))) await sleep(20);
}

const carriesEverywhere = async (host: Host): Promise<boolean> =>
  (await host.interfaces())
    .filter(({ ifname }) => ifname.startsWith('x'))
    .every(({ operstate }) => operstate === 'UP');

describe('many interfaces', () => {
  // Alone: the start of 512 routers takes both processors for seconds, from others as well.
  scenario(
    'INT-079 four routers on each of 64 interfaces hear their peers, and follow them',
    async (lab) => {
      const stage = await Stage.set(lab, {
        iut: everyRouter(100),
        ka: everyRouter(150),
        kaGlobals: ['vrrp_min_garp true'],
        vip: '203.0.113.255',
      });
      await layCables(stage.r1, stage.r2);
      // Counted as they come: to look through thousands of events after each of them takes longer than the routers do.
      const seen = new Map<string, Set<string>>([stage.r1, stage.r2].map(({ name }) => [name, new Set()]));
      lab.timeline.listen((event) => {
        if (event.kind === 'address' && event.held && event.address.startsWith('203.0.113.'))
          seen.get(event.host)?.add(event.address);
      });
      const held = (host: Host): number => seen.get(host.name)?.size ?? 0;
      await stage.ka.start();
      await eventually(
        lab.timeline,
        'keepalived holds all',
        20_000,
        () => held(stage.r2) === INTERFACES * VRIDS,
      );
      await stage.iut.start();
      await lab.passTime(down(100, 3, 500) + A, 'every router of ours has its chance');
      assert.equal(held(stage.r1), 0, 'every router of ours hears its peer');
      await stage.ka.kill();
      await eventually(lab.timeline, 'ours hold all', 20_000, () => held(stage.r1) === INTERFACES * VRIDS);
      if (IUT === 'agent') {
        const { routers } = await stage.agent.status();
        assert.deepEqual(
          routers.flatMap(({ problems }) => problems),
          [],
        );
      }
    },
    { alone: true },
  );
});
