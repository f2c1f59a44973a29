import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { virtualIPs } from '../../lab/agent.js';
import { eventually } from '../../lab/eventually.js';
import { wallClock } from '../../lab/libc.js';
import type { RouterSettings } from '../../lab/router.js';
import { assertAtMost, assertNear } from './support/judge.js';
import { scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';
import { A, EPSILON, down } from './support/timing.js';

const S1 = { iut: { priority: 150 }, ka: { priority: 100 } };
const AGENT = { agentOnly: 'configuration and pages like these' };
const PAGES = 'http://127.0.0.1:9112';

/** Waits for a line of the agent's log that satisfies the pattern. */
const logs = (stage: Stage, pattern: RegExp, since: number): Promise<string> =>
  eventually(stage.lab.timeline, `the log says ${String(pattern)}`, 3000, () =>
    stage.lab.timeline.of('log', since).find(({ host, line }) => host === 'r1' && pattern.test(line)),
  ).then(({ line }) => line);

describe('bad input loses nothing', { concurrency: 3 }, () => {
  const edits: readonly Readonly<{ what: string; text: string; names: readonly RegExp[] }>[] = [
    { what: 'that is no YAML', text: 'spec: [', names: [/virtual-ips\.yaml:\d+/] },
    {
      what: 'with two wrong fields',
      text: virtualIPs([{ priority: 300 }]).replace('vrid:', 'vird:'),
      names: [/virtual-ips\.yaml:\d+.*spec\.priority/, /virtual-ips\.yaml:\d+.*vird/],
    },
    {
      what: 'with one VRID twice on an interface',
      text: virtualIPs([{ priority: 150 }, { priority: 150, name: 'other', addresses: ['192.0.2.101'] }]),
      names: [/virtual-ips\.yaml:\d+.*spec\.vrid/],
    },
  ];
  for (const { what, text, names } of edits) {
    scenario(
      `an edit ${what} is refused whole and named, and a good one follows`,
      async (lab) => {
        const stage = await Stage.withIutActive(lab, S1);
        const since = lab.timeline.step('a bad edit');
        stage.agent.write(text);
        await logs(stage, /Configuration refused/, since);
        for (const name of names) await logs(stage, name, since);
        await lab.passTime(2 * A, 'what runs goes on');
        stage.assertUndisturbed(stage.r1, since);
        stage.assertCadence(stage.r1, since);
        const good = await stage.agent.reconfigure([{ priority: 160 }]);
        await stage.advertOf(stage.r1, good, A + 500, ({ advert }) => advert.priority === 160);
        stage.assertUndisturbed(stage.r1, since);
      },
      AGENT,
    );
  }

  scenario(
    'of two VirtualIPs one is edited, and the other keeps its timers and its address',
    async (lab) => {
      const other = (addresses: string[], priority: number): RouterSettings => ({
        name: 'other',
        vrid: 52,
        priority,
        addresses,
      });
      const first = { priority: 150 };
      const stage = await Stage.set(lab, {
        iut: [first, other(['192.0.2.101'], 200)],
        ka: [{ priority: 100 }],
        vip: '192.0.2.100',
      });
      await stage.iut.start();
      await stage.ka.start();
      await stage.sole(stage.r1, 8000);
      await stage.holds(stage.r1, 2000, '192.0.2.101');
      const since = wallClock();
      await stage.iut.reconfigure([first, other(['192.0.2.102'], 190)]);
      await stage.holds(stage.r1, 2000, '192.0.2.102');
      await stage.leaves(stage.r1, 2000, '192.0.2.101');
      await stage.iut.reconfigure([first]);
      await stage.leaves(stage.r1, 5000, '192.0.2.102');
      await lab.passTime(2 * A, 'the other one goes on');
      stage.assertUndisturbed(stage.r1, since);
      const times = stage.adverts(stage.r1, since).filter(({ advert }) => advert.vrid === 51);
      const gaps = times.slice(1).map(({ at }, index) => at - (times[index]?.at ?? at));
      for (const gap of gaps) assertNear(gap, A, 'between adverts of the other one');
    },
    AGENT,
  );

  scenario(
    'a missing interface is named, and used as soon as it is there',
    async (lab) => {
      const settings = { priority: 150, interface: 'eth7' };
      const stage = await Stage.set(lab, { iut: settings, ka: { priority: 100 } });
      await stage.lan.unplug(stage.r1);
      await stage.agent.launch();
      const waiting = await stage.agent.awaitRouter('it waits', 5000, ({ state }) => state === 'Initialize');
      assert.match(waiting.problems.map(({ message }) => message).join('; '), /no interface eth7/);
      await stage.lan.plug(stage.r1, { number: 1, device: 'eth7' });
      const there = lab.timeline.step('eth7 is there');
      const held = await stage.holds(stage.r1, 6000);
      assertNear(held - there, down(150), 'from the interface to holding the address', 2 * EPSILON);
    },
    AGENT,
  );

  scenario(
    'an address that a stranger has is taken all the same, and named',
    async (lab) => {
      const stage = await Stage.set(lab, S1);
      await stage.r3.ip('addr', 'add', '192.0.2.100/32', 'dev', 'eth0');
      const started = await stage.iut.start();
      const held = await stage.holds(stage.r1, 6000);
      assertAtMost(held - started, down(150) + EPSILON, 'until it is taken');
      const router = await stage.agent.awaitRouter(
        'the stranger is named',
        3000,
        ({ problems }) => problems.length > 0,
      );
      assert.deepEqual(
        router.problems.map(({ code }) => code),
        ['AddressInUse'],
      );
      assert.match(router.problems[0]?.message ?? '', /02:00:00:00:00:03/);
      await logs(stage, /AddressInUse/, started);
    },
    AGENT,
  );

  scenario(
    'garbage on the HTTP side is answered or cut off, and VRRP does not notice',
    async (lab) => {
      const stage = await Stage.withIutActive(lab, S1);
      const since = wallClock();
      const shell = (script: string): Promise<string> => stage.r1.run(['bash', '-c', script]);
      const socket = '/dev/tcp/127.0.0.1/9112';
      for (const script of [
        `for i in 1 2 3 4 5; do head -c 200000 /dev/urandom > ${socket} || true; done`,
        `exec 3<>${socket}; printf 'GET / HTTP/1.1\\r\\nX: %0100000d\\r\\n\\r\\n' 0 >&3 || true; timeout 1 cat <&3 || true`,
        `exec 3<>${socket}; printf 'GET /v1/routers HTTP/9.9\\r\\n\\r\\n' >&3; timeout 1 cat <&3 || true`,
        `for i in $(seq 100); do exec {fd}<>${socket} || true; printf 'GET /v1' >&$fd || true; done; sleep 1`,
        `curl -s -o /dev/null --max-time 2 -X DELETE -d @/proc/version ${PAGES}/v1/routers || true`,
        `curl -s -o /dev/null --max-time 2 --path-as-is '${PAGES}/../../etc/passwd%00' || true`,
      ])
        await shell(script).catch(
          () => 'the agent may close the connection on a client that is still writing',
        );
      const router = await stage.agent.awaitRouter(
        'it still answers',
        8000,
        ({ state }) => state === 'Active',
      );
      assert.equal(router.state, 'Active');
      await lab.passTime(2 * A, 'VRRP goes on');
      assert.match(await stage.agent.get('/healthz'), /ok/);
      stage.assertUndisturbed(stage.r1, since);
      stage.assertCadence(stage.r1, since);
      assert.deepEqual(
        stage.agent.log().filter(({ level }) => level === 'error'),
        [],
      );
    },
    AGENT,
  );
});
