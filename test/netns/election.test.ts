import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { Injector, advertFrame } from '../../lab/inject.js';
import { macOf } from '../../lab/lan.js';
import { wallClock } from '../../lab/libc.js';
import { Keepalived } from '../../lab/keepalived.js';
import { assertAtMost, assertNear } from './support/judge.js';
import { IUT, scenario } from './support/scenario.js';
import { Stage, routerUnderTest } from './support/stage.js';
import { A, EPSILON, down, skew } from './support/timing.js';

const S1 = { iut: { priority: 150 }, ka: { priority: 100 } };
const S2 = { iut: { priority: 100 }, ka: { priority: 150 } };

describe('election against keepalived', { concurrency: 3 }, () => {
  scenario(
    'INT-001 the higher priority becomes Active after D(150), and keepalived never does',
    async (lab) => {
      const stage = await Stage.set(lab, S1);
      const started = await stage.iut.start();
      await stage.ka.start();
      const held = await stage.holds(stage.r1, 5000);
      assertNear(held - started, down(150), 'from Backup to holding the address');
      await lab.passTime(down(100), 'keepalived has its chance');
      stage.assertNeverHeld(stage.r2);
    },
  );

  scenario('INT-002 INT-003 a Backup is silent, and stays so when it stops', async (lab) => {
    const stage = await Stage.set(lab, S2);
    await stage.ka.start();
    await stage.iut.start();
    const held = await stage.sole(stage.r2, 5000);
    await lab.passTime(8000, 'the Backup is observed');
    await stage.iut.terminate();
    await lab.passTime(2 * A, 'what a stopping Backup might send arrives');
    assert.deepEqual(stage.adverts(stage.r1), [], 'r1 sends nothing');
    stage.assertNeverHeld(stage.r1);
    stage.assertCadence(stage.r2, held);
  });

  scenario(
    'INT-009 without preemption a higher priority waits until the Active router resigns',
    async (lab) => {
      const iut = { priority: 200, preempt: false };
      const stage = await Stage.withKaActive(lab, { iut, ka: { priority: 100 } });
      await lab.passTime(8000, 'nothing is preempted');
      stage.assertNeverHeld(stage.r1);
      const since = wallClock();
      void stage.ka.terminate();
      const resigned = await stage.advertOf(stage.r2, since, 1000, ({ advert }) => advert.priority === 0);
      const held = await stage.holds(stage.r1, 3000);
      assertNear(held - resigned.at, skew(200), 'from the resignation to holding the address');
    },
  );

  scenario('INT-010 a keepalived of higher priority without preemption does not disturb', async (lab) => {
    const ka = { priority: 200, preempt: false };
    const stage = await Stage.set(lab, { iut: { priority: 150 }, ka });
    await stage.iut.start();
    const held = await stage.holds(stage.r1, 5000);
    await stage.ka.start();
    await lab.passTime(8000, 'nothing is preempted');
    stage.assertUndisturbed(stage.r1, held);
    stage.assertCadence(stage.r1, held);
  });

  scenario('INT-012 a preemption delay is waited for before a takeover', async (lab) => {
    const delay = 2;
    const stage = await Stage.set(lab, {
      iut: { priority: 200, preemptDelay: delay },
      ka: { priority: 100 },
    });
    await stage.ka.start();
    await stage.sole(stage.r2, 8000);
    const started = await stage.iut.start();
    const held = await stage.holds(stage.r1, 10_000);
    const took = held - started;
    assert.ok(took >= delay * 1000, `taken over after ${took.toFixed(0)} ms, before the delay`);
    assertAtMost(took, delay * 1000 + A + down(200) + EPSILON, 'until the takeover');
    await stage.sole(stage.r1, A);
  });

  scenario('INT-013 of two equals that promote at the same moment the greater address stays', async (lab) => {
    const stage = await Stage.set(lab, { iut: { priority: 100 }, ka: { priority: 100 } });
    // Both hear the same last advert of a third router, so that their timers run out together.
    const third = new Keepalived(stage.r3, [{ priority: 200 }]);
    await third.start();
    await stage.holds(stage.r3, 5000);
    await stage.ka.start();
    await stage.iut.start();
    await stage.advertOf(stage.r3, wallClock(), 2000);
    const cut = await stage.lan.cut(stage.r3);
    await lab.passTime(down(100) + 2 * A, 'one of the two wins');
    const promoted = new Set(lab.timeline.of('advert', cut).map(({ host }) => host));
    const winner = promoted.size === 2 ? stage.r2 : promoted.has('r1') ? stage.r1 : stage.r2;
    assert.deepEqual(
      stage.holders().filter((host) => host !== 'r3'),
      [winner.name],
    );
  });

  scenario('INT-014 an equal priority with the greater address takes nothing over', async (lab) => {
    const stage = await Stage.set(lab, { iut: { priority: 100 }, ka: { priority: 100 } });
    await stage.iut.start();
    const held = await stage.holds(stage.r1, 5000);
    await stage.ka.start();
    await lab.passTime(8000, 'no takeover follows');
    stage.assertUndisturbed(stage.r1, held);
    assert.deepEqual(stage.adverts(stage.r2), []);
  });

  scenario(
    'INT-019 the address owner is Active at once, and keepalived leaves on its first advert',
    async (lab) => {
      const stage = await Stage.set(lab, { iut: { priority: 255 }, ka: { priority: 254 } });
      await stage.ka.start();
      await stage.sole(stage.r2, 8000);
      const before = wallClock();
      const entered = await stage.iut.start();
      const first = await stage.advertOf(stage.r1, before, 3000);
      assertNear(first.at - entered, 0, 'from the start of the router to its first advert');
      if (IUT === 'agent') assert.equal(stage.agent.transitions()[0]?.to, 'Active', 'it never is Backup');
      const held = await stage.holds(stage.r1, 1000);
      assertAtMost(held - first.at, EPSILON, 'from the advert to holding the address');
      const left = await stage.leaves(stage.r2, 1000);
      assertAtMost((left ?? 0) - first.at, EPSILON, 'until keepalived leaves');
      assert.equal(first.advert.priority, 255);
    },
  );

  scenario('INT-020 of two owners exactly one is left', async (lab) => {
    const stage = await Stage.set(lab, { iut: { priority: 255 }, ka: { priority: 255 } });
    const started = wallClock();
    await Promise.all([stage.iut.start(), stage.ka.start()]);
    // K-32: this keepalived lowers itself to 254 when it hears another owner, and may come back after D(254).
    await lab.passTime(down(254) + 2 * A, 'they meet and one yields');
    assert.equal(stage.holders().length, 1, `holders: ${stage.holders().join(', ')}`);
    const [holder] = stage.holders();
    const since = wallClock();
    await lab.passTime(4 * A, 'it stays so');
    stage.assertUndisturbed(holder === 'r1' ? stage.r1 : stage.r2, since);
    assertAtMost(stage.overlap(started), A + EPSILON, 'both hold the address');
  });

  scenario(
    'INT-021 an owner with the greater address stays, without a storm, and names the second owner',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, {
        iut: { priority: 255 },
        ka: { priority: 254 },
        numbers: [5, 2, 3],
      });
      const since = wallClock();
      const second = advertFrame({ priority: 255 }, { source: '192.0.2.3', toMac: macOf(5) });
      const stop = new Injector(stage.r3).every(A, [second]);
      await lab.passTime(6 * A, 'a second owner advertises, and ignores ours');
      const sent = stop();
      stage.assertUndisturbed(stage.r1, since);
      const own = stage.adverts(stage.r1, since).length;
      assertAtMost(own, 2 * ((wallClock() - since) / A + 1), 'adverts of the router under test');
      const { counters, problems } = await stage.agent.awaitRouter('each is counted', 2000, (router) => {
        return router.counters['secondOwnerHeard'] === sent;
      });
      assert.ok((counters['rcvdAdvertisements'] ?? 0) >= sent);
      assert.deepEqual(
        problems.map(({ code }) => code),
        ['SecondOwner'],
      );
    },
    { agentOnly: 'owner that stays one (K-32)' },
  );

  scenario(
    'INT-084 of two Backups the better one follows a resignation, and the other stays',
    async (lab) => {
      const stage = await Stage.set(lab, { iut: { priority: 150 }, ka: { priority: 120 } });
      const third = new Keepalived(stage.r3, [{ priority: 100 }]);
      await stage.iut.start();
      await stage.ka.start();
      await third.start();
      await stage.sole(stage.r1, 5000);
      const since = wallClock();
      await stage.iut.terminate();
      const resigned = await stage.advertOf(stage.r1, since, 1000, ({ advert }) => advert.priority === 0);
      const held = await stage.holds(stage.r2, 2000);
      assertNear(held - resigned.at, skew(120), 'until the better Backup holds the address');
      await lab.passTime(2 * A, 'the other one stays Backup');
      stage.assertNeverHeld(stage.r3);
      assert.deepEqual(stage.holders(), ['r2']);
    },
  );

  scenario(
    'INT-084 the router under test follows as the better of two Backups, exactly once',
    async (lab) => {
      const stage = await Stage.set(lab, { iut: { priority: 130 }, ka: { priority: 150 } });
      const third = routerUnderTest(stage.r3, [{ priority: 90 }]);
      await stage.ka.start();
      await stage.sole(stage.r2, 8000);
      await Promise.all([stage.iut.start(), third.start()]);
      await stage.advertOf(stage.r2, wallClock(), 2000);
      const since = wallClock();
      void stage.ka.terminate();
      const resigned = await stage.advertOf(stage.r2, since, 1000, ({ advert }) => advert.priority === 0);
      const held = await stage.holds(stage.r1, 2000);
      assertNear(held - resigned.at, skew(130), 'until the better Backup holds the address');
      await lab.passTime(2 * A, 'the other one stays Backup');
      stage.assertNeverHeld(stage.r3);
      assert.deepEqual(stage.holders(), ['r1']);
    },
  );
});
