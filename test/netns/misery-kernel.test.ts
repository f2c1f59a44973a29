import assert from 'node:assert/strict';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { describe } from 'node:test';

import { command } from '../../lab/command.js';
import { eventually } from '../../lab/eventually.js';
import { FullSendBuffer } from '../../lab/full-send-buffer.js';
import type { Host } from '../../lab/host.js';
import { wallClock } from '../../lab/libc.js';
import { realtime } from '../../lab/realtime.js';
import { AGENT, S1, assertStaysSteady, memoryOf, processorTimeOf, vrrpProcess } from './support/misery.js';
import { assertAtMost } from './support/judge.js';
import { scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';
import { A, EPSILON } from './support/timing.js';

const MiB = 1024 * 1024;
const PAIRS = 1000;
const ADDRESSES = 5000;
const FEW = 50;
/** So many changes that nobody reads fill the queue of notifications many times over. */
const CHANGES = 6_000;
/** As many as fill it. */
const FILLING = 1_000;

/**
 * Stops a process for as long as it takes to carry out the commands up to an empty line; the others follow while it runs. In one go and at
 * real-time priority, so that it is never stopped for long however busy the machine is.
 */
const UNREAD = `
  while IFS= read -r line && [ -n "$line" ]; do first="$first$line
"; done
  kill -STOP $1
  printf %s "$first" | ip -batch -
  kill -CONT $1
  ip -batch -`;

describe('an agent and a kernel with too much to tell', { concurrency: 3 }, () => {
  scenario(
    'an address that is removed while notifications overflow is noticed and put back, and no advert is late',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, S1);
      await stage.r1.namespace.ipBatch(['link add churn type bridge']);
      await overflow(stage);
    },
    AGENT,
  );

  scenario(
    'requests to the kernel that find no room are carried out in their order when there is some, and VRRP goes on',
    async (lab) => {
      const buffer = await FullSendBuffer.build(lab);
      const stage = await Stage.withIutActive(lab, { ...S1, environment: buffer.environment });
      const { at: since } = await stage.advertOf(stage.r1, wallClock(), 2 * A);
      buffer.fill();
      // It is to be put back at once, which has to wait.
      await stage.r1.ip('addr', 'del', '192.0.2.100/32', 'dev', 'eth0');
      await lab.passTime(A / 2, 'what is asked for has to wait');
      assert.deepEqual(stage.holders(), []);
      const room = buffer.empty();
      const back = await stage.holds(stage.r1, A);
      assertAtMost(back - room, 2 * EPSILON, 'until the address is back');
      const steady = wallClock();
      // Renewals that wait, as well.
      await stage.advertOf(stage.r1, steady, 2 * A);
      buffer.fill();
      await stage.advertOf(stage.r1, wallClock(), 2 * A);
      buffer.empty();
      await assertStaysSteady(stage, steady, 'the lease would have run out');
      stage.assertCadence(stage.r1, since, A, 3 * EPSILON);
      await stage.iut.terminate();
      await stage.sole(stage.r2, 2 * A);
    },
    AGENT,
  );

  scenario(
    'on a host with 2,000 other interfaces and 5,000 other addresses all goes as on any other',
    async (lab) => {
      const stage = await Stage.set(lab, S1);
      await crowd(stage.r1);
      const launched = await stage.agent.launch();
      const { at } = await eventually(
        lab.timeline,
        'the agent is in the election',
        20_000,
        () => stage.agent.transitions()[0],
      );
      lab.timeline.step(`in the election after ${(at - launched).toFixed(0)} ms`);
      await stage.ka.start();
      await stage.sole(stage.r1, 15_000);
      await stage.advertOf(stage.r1, 0, 2000);
      const vrrp = vrrpProcess(stage);
      const used = await processorTime(vrrp, async () => {
        for (let change = 0; change < FEW; change++)
          await stage.r1.ip('addr', change % 2 === 0 ? 'add' : 'del', '10.255.0.1/32', 'dev', 'churn');
      });
      // Of the order of what telling it takes, not of reading everything anew.
      assertAtMost(used / FEW, 20, 'processor time for a change that is nothing to the agent');
      const since = wallClock();
      const idle = await processorTime(vrrp, () => assertStaysSteady(stage, since, 'nothing happens'));
      assertAtMost(idle, 400, 'processor time while nothing happens');
      await overflow(stage);
      assert.ok(memoryOf(vrrp) < 96 * MiB, `${(memoryOf(vrrp) / MiB).toFixed(1)} MiB`);
    },
    AGENT,
  );
});

