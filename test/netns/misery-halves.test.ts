import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'node:test';

import { eventuallyAsked } from '../../lab/eventually.js';
import type { Lab } from '../../lab/lab.js';
import { wallClock } from '../../lab/libc.js';
import type { RouterSettings } from '../../lab/router.js';
import {
  AGENT,
  S1,
  assertStaysSteady,
  assertSteady,
  descriptorsOf,
  memoryOf,
  vrrpProcess,
  zombiesOf,
} from './support/misery.js';
import { assertAtMost } from './support/judge.js';
import { scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';
import { A, EPSILON } from './support/timing.js';

const MiB = 1024 * 1024;
const ROUTERS = 255;
/** Together they give more to log than the VRRP process keeps for who does not read (engine/outbox.ts). */
const FLAPS = 14;

const manyRouters = (priority: number): RouterSettings[] =>
  Array.from({ length: ROUTERS }, (_, index) => ({
    name: `vip-${String(index + 1)}`,
    vrid: index + 1,
    addresses: [`198.51.100.${String(index + 1)}`],
    priority,
    agentSpec: { announcement: { repeat: 1, delay: '0s', refresh: '0s' } },
  }));

describe('an agent whose other half is in trouble', { concurrency: 4 }, () => {
  scenario(
    'a control process that dies each 100 ms costs neither an advert, nor descriptors, nor a log that floods',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, S1);
      const [vrrp, descriptors] = [vrrpProcess(stage), descriptorsOf(vrrpProcess(stage))];
      const since = wallClock();
      const killed = new Set<number>();
      const killing = setInterval(() => {
        for (const pid of stage.agent.signalControl('SIGKILL')) killed.add(pid);
      }, 100);
      lab.defer(() => {
        clearInterval(killing);
        return Promise.resolve();
      });
      await assertStaysSteady(stage, since, 'every control process is killed');
      clearInterval(killing);
      await stage.agent.awaitRouter('a control process tells', 20_000, ({ state }) => state === 'Active');
      assertSteady(stage, since);
      // 100, 200, 400, … ms: however often somebody kills, it does not keep the machine busy.
      assert.ok(killed.size >= 4 && killed.size <= 7, `${String(killed.size)} were started and killed`);
      const ended = stage.agent.log().filter(({ how }) => how === 'signal SIGKILL');
      assert.equal(ended.length, killed.size, 'each end is told, though nobody lived to hear of it then');
      assert.equal(descriptorsOf(vrrp), descriptors);
      assert.equal(zombiesOf(vrrp), 0);
    },
    AGENT,
  );

  scenario(
    'a control process that reads nothing while 255 routers change does not make the VRRP process grow, and catches up',
    async (lab) => {
      const stage = await Stage.set(lab, { iut: manyRouters(150), ka: S1.ka, vip: '198.51.100.255' });
      await stage.agent.start();
      const all = (state: string) => async () => {
        const { routers } = await stage.agent.status();
        return routers.filter((router) => router.state === state).length === ROUTERS;
      };
      await eventuallyAsked(lab.timeline, 'all routers are Active', 20_000, all('Active'));
      const vrrp = vrrpProcess(stage);
      stage.agent.signalControl('SIGSTOP');
      const before = memoryOf(vrrp);
      // Out of the election, into it again, each time with a log line for each router.
      for (let round = 0; round < FLAPS; round++) {
        await stage.r1.ip('link', 'set', 'eth0', 'down');
        await stage.r1.ip('link', 'set', 'eth0', 'up');
      }
      await stage.holds(stage.r1, 8000);
      await lab.passTime(2 * A, 'nobody reads');
      const grown = memoryOf(vrrp) - before;
      assert.ok(grown < 16 * MiB, `the VRRP process has grown by ${(grown / MiB).toFixed(1)} MiB`);
      const since = wallClock();
      stage.agent.signalControl('SIGCONT');
      await eventuallyAsked(lab.timeline, 'all routers are told as Active', 15_000, all('Active'));
      const { routers } = await stage.agent.status();
      for (const { name, state, transitions } of routers) {
        assert.equal(state, 'Active');
        assert.ok(transitions.reduce((sum, { count }) => sum + count, 0) >= 4, name);
      }
      await eventuallyAsked(lab.timeline, 'what was dropped is counted', 10_000, async () =>
        /_dropped_messages_total\S* [1-9]\d*$/m.test(await stage.agent.get('/metrics')),
      );
      await lab.passTime(2 * A, 'adverts come in');
      for (const vrid of [1, 128, 255]) {
        const times = stage.adverts(stage.r1, since).filter(({ advert }) => advert.vrid === vrid);
        const gaps = times.slice(1).map(({ at }, index) => at - (times[index]?.at ?? at));
        assertAtMost(Math.max(...gaps), A + 3 * EPSILON, `between adverts of VRID ${String(vrid)}`);
      }
    },
    AGENT,
  );

  scenario(
    'with nobody who reads its log the agent goes on, stops when it is told to, and nothing of it stays',
    async (lab) => {
      const stage = await unread(lab);
      const since = wallClock();
      // Something to tell about, more than once.
      for (let round = 0; round < 3; round++) {
        stage.agent.signalControl('SIGKILL');
        await stage.agent.awaitRouter('a control process tells', 20_000, ({ state }) => state === 'Active');
      }
      await assertStaysSteady(stage, since, 'nobody reads');
      const told = lab.timeline.step('SIGTERM, and nobody left who could log it');
      const tree = stage.agent.program.tree();
      stage.agent.signalControl('SIGKILL');
      stage.agent.signalVrrp('SIGTERM');
      await stage.advertOf(stage.r1, told, A, ({ advert }) => advert.priority === 0);
      await stage.sole(stage.r2, 2 * A);
      await eventuallyAsked(lab.timeline, 'both halves have ended', 10_000, () =>
        Promise.resolve(tree.every((pid) => !isAlive(pid))),
      );
    },
    AGENT,
  );

  scenario(
    'killed while nobody reads its log, the VRRP process takes the addresses and the other half with it',
    async (lab) => {
      const stage = await unread(lab);
      const tree = stage.agent.program.tree();
      const killed = stage.agent.signalVrrp('SIGKILL');
      const left = (await stage.leaves(stage.r1, 6000)) ?? 0;
      assertAtMost(left - killed, 3 * A, 'until the address is gone, before its lease would have ended');
      await eventuallyAsked(lab.timeline, 'both halves have ended', 10_000, () =>
        Promise.resolve(tree.every((pid) => !isAlive(pid))),
      );
    },
    AGENT,
  );

  scenario(
    'with its output closed the agent goes on and stops when it is told to',
    async (lab) => {
      const stage = await Stage.set(lab, {
        ...S1,
        agent: { within: ['sh', '-c', 'exec "$@" >&- 2>&-', 'sh'] },
      });
      await stage.agent.launch();
      await stage.ka.start();
      await stage.sole(stage.r1, 20_000);
      const since = wallClock();
      stage.agent.signalControl('SIGKILL');
      await stage.agent.awaitRouter('a control process tells', 20_000, ({ state }) => state === 'Active');
      await assertStaysSteady(stage, since, 'nothing can be told');
      await stage.iut.terminate();
      await stage.sole(stage.r2, 2 * A);
      assert.equal(await stage.agent.program.ended, 0);
    },
    AGENT,
  );
});

/** The stage with an agent that logs into a pipe which is full and which nobody reads. */
async function unread(lab: Lab): Promise<Stage> {
  const path = join(lab.directory, 'log');
  execFileSync('mkfifo', [path]);
  const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  lab.defer(() => {
    closeSync(pipe);
    return Promise.resolve();
  });
  const stage = await Stage.set(lab, {
    ...S1,
    agent: { within: ['sh', '-c', `exec "$@" >${path} 2>&1`, 'sh'] },
  });
  for (;;)
    try {
      writeSync(pipe, 'x'.repeat(4096));
    } catch {
      break; // It is full.
    }
  await stage.agent.launch();
  await stage.ka.start();
  await stage.sole(stage.r1, 20_000);
  await stage.advertOf(stage.r1, 0, 2000);
  return stage;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
