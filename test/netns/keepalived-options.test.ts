import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'node:test';

import { block } from '../../lab/keepalived.js';
import { wallClock } from '../../lab/libc.js';
import type { RouterSettings } from '../../lab/router.js';
import { assertAtMost, assertNear } from './support/judge.js';
import { unlessKeepalived } from './support/peer-version.js';
import { type ScenarioOptions, scenario } from './support/scenario.js';
import { type Cast, Stage } from './support/stage.js';
import { A, EPSILON, down, skew } from './support/timing.js';

/* Options of keepalived that change what a peer sees of it. Version 3 with short intervals where nothing asks for more. */

const INTERVAL = 200;
const D = (priority: number): number => down(priority, 3, INTERVAL);
const S = (priority: number): number => skew(priority, 3, INTERVAL);

const brief = { version: 3, interval: INTERVAL / 1000 } as const;
const cast = (ours: number, theirs: number, ...keepalivedLines: string[]): Cast => ({
  iut: { ...brief, priority: ours },
  ka: { ...brief, priority: theirs, keepalivedLines },
});

const COUNTERS: ScenarioOptions = { agentOnly: 'counters to read' };

describe('options of keepalived', { concurrency: 3 }, () => {
  scenario('INT-011 a keepalived with preempt_delay takes over when the delay has passed', async (lab) => {
    const delay = 1;
    const stage = await Stage.set(lab, {
      iut: { ...brief, priority: 150 },
      ka: { ...brief, priority: 200, preemptDelay: delay },
    });
    await stage.iut.start();
    await stage.holds(stage.r1, 5000);
    const started = await stage.ka.start();
    const taken = await stage.holds(stage.r2, 5000);
    assert.ok(taken - started >= delay * 1000, 'not before the delay');
    assertAtMost(taken - started, delay * 1000 + 2 * INTERVAL + D(200) + EPSILON, 'until the takeover');
    const left = (await stage.leaves(stage.r1, 1000)) ?? 0;
    const first = await stage.advertOf(stage.r2, started, 1000);
    assertAtMost(left - first.at, EPSILON, 'from its first advert until we leave');
  });

  scenario(
    'INT-017 after a partition a keepalived that is silent to lower priorities still wins',
    async (lab) => {
      const stage = await Stage.withKaActive(lab, cast(100, 150, 'lower_prio_no_advert'));
      await stage.lan.partition(stage.r1, stage.r2);
      await stage.holds(stage.r1, 3000);
      await lab.passTime(2 * INTERVAL, 'the partition lasts');
      const healed = await stage.lan.heal(stage.r1, stage.r2);
      const left = (await stage.leaves(stage.r1, 2000)) ?? 0;
      assertAtMost(left - healed, INTERVAL + EPSILON, 'until the lower priority has left');
      await lab.passTime(D(100), 'it stays so');
      assert.deepEqual(stage.holders(), ['r2']);
    },
  );

  scenario('INT-026 a keepalived that a tracked file takes out resigns, and is followed', async (lab) => {
    const flag = join(lab.directory, 'flag');
    writeFileSync(flag, '0');
    const stage = await Stage.withKaActive(lab, {
      ...cast(100, 150, block('track_file', ['flag'])),
      kaBlocks: [block('track_file flag', [`file "${flag}"`, 'weight 0'])],
    });
    const failed = lab.timeline.step('the tracked file tells of a failure');
    writeFileSync(flag, '1');
    const held = await stage.holds(stage.r1, 3000);
    const resignations = stage
      .adverts(stage.r2, failed)
      .filter(({ advert }) => advert.priority === 0)
      .map(({ at }) => at);
    // K-16: two of them, and the later one counts.
    assert.ok(
      resignations.length >= 1 && resignations.length <= 2,
      `${String(resignations.length)} resignations`,
    );
    assertAtMost(Math.max(...resignations) - Math.min(...resignations), EPSILON, 'between the resignations');
    assertNear(held - Math.max(...resignations), S(100), 'from the last resignation to holding the address');
  });

  scenario('INT-067 a keepalived that lost its address is back before the Backup takes over', async (lab) => {
    const stage = await Stage.withKaActive(lab, { iut: { priority: 100 }, ka: { priority: 150 } });
    const deleted = lab.timeline.step('somebody deletes the address from r2');
    await stage.r2.ip('addr', 'del', '192.0.2.100/32', 'dev', 'eth0');
    const resigned = await stage.advertOf(stage.r2, deleted, A, ({ advert }) => advert.priority === 0);
    const back = await stage.advertOf(stage.r2, resigned.at + 1, A, ({ advert }) => advert.priority > 0);
    assertNear(back.at - resigned.at, skew(150), 'until keepalived is back');
    await lab.passTime(skew(100), 'the Backup has its chance');
    stage.assertNeverHeld(stage.r1);
    assert.deepEqual(stage.adverts(stage.r1), []);
  });

  scenario('INT-086 a keepalived that answers a higher priority is answered once', async (lab) => {
    const slow = { version: 3, interval: 0.5 } as const;
    const stage = await Stage.withIutActive(lab, {
      iut: { ...slow, priority: 150 },
      ka: { ...slow, priority: 100, keepalivedLines: ['higher_prio_send_advert'] },
    });
    await stage.lan.partition(stage.r1, stage.r2);
    await stage.holds(stage.r2, 4000);
    await stage.advertOf(stage.r2, wallClock(), A);
    // First we hear it, then it hears us: the exchange is whole.
    const healed = await stage.lan.heal(stage.r2, stage.r1);
    await stage.sole(stage.r1, A);
    const settled = wallClock();
    await lab.passTime(4 * A, 'whatever they have to say is said');
    const theirs = stage.adverts(stage.r2, healed).map(({ at }) => at);
    // One of its own cadence at most, and the one that answers ours.
    assert.ok(theirs.length >= 1 && theirs.length <= 2, `keepalived says ${String(theirs.length)} adverts`);
    assertAtMost((theirs.at(-1) ?? 0) - settled, EPSILON, 'until keepalived is quiet');
    const ours = stage.adverts(stage.r1, theirs[0] ?? 0).map(({ at }) => at);
    const during = ours.filter((at) => at <= (theirs.at(-1) ?? 0) + EPSILON / 2);
    assert.ok(during.length <= theirs.length + 1, `${String(during.length)} adverts of ours meanwhile`);
    stage.assertCadence(stage.r1, settled + EPSILON, 500);
  });
});

