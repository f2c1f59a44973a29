import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe } from 'node:test';

import { eventually } from '../../lab/eventually.js';
import { wallClock } from '../../lab/libc.js';
import { assertAtMost, assertNear } from './support/judge.js';
import { IUT, scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';
import { A, EPSILON, down } from './support/timing.js';

const S1 = { iut: { priority: 150 }, ka: { priority: 100 } };
const S2 = { iut: { priority: 100 }, ka: { priority: 150 } };

/** Longer than keepalived at 100 needs to take over, so that both hold the address. */
const SPLIT = down(100) + A;

describe('partitions', { concurrency: 3 }, () => {
  scenario(
    'INT-015 after a partition the higher priority keeps the address and announces it again',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, S1);
      await stage.lan.partition(stage.r1, stage.r2);
      await stage.holds(stage.r2, SPLIT);
      assert.deepEqual(stage.holders().sort(), ['r1', 'r2'], 'both hold the address while split');
      await lab.passTime(2 * A, 'the partition lasts');
      // Keepalived's advert comes next, 0.6 s later: without hearing it r1 would not know that there was a split.
      await stage.advertOf(stage.r1, wallClock(), 2000);
      const healed = await stage.lan.heal(stage.r1, stage.r2);
      const sole = await stage.sole(stage.r1, A + EPSILON);
      assertAtMost(sole - healed, A + EPSILON, 'until exactly one holds it');
      await eventually(lab.timeline, 'the address is announced again', EPSILON, () =>
        announcedBy(stage, 'r1', healed),
      );
    },
  );

  scenario('INT-016 after a partition the lower priority leaves on the first better advert', async (lab) => {
    const stage = await Stage.withKaActive(lab, S2);
    await stage.lan.partition(stage.r1, stage.r2);
    await stage.holds(stage.r1, SPLIT);
    await lab.passTime(2 * A, 'the partition lasts');
    // The better advert comes first: the router that sends it would not know that there was a split, and neighbours would go on
    // sending to r1.
    await stage.advertOf(stage.r1, wallClock(), 2000);
    const healed = await stage.lan.heal(stage.r1, stage.r2);
    const left = (await stage.leaves(stage.r1, A + EPSILON)) ?? 0;
    assertAtMost(left - healed, A + EPSILON, 'until the lower priority has left');
    const better = stage.lastAdvert(stage.r2, left);
    assertAtMost(left - better.at, 50, 'from the first better advert');
    assert.deepEqual(stage.holders(), ['r2']);
    await eventually(lab.timeline, 'the address is announced again', A, () =>
      announcedBy(stage, 'r2', healed),
    );
  });

  scenario(
    'INT-018 each advert of a peer that does not hear us is answered at once, and once',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, S1);
      const blocked = await stage.lan.block(stage.r1, stage.r2);
      const held = await stage.holds(stage.r2, SPLIT);
      const last = stage.lastAdvert(stage.r1, blocked);
      assertNear(held - last.at, down(100), 'from the last advert heard until keepalived holds the address');
      await lab.passTime(8 * A, 'one direction is lost');
      const until = wallClock() - EPSILON;
      const theirs = stage.adverts(stage.r2, held - EPSILON).filter(({ at }) => at < until);
      const ours = stage.adverts(stage.r1, held - EPSILON);
      const unanswered = theirs.filter(
        ({ at }) => !ours.some((own) => own.at >= at && own.at <= at + EPSILON),
      );
      assert.deepEqual(unanswered, [], 'every advert is answered');
      const ownTicks = (wallClock() - held) / A + 2;
      assert.ok(
        ours.length <= theirs.length + ownTicks,
        `${String(ours.length)} adverts for ${String(theirs.length)}`,
      );
      if (IUT === 'agent')
        await stage.agent.awaitRouter('the deaf peer is told of', A, ({ problems }) =>
          problems.some(({ code }) => code === 'PeerDoesNotYield'),
        );
      const healed = await stage.lan.unblock(stage.r1, stage.r2);
      const sole = await stage.sole(stage.r1, A + EPSILON);
      assertAtMost(sole - healed, A + EPSILON, 'until exactly one holds it');
    },
  );
});

