import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe } from 'node:test';

import { absence, holders, holdings } from '../../lab/address-watch.js';
import { eventually, eventuallyAsked } from '../../lab/eventually.js';
import type { Lab } from '../../lab/lab.js';
import { Lan } from '../../lab/lan.js';
import { wallClock } from '../../lab/libc.js';
import { signalProcess } from '../../lab/program.js';
import type { VirtualRouterSpec } from '../../src/api/v1alpha1/virtual-router.js';
import { ClusterAgent } from './support/cluster-agent.js';
import { scenario } from './support/scenario.js';

const ADDRESS = '192.0.2.100';
const SPEC: Partial<VirtualRouterSpec> = {
  addresses: [`${ADDRESS}/32`],
  advertisementInterval: '200ms',
  members: [
    { node: 'r1', priority: 254, interface: 'eth0' },
    { node: 'r2', priority: 253, interface: 'eth0' },
  ],
};
const AGENT = { agentOnly: 'Kubernetes half' };

describe('an agent in a cluster', { concurrency: 2 }, () => {
  async function nodes(lab: Lab, ...names: readonly string[]): Promise<readonly ClusterAgent[]> {
    const lan = await Lan.create(lab);
    return Promise.all(
      names.map(async (name, index) => {
        const agent = await ClusterAgent.on(await lan.host(name, index + 1));
        await agent.apply(SPEC);
        return agent;
      }),
    );
  }

  const heldBy = (lab: Lab, names: readonly string[], milliseconds = 10_000): Promise<unknown> =>
    eventually(lab.timeline, `${names.join() || 'nobody'} holds the address`, milliseconds, () => {
      const now = holders(lab.timeline, ADDRESS);
      return now.join() === names.join();
    });

  scenario(
    'runs the VirtualRouters that name it, reports, and gives up what is deleted',
    async (lab) => {
      const [r1] = await nodes(lab, 'r1');
      assert.ok(r1 !== undefined);
      await r1.start();
      await heldBy(lab, ['r1']);
      const active = await r1.says('Active with its address', 5_000, ({ state, held }) =>
        Boolean(state === 'Active' && held?.length),
      );
      assert.deepEqual(active.held, [`${ADDRESS}/32`]);
      assert.equal(active.observedGeneration, 1);
      assert.equal(active.interface, 'eth0');
      await r1.remove();
      await heldBy(lab, []);
    },
    AGENT,
  );

  scenario(
    'holds the address without the API server, takes it again after a restart without it, and believes it when it is back',
    async (lab) => {
      const [r1] = await nodes(lab, 'r1');
      assert.ok(r1 !== undefined);
      await r1.start();
      await heldBy(lab, ['r1']);
      const away = wallClock();
      await r1.call('goAway');
      await lab.passTime(3_000, 'what a lost API server might do is seen');
      assert.equal(absence(lab.timeline, ADDRESS, away, wallClock()), 0);
      await r1.program.kill();
      await heldBy(lab, [], 6_000);
      await r1.start();
      await heldBy(lab, ['r1']);
      await r1.call('comeBack');
      await r1.remove();
      await heldBy(lab, [], 30_000);
    },
    AGENT,
  );

  scenario(
    'keeps what runs when a VirtualRouter makes no sense, and says so',
    async (lab) => {
      const [r1] = await nodes(lab, 'r1');
      assert.ok(r1 !== undefined);
      await r1.start();
      await heldBy(lab, ['r1']);
      const since = wallClock();
      await r1.apply({ ...SPEC, vrid: 1_000 });
      const entry = await r1.says('a problem', 5_000, ({ problems = [] }) => problems.length > 0);
      assert.equal(entry.problems?.[0]?.code, 'VirtualRouterUnusable');
      assert.equal(entry.state, 'Active');
      assert.equal(entry.observedGeneration, 1);
      assert.equal(absence(lab.timeline, ADDRESS, since, wallClock()), 0);
    },
    AGENT,
  );

  scenario(
    'stops when it is told to as the first process of a container, also while it starts',
    async (lab) => {
      const [r1] = await nodes(lab, 'r1');
      assert.ok(r1 !== undefined);
      await r1.start(true);
      await heldBy(lab, ['r1']);
      signalProcess(r1.vrrpProcess, 'SIGTERM');
      assert.equal(await r1.program.ended, 0);
      await heldBy(lab, []);
      assert.equal((await r1.member())?.because, 'stopping');
      await r1.start(true);
      // It has just started its other half, and nothing else. `sh`, which became the VRRP process, had a child before: `mount`.
      const begun = (): boolean =>
        r1.program.tree().some((pid) => commandLine(pid).includes('control/main.js'));
      await eventuallyAsked(lab.timeline, 'it has begun', 10_000, () => Promise.resolve(begun()), 2);
      signalProcess(r1.vrrpProcess, 'SIGTERM');
      const ended = (): boolean => !r1.program.running;
      await eventuallyAsked(lab.timeline, 'it has ended', 10_000, () => Promise.resolve(ended()));
      assert.equal(await r1.program.ended, 0);
    },
    AGENT,
  );

  scenario(
    'shows a liveness probe that VRRP turns: not while that hangs, but while the control process hangs or HTTP has no port',
    async (lab) => {
      const [r1] = await nodes(lab, 'r1');
      assert.ok(r1 !== undefined);
      await r1.host.spawn([
        process.execPath,
        '-e',
        "require('net').createServer().listen(9112, '127.0.0.1')",
      ]);
      await r1.start(true);
      await heldBy(lab, ['r1']);
      const first = r1.aliveUntil();
      const seconds = Number(readFileSync('/proc/uptime', 'utf8').split('.')[0]);
      assert.ok(first > seconds && first <= seconds + 45, `${String(first)} at ${String(seconds)}`);
      const later = (than: number): Promise<unknown> =>
        eventuallyAsked(lab.timeline, 'VRRP shows that it turns', 15_000, () =>
          Promise.resolve(r1.aliveUntil() > than),
        );
      // `unshare`, the VRRP process, the control process.
      const control = r1.program.tree()[2] ?? 0;
      assert.ok(control > 0);
      signalProcess(control, 'SIGSTOP');
      await later(first);
      await later(r1.aliveUntil());
      signalProcess(control, 'SIGCONT');
      signalProcess(r1.vrrpProcess, 'SIGSTOP');
      const last = r1.aliveUntil();
      await lab.passTime(12_000, 'a process that turned would have shown it');
      assert.equal(r1.aliveUntil(), last);
      signalProcess(r1.vrrpProcess, 'SIGCONT');
      await later(last);
    },
    AGENT,
  );

  scenario(
    'hands over on SIGTERM without a gap, and reports that nothing runs any more',
    async (lab) => {
      const [r1, r2] = await nodes(lab, 'r1', 'r2');
      assert.ok(r1 !== undefined && r2 !== undefined);
      await r1.start();
      await heldBy(lab, ['r1']);
      await r2.start();
      await r2.says('Backup', 10_000, ({ state }) => state === 'Backup');
      const told = wallClock();
      await r1.program.terminate();
      await heldBy(lab, ['r2']);
      assert.equal(absence(lab.timeline, ADDRESS, told, wallClock()), 0);
      const last = await r1.member();
      assert.equal(last?.state, 'Initialize');
      assert.equal(last.because, 'stopping');
      await r2.says('Active', 5_000, ({ state }) => state === 'Active');
      assert.equal(holdings(lab.timeline, ADDRESS).filter(({ host }) => host === 'r1').length, 1);
    },
    AGENT,
  );

  scenario(
    'finds its unicast peers also where a node has several addresses, and the cluster knows it by the last one',
    async (lab) => {
      const both = await nodes(lab, 'r1', 'r2');
      const members = SPEC.members?.map((member, index) => ({
        ...member,
        address: `192.0.2.5${String(index + 1)}`,
      }));
      assert.ok(members !== undefined);
      for (const [index, node] of both.entries()) {
        await node.host.run(['ip', 'address', 'add', `192.0.2.5${String(index + 1)}/24`, 'dev', 'eth0']);
        await node.apply({ ...SPEC, unicast: { mode: 'Unicast' }, members });
        await node.start();
      }
      await heldBy(lab, ['r1']);
      const [, r2] = both;
      const backup = await r2?.says('who holds the address', 5_000, ({ active }) => active?.priority === 254);
      assert.equal(backup?.state, 'Backup');
      assert.equal(backup.active?.source, '192.0.2.51');
      assert.equal(backup.problems, undefined);
    },
    AGENT,
  );
});

/** What a process was started as; empty for one that is gone. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
