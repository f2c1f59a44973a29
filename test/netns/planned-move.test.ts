import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { Agent } from '../../lab/agent.js';
import { wallClock } from '../../lab/libc.js';
import { Prober } from '../../lab/prober.js';
import { scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';
import { A } from './support/timing.js';

const AGENT = { agentOnly: 'hand-over without loss' };

describe('planned moves lose nothing', { concurrency: 2 }, () => {
  scenario(
    'SIGTERM of the holder with another agent as the successor loses no packet of 1000 a second',
    async (lab) => {
      const stage = await Stage.set(lab, { iut: { priority: 254 }, ka: { priority: 1 } });
      const successor = new Agent(stage.r2, [{ priority: 253 }]);
      await stage.iut.start();
      await successor.start();
      await stage.sole(stage.r1, 8000);
      await loseNothing(stage);
    },
    AGENT,
  );

  scenario(
    'SIGTERM of the holder with keepalived as the successor loses no packet of 1000 a second',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, { iut: { priority: 254 }, ka: { priority: 253 } });
      await loseNothing(stage);
    },
    AGENT,
  );

  scenario(
    'an agent that preempts another one loses no packet of 1000 a second',
    async (lab) => {
      const stage = await Stage.set(lab, { iut: { priority: 254 }, ka: { priority: 1 } });
      const weaker = new Agent(stage.r2, [{ priority: 253 }]);
      await weaker.start();
      await stage.sole(stage.r2, 8000);
      const prober = await Prober.start(stage.lan, stage.r3, stage.vip);
      await stage.iut.start();
      await stage.sole(stage.r1, 8000);
      await lab.passTime(A, 'the client is answered by the stronger one');
      const seen = await prober.stop();
      assert.deepEqual(seen.answeredBy, ['r2', 'r1']);
      assert.equal(seen.lost, 0, `${String(seen.lost)} of ${String(seen.sent)} requests were lost`);
    },
    AGENT,
  );
});

/** Ends the agent on r1 while a client asks a thousand times a second, and asserts that r2 answers without a gap. */
async function loseNothing(stage: Stage): Promise<void> {
  const prober = await Prober.start(stage.lan, stage.r3, stage.vip);
  await stage.lab.passTime(A, 'the client is answered');
  const since = wallClock();
  await stage.iut.terminate();
  await stage.sole(stage.r2, 3000);
  await stage.lab.passTime(A, 'the client is answered by the successor');
  const seen = await prober.stop();
  assert.deepEqual(seen.answeredBy, ['r1', 'r2']);
  assert.equal(seen.lost, 0, `${String(seen.lost)} of ${String(seen.sent)} requests were lost`);
  assert.equal(stage.absence(since), 0, 'somebody holds the address all the time');
}
