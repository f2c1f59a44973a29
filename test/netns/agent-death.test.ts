import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { eventually } from '../../lab/eventually.js';
import type { Lab } from '../../lab/lab.js';
import { wallClock } from '../../lab/libc.js';
import { assertAtMost, assertNear } from './support/judge.js';
import { scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';
import { A, EPSILON, down } from './support/timing.js';

const S1 = { iut: { priority: 150 }, ka: { priority: 100 } };
const AGENT = { agentOnly: 'leased addresses and two processes' };

/** 3A and 1.3 s, in whole seconds, and what the kernel takes longer to notice. */
const LEASE = 4000 + 1300;

/** The process numbers that the log names as control processes. */
const controlProcesses = (stage: Stage): number[] =>
  stage.agent.log().flatMap(({ msg, pid }) => (msg === 'Control process started' ? [Number(pid)] : []));

const open = (lab: Lab): Promise<Stage> => Stage.withIutActive(lab, S1);

describe('an agent that dies or hangs', { concurrency: 3 }, () => {
  for (const [how, end] of [
    ['killed', (stage: Stage) => stage.iut.kill()],
    ['stopped', (stage: Stage) => Promise.resolve(stage.iut.freeze())],
  ] as const) {
    scenario(
      `when every process of the agent is ${how}, two hosts hold the address for 1.5 s at most`,
      async (lab) => {
        const stage = await open(lab);
        const ended = await end(stage);
        await stage.holds(stage.r2, 6000);
        const left = (await stage.leaves(stage.r1, 3000)) ?? 0;
        assertAtMost(left - ended, LEASE, 'until the lease has run out');
        assertAtMost(stage.overlap(ended), 1500, 'both hold the address');
        await stage.sole(stage.r2, A);
      },
      AGENT,
    );
  }

  scenario(
    'when the VRRP process alone is killed, the other half removes the address at once',
    async (lab) => {
      const stage = await open(lab);
      const killed = stage.agent.signalVrrp('SIGKILL');
      const left = (await stage.leaves(stage.r1, 2000)) ?? 0;
      assertAtMost(left - killed, 500, 'until the address is gone');
      const held = await stage.holds(stage.r2, 6000);
      const last = stage.lastAdvert(stage.r1);
      assertNear(held - last.at, down(100), 'from the last advert until keepalived holds the address');
      await eventually(
        lab.timeline,
        'nothing of the agent is left',
        3000,
        () => !stage.agent.program.running,
      );
    },
    AGENT,
  );

  scenario(
    'when the control process alone is killed, it is started again and VRRP goes on',
    async (lab) => {
      const stage = await open(lab);
      const since = wallClock();
      const [first] = controlProcesses(stage);
      stage.agent.signalControl('SIGKILL');
      await eventually(
        lab.timeline,
        'another control process',
        10_000,
        () => controlProcesses(stage).length === 2,
      );
      await stage.agent.awaitRouter('the new one answers', 5000, ({ state }) => state === 'Active');
      await lab.passTime(2 * A, 'adverts are counted');
      assert.notEqual(controlProcesses(stage)[1], first);
      stage.assertUndisturbed(stage.r1, since);
      stage.assertCadence(stage.r1, since);
    },
    AGENT,
  );

  scenario(
    'when the control process hangs for ten seconds, adverts and leases go on',
    async (lab) => {
      const stage = await open(lab);
      const since = wallClock();
      stage.agent.signalControl('SIGSTOP');
      await lab.passTime(10 * A, 'the control process hangs');
      stage.assertUndisturbed(stage.r1, since);
      stage.assertCadence(stage.r1, since);
      stage.agent.signalControl('SIGCONT');
      const { state } = await stage.agent.awaitRouter('it answers again', 5000, () => true);
      assert.equal(state, 'Active');
      await lab.passTime(EPSILON, 'what was held back comes out');
      stage.assertUndisturbed(stage.r1, since);
    },
    AGENT,
  );
});