/** The milliseconds of processor time that a process uses meanwhile. */
async function processorTime(pid: number, action: () => Promise<void>): Promise<number> {
  const before = processorTimeOf(pid);
  await action();
  return (processorTimeOf(pid) - before) * 1000;
}

/**
 * Has the kernel tell more than the agent can be told, while the address is removed by somebody else, and asserts that the agent
 * finds out and that the election is not disturbed.
 */
async function overflow(stage: Stage): Promise<void> {
  const { lab, r1 } = stage;
  const vrrp = vrrpProcess(stage);
  const droppedBefore = droppedNotifications(vrrp);
  const changes = Array.from(
    { length: CHANGES },
    (_, index) => `link set churn mtu ${String(1400 + (index % 100))}`,
  );
  const { at: since } = await stage.advertOf(stage.r1, wallClock(), 2 * A);
  const removed = lab.timeline.step(
    'somebody removes the address among many other changes, which nobody reads',
  );
  await command(
    [...(await realtime()), 'ip', 'netns', 'exec', r1.namespace.name, 'sh', '-c', UNREAD, 'sh', String(vrrp)],
    [
      ...changes.slice(0, FILLING),
      'addr del 192.0.2.100/32 dev eth0',
      '',
      ...changes.slice(FILLING),
      '',
    ].join('\n'),
  );
  // However long all of that took: the agent has heard of it by now, or does at once.
  await stage.holds(r1, A);
  await eventually(lab.timeline, 'it is told', 5 * A, () =>
    stage.agent
      .log()
      .some(({ msg, time }) => /removed by somebody else/.test(msg) && Date.parse(time) >= removed),
  );
  assert.ok(droppedNotifications(vrrp) > droppedBefore, 'the kernel had to drop notifications');
  await stage.outlastTakeover('keepalived would take over');
  stage.assertCadence(r1, since, A, 5 * EPSILON);
  assert.deepEqual(stage.adverts(stage.r2, since), [], 'keepalived never takes over');
  await stage.agent.awaitRouter('it knows that it holds the address', 10_000, ({ held }) =>
    held.includes('192.0.2.100/32'),
  );
}

/** Interfaces and addresses of others, as on a host with very many containers. */
async function crowd(host: Host): Promise<void> {
  await host.namespace.ipBatch([
    'link add churn type bridge',
    ...Array.from(
      { length: PAIRS },
      (_, index) => `link add c${String(index)}a type veth peer name c${String(index)}b`,
    ),
    ...Array.from(
      { length: ADDRESSES },
      (_, index) =>
        `addr add 10.${String(index >> 8)}.${String(index & 255)}.1/32 dev c${String(index % PAIRS)}a`,
    ),
  ]);
}

/** How many notifications the kernel had to drop because the process did not read them. */
function droppedNotifications(pid: number): number {
  const own = new Set(
    readdirSync(`/proc/${String(pid)}/fd`).map((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${String(pid)}/fd/${fd}`))?.[1];
      } catch {
        return undefined; // It was closed meanwhile.
      }
    }),
  );
  return readFileSync(`/proc/${String(pid)}/net/netlink`, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => own.has(fields.at(-1)))
    .reduce((sum, fields) => sum + Number(fields.at(-2)), 0);
}
