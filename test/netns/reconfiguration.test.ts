import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { wallClock } from '../../lab/libc.js';
import { assertAtMost, assertNear } from './support/judge.js';
import { IUT, scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';
import { A, EPSILON, down } from './support/timing.js';

const S1 = { iut: { priority: 150 }, ka: { priority: 100 } };
const S2 = { iut: { priority: 100 }, ka: { priority: 150 } };

/** From the moment a file is written until the agent has noticed and read it. */
const NOTICE = 500;

describe('reconfiguration while running', { concurrency: 3 }, () => {
  scenario(
    'INT-022 a lowered priority is advertised and lost by election, without priority 0',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, S1);
      const changed = await stage.iut.reconfigure([{ priority: 90 }]);
      const lower = await stage.advertOf(
        stage.r1,
        changed,
        A + NOTICE,
        ({ advert }) => advert.priority !== 150,
      );
      assert.equal(lower.advert.priority, 90);
      const better = stage.adverts(stage.r1).findLast(({ advert }) => advert.priority === 150);
      const held = await stage.holds(stage.r2, 6000);
      assertNear(
        held - (better?.at ?? 0),
        down(100),
        'from the last better advert until keepalived holds it',
      );
      await stage.sole(stage.r2, A);
      assert.ok(stage.adverts(stage.r1).every(({ advert }) => advert.priority > 0));
    },
  );

  scenario('INT-023 a raised priority takes over when the running timer, shortened, ends', async (lab) => {
    const stage = await Stage.withKaActive(lab, S2);
    const accepted = await stage.advertOf(stage.r2, wallClock(), 2000);
    await stage.iut.reconfigure([{ priority: 200 }]);
    const held = await stage.holds(stage.r1, 6000);
    // keepalived begins anew when it is reloaded.
    const slack = IUT === 'agent' ? EPSILON : NOTICE;
    assertAtMost(
      held - accepted.at,
      down(200) + slack,
      'from the last accepted advert to holding the address',
    );
    await stage.sole(stage.r1, EPSILON * 2);
  });

  scenario('INT-024 a keepalived that lowers its priority is taken over from after D(100)', async (lab) => {
    const stage = await Stage.withKaActive(lab, S2);
    await stage.ka.reconfigure([{ priority: 90 }]);
    const held = await stage.holds(stage.r1, 8000);
    const better = stage.adverts(stage.r2).findLast(({ advert }) => advert.priority === 150);
    assertNear(held - (better?.at ?? 0), down(100), 'from the last better advert to holding the address');
    await stage.sole(stage.r1, EPSILON * 2);
  });

  scenario(
    'INT-032 a longer interval is advertised at once, so that nobody takes over',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, {
        iut: { priority: 150, version: 3 },
        ka: { priority: 100, version: 3 },
      });
      const held = await stage.holds(stage.r1, 0);
      const changed = await stage.iut.reconfigure([{ priority: 150, version: 3, interval: 5 }]);
      const slower = await stage.advertOf(
        stage.r1,
        changed,
        NOTICE,
        ({ advert }) => advert.interval === 5000,
      );
      await stage.advertOf(stage.r1, slower.at + 1, 5000 + EPSILON);
      await lab.passTime(down(100), 'keepalived has its chance');
      stage.assertUndisturbed(stage.r1, held);
      assert.deepEqual(stage.adverts(stage.r2), []);
    },
    { agentOnly: 'advert at once when its interval changes' },
  );

  scenario(
    'INT-081 a configuration that is read again unchanged disturbs nothing',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, S1);
      const since = wallClock();
      for (let round = 0; round < 100; round++) {
        await stage.iut.reconfigure([{ priority: 150 }]);
        await sleep(30);
      }
      await lab.passTime(2 * A, 'what the last change might do is seen');
      stage.assertUndisturbed(stage.r1, since);
      stage.assertCadence(stage.r1, since);
      assert.deepEqual(stage.adverts(stage.r2), []);
    },
    { agentOnly: 'configuration that is watched; each SIGHUP begins a new interval' },
  );

  scenario('INT-082 one of two addresses is removed without a transition', async (lab) => {
    const both = ['192.0.2.101', '192.0.2.100'];
    const stage = await Stage.withIutActive(lab, {
      iut: { priority: 150, addresses: both },
      ka: { priority: 100, addresses: both },
    });
    await stage.holds(stage.r1, 1000, '192.0.2.101');
    const since = wallClock();
    // K-13: this keepalived drops adverts with another list, so it is told as well.
    await stage.ka.reconfigure([{ priority: 100, addresses: ['192.0.2.100'] }]);
    await stage.iut.reconfigure([{ priority: 150, addresses: ['192.0.2.100'] }]);
    const left = (await stage.leaves(stage.r1, A + NOTICE, '192.0.2.101')) ?? 0;
    const shorter = await stage.advertOf(stage.r1, left, A + EPSILON);
    assert.deepEqual(shorter.advert.addresses, ['192.0.2.100']);
    await stage.outlastTakeover('keepalived has its chance');
    stage.assertUndisturbed(stage.r1, since);
    assert.deepEqual(stage.adverts(stage.r2), []);
  });
});