describe('checksums of version 3 over IPv4', { concurrency: 3 }, () => {
  scenario(
    'INT-028 a keepalived that wants the other form of checksum is told of by both sides',
    async (lab) => {
      const { iut, ka } = cast(150, 100);
      const stage = await Stage.set(lab, {
        iut: { ...(iut as RouterSettings), checksum: 'MessageOnly' },
        ka,
      });
      await stage.iut.start();
      await stage.holds(stage.r1, 5000);
      await stage.ka.start();
      await stage.holds(stage.r2, 5000);
      await lab.passTime(2 * INTERVAL, 'both hold the address');
      assert.deepEqual(stage.holders().sort(), ['r1', 'r2']);
      const { problems } = await stage.agent.awaitRouter('the form is told of', 2000, (router) =>
        router.problems.some(({ code }) => code === 'PeerChecksumFormDiffers'),
      );
      assert.match(JSON.stringify(problems), /checksum/i);
      assert.ok(lab.timeline.of('log').some(({ host, line }) => host === 'r2' && /checksum/i.test(line)));
    },
    COUNTERS,
  );

  scenario(
    'INT-027 a keepalived with v3_checksum_as_v2 agrees with the checksum of the message alone',
    async (lab) => {
      const form = { ...brief, checksum: 'MessageOnly' } as const;
      const stage = await Stage.withKaActive(lab, {
        iut: { ...form, priority: 100 },
        ka: { ...form, priority: 150 },
      });
      await lab.passTime(D(100) + INTERVAL, 'the router under test has its chance');
      stage.assertNeverHeld(stage.r1);
      const { counters, problems } = await stage.agent.router();
      assert.deepEqual(problems, []);
      assert.equal(counters['checksumMessageOnly'], counters['rcvdAdvertisements']);
      await stage.ka.kill();
      await stage.holds(stage.r1, 3000);
      await stage.ka.start();
      await stage.sole(stage.r2, 5000);
    },
    { ...COUNTERS, unless: unlessKeepalived('2.2.8') },
  );
});

describe('two owners', { concurrency: 3 }, () => {
  scenario(
    'INT-021 a keepalived that ignores adverts as owner and ours both stay, and ours tells of it',
    async (lab) => {
      const stage = await Stage.set(lab, {
        iut: { ...brief, priority: 255 },
        ka: { ...brief, priority: 255, keepalivedLines: ['owner_ignore_adverts'] },
        numbers: [5, 2, 3],
      });
      await stage.iut.start();
      await stage.holds(stage.r1, 3000);
      const started = await stage.ka.start();
      await stage.holds(stage.r2, 3000);
      await lab.passTime(2 * A, 'two owners advertise');
      assert.deepEqual(stage.holders().sort(), ['r1', 'r2']);
      const allowed = 2 * ((wallClock() - started) / INTERVAL + 2);
      assertAtMost(stage.adverts(stage.r1, started).length, allowed, 'adverts of the router under test');
      const { problems } = await stage.agent.router();
      assert.ok(
        problems.some(({ code }) => code === 'SecondOwner'),
        JSON.stringify(problems),
      );
    },
    { ...COUNTERS, unless: unlessKeepalived('2.3.3') },
  );
});

describe('long intervals', { concurrency: 3 }, () => {
  scenario('INT-033 an interval of 40.95 s is learned, and counts at a resignation', async (lab) => {
    const longest = { version: 3, interval: 40.95 } as const;
    const stage = await Stage.set(lab, {
      iut: { version: 3, priority: 254 },
      ka: { ...longest, priority: 255 },
    });
    // An owner of the address begins as Active, so that nobody has to wait two minutes.
    const started = await stage.iut.start();
    await stage.ka.start();
    const advert = await stage.advertOf(stage.r2, started, 2000);
    assert.equal(advert.advert.interval, 40_950);
    await lab.passTime(down(254, 3, A) + A, 'the interval of our own configuration would be over');
    stage.assertNeverHeld(stage.r1);
    const since = wallClock();
    void stage.ka.terminate();
    const resigned = await stage.advertOf(
      stage.r2,
      since,
      1000,
      ({ advert: { priority } }) => priority === 0,
    );
    const held = await stage.holds(stage.r1, 2000);
    assertNear(held - resigned.at, skew(254, 3, 40_950), 'from the resignation to holding the address');
  });
});
