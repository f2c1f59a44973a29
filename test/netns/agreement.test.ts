import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { Agent } from '../../lab/agent.js';
import { eventually } from '../../lab/eventually.js';
import { Injector, advertFrame } from '../../lab/inject.js';
import { macOf } from '../../lab/lan.js';
import { wallClock } from '../../lab/libc.js';
import type { RouterSettings } from '../../lab/router.js';
import { assertNear } from './support/judge.js';
import { IUT, type ScenarioOptions, scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';
import { A, EPSILON, down } from './support/timing.js';

const COUNTERS: ScenarioOptions = { agentOnly: 'counters to read' };

describe('two sides that agree', { concurrency: 3 }, () => {
  const agreements: Readonly<{ title: string; iut: Partial<RouterSettings>; ka: Partial<RouterSettings> }>[] =
    [
      {
        title: 'INT-027 version 3 with the pseudo-header in the checksum',
        iut: { version: 3 },
        ka: { version: 3 },
      },
      { title: 'INT-044 the same password', iut: { password: 'secret' }, ka: { password: 'secret' } },
      {
        title: 'INT-048 the same addresses in another order',
        iut: { addresses: ['192.0.2.101', '192.0.2.100'] },
        ka: { addresses: ['192.0.2.100', '192.0.2.101'] },
      },
    ];
  for (const { title, iut, ka } of agreements) {
    scenario(`${title}: the higher priority is Active, the other one Backup`, async (lab) => {
      const stage = await Stage.set(lab, { iut: { ...iut, priority: 150 }, ka: { ...ka, priority: 100 } });
      const started = await stage.iut.start();
      await stage.ka.start();
      const held = await stage.holds(stage.r1, 5000);
      assertNear(held - started, down(150), 'from Backup to holding the address');
      await lab.passTime(down(100), 'keepalived has its chance');
      stage.assertNeverHeld(stage.r2);
    });
    scenario(`${title}: adverts of keepalived are accepted without complaint`, async (lab) => {
      const stage = await Stage.withKaActive(lab, {
        iut: { ...iut, priority: 100 },
        ka: { ...ka, priority: 150 },
      });
      await stage.outlastTakeover('the router under test has its chance');
      stage.assertNeverHeld(stage.r1);
      if (IUT !== 'agent') return;
      const { counters, problems } = await stage.agent.router();
      assert.deepEqual(problems, []);
      assert.equal(counters['addressListErrors'], 0);
      assert.equal(counters['authFailures'], 0);
      assert.equal(counters['checksumErrors'], 0);
      const accepted = counters['rcvdAdvertisements'] ?? 0;
      assert.ok(accepted >= 4, `${String(accepted)} adverts accepted`);
      assert.equal(counters['checksumPseudoHeader'], iut.version === 3 ? accepted : 0);
    });
  }

  scenario(
    'INT-027 two agents agree on the checksum of the message alone',
    async (lab) => {
      const settings = { version: 3, checksum: 'MessageOnly' } as const;
      const stage = await Stage.set(lab, { iut: { ...settings, priority: 100 }, ka: { priority: 1 } });
      const peer = new Agent(stage.r3, [{ ...settings, priority: 150 }]);
      await peer.start();
      await stage.holds(stage.r3, 5000);
      await stage.iut.start();
      await stage.outlastTakeover('the router under test has its chance');
      stage.assertNeverHeld(stage.r1);
      const { counters, problems } = await stage.agent.router();
      assert.deepEqual(problems, []);
      assert.equal(counters['checksumMessageOnly'], counters['rcvdAdvertisements']);
      assert.equal(counters['checksumFormDiffers'], 0);
    },
    COUNTERS,
  );

  scenario(
    'INT-027 an advert with the other form of checksum is obeyed, and told to the operator',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, {
        iut: { priority: 150, version: 3 },
        ka: { priority: 100, version: 3 },
      });
      const better = advertFrame(
        { version: 3, priority: 200, form: 'N' },
        { source: '192.0.2.3', toMac: macOf(1) },
      );
      new Injector(stage.r3).once(better);
      await stage.leaves(stage.r1, EPSILON);
      const { counters, problems } = await stage.agent.router();
      assert.equal(counters['checksumMessageOnly'], 1);
      assert.deepEqual(
        problems.map(({ code }) => code),
        ['PeerChecksumFormDiffers'],
      );
    },
    COUNTERS,
  );

  scenario(
    'INT-031 the interval of the Active router is learned, and the own one used when Active',
    async (lab) => {
      const stage = await Stage.withKaActive(lab, {
        iut: { priority: 100, version: 3 },
        ka: { priority: 150, version: 3, interval: 0.2 },
      });
      await stage.ka.kill();
      const held = await stage.holds(stage.r1, 3000);
      const last = stage.lastAdvert(stage.r2);
      assertNear(held - last.at, down(100, 3, 200), 'from the last advert to holding the address');
      const first = stage.adverts(stage.r1)[0];
      assert.equal(first?.advert.interval, 1000);
      const second = await stage.advertOf(stage.r1, first.at + 1, 2 * A);
      assertNear(second.at - first.at, A, 'between adverts');
    },
  );
});

