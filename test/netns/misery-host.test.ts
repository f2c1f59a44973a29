import assert from 'node:assert/strict';
import { type Socket, connect } from 'node:net';
import { describe } from 'node:test';

import { command } from '../../lab/command.js';
import { eventually, eventuallyAsked } from '../../lab/eventually.js';
import type { Lab } from '../../lab/lab.js';
import { inNamespace, wallClock } from '../../lab/libc.js';
import { ShiftedClock } from '../../lab/shifted-clock.js';
import {
  AGENT,
  S1,
  assertStaysSteady,
  assertSteady,
  controlProcesses,
  descriptorsOf,
  vrrpProcess,
} from './support/misery.js';
import { scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';
import { A } from './support/timing.js';

const HOUR = 3600;
const YEAR = 365 * 24 * HOUR;

describe('an agent on a host that is in trouble', { concurrency: 4 }, () => {
  scenario(
    'a disk that is full, read-only or emptied costs no advert; what runs is kept once there is room again',
    async (lab) => {
      const stateDir = '/mnt/kube-vrrp';
      const stage = await Stage.withIutActive(lab, {
        ...S1,
        agent: {
          stateDir,
          within: [
            'unshare',
            '--mount',
            'sh',
            '-c',
            'mount -t tmpfs -o size=64k lab /mnt && exec "$@"',
            'sh',
          ],
          arguments: ['--record', '/mnt/recording'],
        },
      });
      const onDisk = (script: string): Promise<string> =>
        command(['nsenter', `--mount=/proc/${String(vrrpProcess(stage))}/ns/mnt`, 'sh', '-c', script]);
      const problems = async (): Promise<string[]> => {
        const { control } = JSON.parse(await stage.agent.get('/v1/process')) as ProcessDocument;
        return control.problems.map(({ code }) => code);
      };
      const until = (what: string, test: (codes: readonly string[]) => boolean): Promise<unknown> =>
        eventuallyAsked(lab.timeline, what, 10_000, async () => test(await problems()));
      const since = wallClock();

      await onDisk(
        'cat /dev/zero >/mnt/filler 2>/dev/null; rm -r /mnt/kube-vrrp && mkdir /mnt/kube-vrrp; cat /dev/zero >>/mnt/filler || true',
      );
      await until('the recording has ended', (codes) => codes.includes('RecordingEnded'));
      await stage.agent.reconfigure([{ ...S1.iut, agentSpec: { announcement: { repeat: 1 } } }]);
      await until('nothing can be kept', (codes) => codes.includes('StateDirectoryFailed'));

      await onDisk('rm /mnt/filler && mount -o remount,ro /mnt');
      await stage.agent.reconfigure([{ ...S1.iut, agentSpec: { announcement: { repeat: 2 } } }]);
      await eventually(lab.timeline, 'the disk is read-only', 5000, () =>
        stage.agent.log().some(({ problem }) => /EROFS/.test(String(problem))),
      );

      await onDisk('mount -o remount,rw /mnt && rmdir /mnt/kube-vrrp');
      await stage.agent.reconfigure([{ ...S1.iut, agentSpec: { announcement: { repeat: 3 } } }]);
      await until('all is well', (codes) => !codes.includes('StateDirectoryFailed'));
      assert.match(await onDisk('cat /mnt/kube-vrrp/accepted.json'), /"repeat":3/);
      await assertStaysSteady(stage, since, 'keepalived would take over');
    },
    AGENT,
  );

  scenario(
    'a wall clock that jumps by hours and years is shown and logged as it is, and nothing is late because of it',
    async (lab) => {
      const clock = await ShiftedClock.build(lab);
      const stage = await Stage.withIutActive(lab, { ...S1, environment: clock.environment });
      const since = wallClock();
      const { since: activeSince } = await stage.agent.router();
      for (const seconds of [HOUR, -HOUR, 10 * YEAR, -10 * YEAR]) {
        clock.set(seconds);
        // Trouble on top: a control process that starts in another year.
        stage.agent.signalControl('SIGKILL');
        const shown = await stage.agent.awaitRouter('it tells', 20_000, ({ state }) => state === 'Active');
        // When it became Active is what the clock said then.
        assert.equal(shown.since, activeSince);
        const last = stage.agent.log().at(-1);
        const off = Date.parse(last?.time ?? '') / 1000 - wallClock() / 1000 - seconds;
        assert.ok(Math.abs(off) < 60, `a log line is ${off.toFixed(0)} s from its time`);
        const { status } = await health(stage);
        assert.equal(status, 200, 'the agent is well');
      }
      await assertStaysSteady(stage, since, 'keepalived would take over');
    },
    AGENT,
  );

  scenario(
    'without descriptors to be had, and with strangers at its HTTP port, the agent goes on and recovers',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, S1);
      const since = wallClock();
      const [vrrp, [control = 0]] = [vrrpProcess(stage), controlProcesses(stage)];
      // Not one more, for either of them; the hard limit stays, for that could not be raised again.
      for (const pid of [vrrp, control])
        await command(['prlimit', `--nofile=${String(descriptorsOf(pid))}:`, '-p', String(pid)]);
      const strangers = await flood(lab, stage, 200);
      // Something that asks the kernel for an answer, from both.
      await stage.agent.reconfigure([{ ...S1.iut, agentSpec: { announcement: { repeat: 2 } } }]);
      await lab.passTime(A, 'strangers are at the door');
      stage.agent.signalControl('SIGKILL');
      await assertStaysSteady(stage, since, 'no other control process can be started');
      for (const socket of strangers) socket.destroy();
      await command(['prlimit', '--nofile=1024:', '-p', String(vrrp)]);
      await stage.agent.awaitRouter('it tells', 30_000, ({ state }) => state === 'Active');
      assertSteady(stage, since);
      const refused = stage.agent.log().filter(({ how }) => /EMFILE/.test(String(how)));
      assert.ok(refused.length >= 3, 'it was tried again and again, and told');
      assert.ok(descriptorsOf(vrrp) < 64, `${String(descriptorsOf(vrrp))} descriptors`);
    },
    AGENT,
  );

  scenario(
    'an interface that returns while there are no descriptors is used as soon as there are',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, S1);
      const vrrp = vrrpProcess(stage);
      await stage.lan.unplug(stage.r1);
      await stage.holds(stage.r2, 6000);
      await command(['prlimit', `--nofile=${String(descriptorsOf(vrrp))}:`, '-p', String(vrrp)]);
      await stage.lan.plug(stage.r1, { number: 1 });
      await eventually(lab.timeline, 'it cannot take part, and says so', 5000, () =>
        stage.agent.log().some((line) => /EMFILE/.test(JSON.stringify(line))),
      );
      const { problems } = await stage.agent.router();
      assert.ok(
        problems.some(({ code, remedy }) => code === 'HostRefused' && remedy.includes('ulimit')),
        JSON.stringify(problems),
      );
      await lab.passTime(3 * A, 'it tries again');
      assert.ok(stage.agent.program.running, 'the agent lives');
      await command(['prlimit', '--nofile=1024:', '-p', String(vrrp)]);
      await stage.sole(stage.r1, 8000);
    },
    AGENT,
  );
});

type ProcessDocument = Readonly<{
  control: Readonly<{ problems: readonly Readonly<{ code: string }>[] }>;
}>;

/** Opens connections to the agent's HTTP port that say nothing. */
async function flood(lab: Lab, stage: Stage, count: number): Promise<readonly Socket[]> {
  const sockets = inNamespace(stage.r1.namespace.name, () =>
    Array.from({ length: count }, () => connect(9112, '127.0.0.1').on('error', () => undefined)),
  );
  lab.defer(() => {
    for (const socket of sockets) socket.destroy();
    return Promise.resolve();
  });
  await Promise.all(
    sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))),
  );
  return sockets;
}

async function health(stage: Stage): Promise<Readonly<{ status: number }>> {
  const status = await stage.r1.run([
    'curl',
    '-s',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code}',
    'http://127.0.0.1:9112/healthz',
  ]);
  return { status: Number(status) };
}