describe('links', { concurrency: 3 }, () => {
  const failures = [
    {
      id: 'INT-061',
      what: 'an interface that is set down',
      fail: (stage: Stage) => stage.r1.ip('link', 'set', 'eth0', 'down'),
      mend: (stage: Stage) => stage.r1.ip('link', 'set', 'eth0', 'up'),
    },
    {
      id: 'INT-062',
      what: 'a lost carrier',
      fail: (stage: Stage) => stage.lan.cut(stage.r1),
      mend: (stage: Stage) => stage.lan.restore(stage.r1),
    },
  ];
  for (const { id, what, fail, mend } of failures) {
    scenario(
      `${id} INT-063 ${what} ends Active at once; mended, it is Active again after D(150)`,
      async (lab) => {
        const stage = await Stage.withIutActive(lab, S1);
        const failed = lab.timeline.step('the link fails');
        await fail(stage);
        const left = (await stage.leaves(stage.r1, 1000)) ?? 0;
        assertAtMost(left - failed, 100 + EPSILON, 'until the address is removed');
        const taken = await stage.holds(stage.r2, 5000);
        const last = stage.lastAdvert(stage.r1);
        assertAtMost(taken - last.at, down(100) + EPSILON, 'from the last advert until keepalived holds it');
        await lab.passTime(A, 'the link stays down');
        await mend(stage);
        const mended = lab.timeline.step('the link is up again');
        const held = await stage.holds(stage.r1, 6000);
        assertNear(held - mended, down(150), 'from the link to holding the address', 2 * EPSILON);
        const sole = await stage.sole(stage.r1, 1000);
        assertAtMost(sole - held, EPSILON, 'until exactly one holds it');
      },
    );
  }

  scenario('INT-064 a link that flaps leaves nothing behind, and one holder at rest', async (lab) => {
    const stage = await Stage.withIutActive(lab, S1);
    const before = IUT === 'agent' ? openFiles(stage.agent.program.tree()) : 0;
    for (let flap = 0; flap < 15; flap++) {
      await stage.lan.cut(stage.r1);
      await lab.passTime(200, 'the link is down');
      await stage.lan.restore(stage.r1);
      await lab.passTime(200, 'the link is up');
    }
    await stage.sole(stage.r1, down(150) + A);
    if (IUT !== 'agent') return;
    assertAtMost(openFiles(stage.agent.program.tree()), before + 4, 'open files');
    await lab.passTime(2 * A, 'it stays Active');
    assert.deepEqual(stage.holders(), ['r1']);
  });

  scenario('INT-065 an interface that is deleted and made anew is used again', async (lab) => {
    const stage = await Stage.withIutActive(lab, S1);
    const gone = wallClock();
    await stage.lan.unplug(stage.r1);
    await stage.leaves(stage.r1, 1000);
    await stage.holds(stage.r2, 5000);
    await lab.passTime(Math.max(0, 5000 - (wallClock() - gone)), 'the interface is missing');
    await stage.lan.plug(stage.r1, { number: 1 });
    const back = lab.timeline.step('the interface is back');
    const held = await stage.holds(stage.r1, 6000);
    assertNear(held - back, down(150), 'from the interface to holding the address', 2 * EPSILON);
    await stage.sole(stage.r1, 1000);
    // The new sockets hear the group: a lower priority is heard and answered, a resignation followed.
    await lab.passTime(2 * A, 'nobody else takes it');
    assert.deepEqual(stage.holders(), ['r1']);
  });
});

const openFiles = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + readdirSync(`/proc/${String(pid)}/fd`).length, 0);

/** Whether the router `host` has told its neighbours since `since` that the address is with it. */
const announcedBy = (stage: Stage, host: string, since: number): boolean =>
  stage.lan.lab.timeline
    .of('announcement', since)
    .some(
      (event) =>
        event.host === host && event.announcement.gratuitous && event.announcement.address === stage.vip,
    );
