import assert from 'node:assert/strict';
import { describe } from 'node:test';

import type { AgentOptions } from '../../lab/agent.js';
import { ControlGroup } from '../../lab/control-group.js';
import { eventuallyAsked } from '../../lab/eventually.js';
import type { Lab } from '../../lab/lab.js';
import { wallClock } from '../../lab/libc.js';
import { signalProcess } from '../../lab/program.js';
import {
  AGENT,
  S1,
  assertStaysSteady,
  assertSteady,
  controlProcesses,
  memoryOf,
  vrrpProcess,
  zombiesOf,
} from './support/misery.js';
import { scenario } from './support/scenario.js';
import { Stage } from './support/stage.js';

const MiB = 1024 * 1024;
/** As the chart has it. */
const LIMIT = 256 * MiB;
/** Less than a control process needs to start. */
const TOO_LITTLE = 8 * MiB;

const GROUPS = { ...AGENT, unless: ControlGroup.missing() };

/** As a container has it. */
const WITHOUT_SYSCTLS = [
  ...['unshare', '--mount', 'sh', '-c'],
  'mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && exec "$@"',
  'sh',
];

/** Opens the stage with the agent in a control group of its own. */
async function confined(
  lab: Lab,
  agent: AgentOptions = {},
): Promise<Readonly<{ stage: Stage; group: ControlGroup }>> {
  const group = ControlGroup.create(lab);
  group.limit({ memory: LIMIT });
  const stage = await Stage.withIutActive(lab, { ...S1, agent: { ...agent, around: group.enter() } });
  return { stage, group };
}

/** Kills the control process and leaves no room for another one. */
async function leaveNoRoom(stage: Stage, group: ControlGroup): Promise<void> {
  const [control = 0] = controlProcesses(stage);
  const memory = group.memory() - memoryOf(control) + TOO_LITTLE;
  signalProcess(control, 'SIGKILL');
  const limited = (): boolean => {
    try {
      group.limit({ memory });
      return true;
    } catch {
      return false; // The kernel takes no limit that is exceeded already: what was killed is still there.
    }
  };
  await eventuallyAsked(stage.lab.timeline, 'the limit holds', 2000, () => Promise.resolve(limited()), 5);
}

describe('an agent without memory or processes to be had', { concurrency: 3 }, () => {
  scenario(
    'the control process is killed for want of memory again and again, the VRRP process never',
    async (lab) => {
      const { stage, group } = await confined(lab);
      const since = wallClock();
      await leaveNoRoom(stage, group);
      await eventuallyAsked(lab.timeline, 'the kernel kills thrice', 15_000, () =>
        Promise.resolve(group.outOfMemoryKills() >= 3),
      );
      await assertStaysSteady(stage, since, 'keepalived would take over');
      group.limit({ memory: LIMIT });
      await stage.agent.awaitRouter('a control process tells', 30_000, ({ state }) => state === 'Active');
      assertSteady(stage, since);
    },
    GROUPS,
  );

  scenario(
    'no process can be started, /proc/sys is read-only and a link flaps: VRRP goes on, the control process returns',
    async (lab) => {
      const { stage, group } = await confined(lab, { within: WITHOUT_SYSCTLS });
      await stage.r1.ip('link', 'add', 'flap', 'type', 'bridge');
      const since = wallClock();
      group.limit({ pids: 1 });
      const [control = 0] = controlProcesses(stage);
      signalProcess(control, 'SIGKILL');
      const flaps = Array.from(
        { length: 400 },
        (_, index) => `link set flap ${index % 2 === 0 ? 'up' : 'down'}`,
      );
      await stage.r1.namespace.ipBatch(flaps);
      await assertStaysSteady(stage, since, 'nothing can be started');
      assert.equal(zombiesOf(vrrpProcess(stage)), 0);
      group.limit({ pids: null });
      await stage.agent.awaitRouter('a control process tells', 30_000, ({ state }) => state === 'Active');
      const refused = stage.agent.log().filter(({ how }) => /EAGAIN/.test(String(how)));
      assert.ok(refused.length >= 3, 'it was tried again and again, and told');
      assertSteady(stage, since);
    },
    GROUPS,
  );
});