describe('two sides that disagree both hold the address', { concurrency: 3 }, () => {
  const quarrels: Readonly<{
    title: string;
    iut: Partial<RouterSettings>;
    ka: Partial<RouterSettings>;
    counter: string;
    problem: string;
  }>[] = [
    {
      title: 'INT-029 version 3 against version 2',
      iut: { version: 3 },
      ka: { version: 2 },
      counter: 'versionErrors',
      problem: 'VersionDiffers',
    },
    {
      title: 'INT-030 version 2 with another interval',
      iut: {},
      ka: { interval: 2 },
      counter: 'advertiseIntervalErrors',
      problem: 'IntervalDiffers',
    },
    {
      title: 'INT-045 another password',
      iut: { password: 'Secret' },
      ka: { password: 'secret' },
      counter: 'authFailures',
      problem: 'AuthenticationDiffers',
    },
    {
      title: 'INT-045 no password against one',
      iut: {},
      ka: { password: 'secret' },
      counter: 'authTypeMismatch',
      problem: 'AuthenticationDiffers',
    },
  ];
  for (const { title, iut, ka, counter, problem } of quarrels) {
    scenario(`${title}: each rejected advert is counted, and our cadence stays`, async (lab) => {
      const stage = await Stage.set(lab, { iut: { ...iut, priority: 150 }, ka: { ...ka, priority: 100 } });
      const started = await stage.iut.start();
      await stage.holds(stage.r1, 5000);
      await stage.ka.start();
      await stage.advertOf(stage.r2, started, 12_000);
      await stage.holds(stage.r2, 1000);
      const since = wallClock();
      await lab.passTime(5 * A, 'both hold the address');
      assert.deepEqual(stage.holders().sort(), ['r1', 'r2']);
      if (IUT !== 'agent') return; // K-30: keepalived is silenced itself.
      stage.assertCadence(stage.r1, since);
      const router = await stage.agent.awaitRouter(
        `${counter} equals the adverts sent`,
        2000,
        ({ counters }) => {
          return counters[counter] === stage.adverts(stage.r2, started).length;
        },
      );
      assert.ok(
        router.problems.some(({ code }) => code === problem),
        JSON.stringify(router.problems),
      );
    });
  }

  scenario(
    'INT-046 a keepalived with AH is diagnosed',
    async (lab) => {
      const ah = ['authentication {\n  auth_type AH\n  auth_pass secret\n}'];
      const stage = await Stage.set(lab, {
        iut: { priority: 150 },
        ka: { priority: 100, keepalivedLines: ah },
      });
      await stage.iut.start();
      await stage.ka.start();
      await stage.holds(stage.r2, 8000);
      await stage.holds(stage.r1, 5000);
      await lab.passTime(2 * A, 'both hold the address');
      assert.deepEqual(stage.holders().sort(), ['r1', 'r2']);
      const status = JSON.stringify(await stage.agent.status());
      assert.match(status, /PeerUsesAH/);
      await eventually(lab.timeline, 'the log names AH', 1000, () =>
        lab.timeline.of('log').some(({ host, line }) => host === 'r1' && line.includes('AH')),
      );
    },
    COUNTERS,
  );
});
