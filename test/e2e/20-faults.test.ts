import assert from 'node:assert/strict';
import { after, before } from 'node:test';

import { wallClock } from '../../lab/libc.js';
import type { ProbeReport, Prober } from '../../lab/prober.js';
import { openAccess } from './support/access.js';
import { eventsAbout } from './support/events.js';
import { assertNothingLost, assertPath, within } from './support/judge.js';
import { NGINX_READY_GATE } from './support/manifests.js';
import { condition } from './support/objects.js';
import { operators, toldWithout } from './support/operators.js';
import { share } from './support/preparation.js';
import { scenario, together } from './support/scenario.js';
import { NAMESPACE, freeAddress } from './support/settings.js';
import type { LabStage } from './support/stage.js';
import { A, FAILOVER, HEARTBEAT, LONGEST_OVERLAP, STALE_AFTER, TOLD_WITHIN } from './support/timing.js';

/*
 * What becomes of an address when its holder has trouble, as a client sees it that asks a thousand times a second, with
 * adverts each second. There are two addresses, held by two nodes, and the third node is the next one for both: so two
 * holders can have their troubles at the same time. The operator that leads is on the third.
 */

type Vip = Readonly<{ name: string; address: string }>;
const LEFT: Vip = { name: 'left', address: freeAddress(0) };
const RIGHT: Vip = { name: 'right', address: freeAddress(1) };

/** In a spec: these nodes take part, the most preferred one first, and no other that may be cut off from them just then. */
const among = (...names: readonly string[]) => ({
  nodes: names.map((name, index) => ({ name, priority: 254 - index })),
  nodeSelector: {
    matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In' as const, values: names }],
  },
});

share(async (cluster) => {
  const { leader } = await operators(cluster);
  const next = leader.spec.nodeName ?? '';
  const [left = '', right = ''] = cluster.nodes.map(({ name }) => name).filter((name) => name !== next);
  return {
    [LEFT.name]: { addresses: [LEFT.address], vrid: 51, ...among(left, next) },
    [RIGHT.name]: { addresses: [RIGHT.address], vrid: 52, ...among(right, next) },
  };
});

// Pods take a while to start, and to go.
const withPods =
  (...argv: string[]): (() => Promise<void>) =>
  async () => {
    const { access, cluster } = await openAccess();
    if (cluster !== null) await access.kubectl([...argv, '--filename=-'], { input: NGINX_READY_GATE });
  };
before(withPods('apply'));
after(withPods('delete', '--ignore-not-found', '--wait=false'));

/** Beside the address: who has it, and who is next. */
type Cast = Readonly<{ vip: Vip; holder: string; successor: string; client: Prober }>;

/** The most preferred node holds the address, the next one waits as Backup, and a client has begun to ask. */
async function begin(stage: LabStage, vip: Vip): Promise<Cast> {
  const { name, address } = vip;
  await stage.eventually('its VirtualRouter is there', 10_000, () =>
    stage.virtualRouters.objects.some(({ spec }) => spec.virtualIP === name),
  );
  const [holder = '', successor = ''] = stage.preference(name);
  await stage.comesTo(name, `is held by ${holder}, and ${successor} is a Backup`, 60_000, ({ status }) => {
    const state = (node: string) => status?.nodes?.find((each) => each.name === node)?.state;
    return status?.holder === holder && state(holder) === 'Active' && state(successor) === 'Backup';
  });
  await stage.heldBy(address, [holder], 10_000);
  const client = await stage.prober(address);
  await stage.passTime(A / 2, 'the client is answered');
  return { vip, holder, successor, client };
}

type Crash = Readonly<{
  vip: Vip;
  /** How the figures call it. */
  name: string;
  strike: (stage: LabStage, holder: string) => Promise<number>;
  mend: (stage: LabStage, holder: string) => Promise<unknown>;
  /** Whether the node's way to the API server fails as well. */
  cutOff?: boolean;
  /** Whether the old holder keeps the address on its side of a partition. */
  apart?: boolean;
}>;

/** The holder fails without a word: the next one takes over in time, is reported, and gives the address back. */
async function crash(
  stage: LabStage,
  { vip, name, strike, mend, cutOff = false, apart = false }: Crash,
): Promise<Cast> {
  const cast = await begin(stage, vip);
  const { holder, successor, client } = cast;
  const limit = cutOff ? await toldWithout(stage, holder) : TOLD_WITHIN;
  const struck = await strike(stage, holder);
  const taken = await stage.holds(vip.address, successor, FAILOVER + A);
  const told = await stage.comesTo(
    vip.name,
    `names ${successor}`,
    limit + A,
    ({ status }) => status?.holder === successor,
  );
  const led = limit === TOLD_WITHIN ? '' : ' (the leading operator was cut off as well)';
  within(Math.max(0, told - taken), limit, `${name}: until the status names the new holder${led}`);
  if (!apart) await stage.heldBy(vip.address, [successor], FAILOVER);
  await stage.passTime(A, 'the client is answered by the new holder');
  const mended = wallClock();
  await mend(stage, holder);
  await stage.heldBy(vip.address, [holder], 30_000);
  await stage.settled(vip.name, 45_000);
  await stage.passTime(A, 'the client is answered by the old holder');
  const whole = await client.stop();
  const during = client.report(struck - A / 2, mended);
  within(during.longestGap, FAILOVER, `${name}: longest gap of a client`);
  assertPath(whole, [holder, successor, holder]);
  if (!apart)
    within(stage.longestOverlap(vip.address, struck), LONGEST_OVERLAP, `${name}: two nodes have the address`);
  assertNothingLost(client.report(mended, Number.MAX_VALUE), `${name}: the node comes back`);
  return cast;
}

together('an agent dies, another one hangs', 2, () => {
  scenario(
    'when all processes of the holder’s agent are killed, the address moves in time and the agent comes back',
    (stage) =>
      crash(stage, {
        vip: LEFT,
        name: 'agent killed',
        strike: (_, holder) =>
          stage.cluster.signalContainer(NAMESPACE, stage.agentOn(holder).metadata.name, 'agent', 'SIGKILL'),
        mend: () => Promise.resolve(),
      }).then(() => undefined),
  );

  scenario('when the holder’s agent hangs, two nodes have the address for 1.5 s at most', (stage) =>
    crash(stage, {
      vip: RIGHT,
      name: 'agent hangs',
      strike: (_, holder) =>
        stage.cluster.signalContainer(NAMESPACE, stage.agentOn(holder).metadata.name, 'agent', 'SIGSTOP'),
      mend: (_, holder) =>
        stage.cluster.signalContainer(NAMESPACE, stage.agentOn(holder).metadata.name, 'agent', 'SIGCONT'),
    }).then(() => undefined),
  );
});

together('a cable is pulled, a switch drops frames', 2, () => {
  scenario('a holder whose cable is pulled is replaced in time, and takes the address back', (stage) =>
    crash(stage, {
      vip: LEFT,
      name: 'cable out',
      cutOff: true,
      strike: (_, holder) => stage.cluster.node(holder).linkDown(),
      mend: (_, holder) => stage.cluster.node(holder).linkUp(),
    }).then(() => undefined),
  );

  scenario(
    'a holder whose frames a switch drops is replaced in time, and when they pass again one node has the address',
    async (stage) => {
      let healed = 0;
      await crash(stage, {
        vip: RIGHT,
        name: 'silent switch',
        cutOff: true,
        apart: true,
        strike: (_, holder) => stage.cluster.node(holder).blackhole(),
        mend: async (_, holder) => {
          healed = await stage.cluster.node(holder).unblackhole();
        },
      });
      within(
        stage.longestOverlap(RIGHT.address, healed),
        LONGEST_OVERLAP,
        'silent switch: two nodes have the address once healed',
      );
    },
  );
});

/** Asserts that a planned move to `successor` and back lost nothing, and that the status followed. */
async function judgeMove(
  stage: LabStage,
  name: string,
  { vip, holder, successor, client }: Cast,
  began: number,
): Promise<void> {
  await stage.heldBy(vip.address, [holder], 30_000);
  await stage.settled(vip.name, 45_000);
  await stage.passTime(A / 2, 'the client is answered by the old holder');
  const seen: ProbeReport = await client.stop();
  assertPath(seen, [holder, successor, holder]);
  assertNothingLost(seen, name);
  within(stage.longestOverlap(vip.address, began), LONGEST_OVERLAP, `${name}: two nodes have the address`);
}

/** Waits until a VirtualIP's status names a node, which has the address since `taken`, in time. */
async function toldOf(stage: LabStage, vip: Vip, node: string, taken: number, name: string): Promise<void> {
  const told = await stage.comesTo(
    vip.name,
    `names ${node}`,
    TOLD_WITHIN + A,
    ({ status }) => status?.holder === node,
  );
  within(Math.max(0, told - taken), TOLD_WITHIN, `${name}: until the status names the new holder`);
}

together('an agent’s pod is deleted, a node is drained', 2, () => {
  scenario(
    'deleting the pod of the holder’s agent moves the address and back without losing a packet',
    async (stage) => {
      const cast = await begin(stage, LEFT);
      const began = stage.timeline.step('the pod is deleted');
      const pod = stage.agentOn(cast.holder).metadata.name;
      await stage.kubectl('delete', 'pod', pod, `--namespace=${NAMESPACE}`, '--wait=false');
      const taken = await stage.holds(LEFT.address, cast.successor, 10_000);
      await toldOf(stage, LEFT, cast.successor, taken, 'agent pod deleted');
      await judgeMove(stage, 'agent pod deleted', cast, began);
    },
  );

  scenario(
    'cordoning and draining the holder moves the address, and uncordoning moves it back, without losing a packet',
    async (stage) => {
      const cast = await begin(stage, RIGHT);
      stage.defer(() => stage.kubectl('uncordon', cast.holder));
      const began = stage.timeline.step('the holder is drained');
      const drained = stage.kubectl(
        ...['drain', cast.holder, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=60s'],
      );
      const taken = await stage.holds(RIGHT.address, cast.successor, 10_000);
      within(taken - began, TOLD_WITHIN, 'drain: until the next node has the address');
      await stage.heldBy(RIGHT.address, [cast.successor], 5000);
      await toldOf(stage, RIGHT, cast.successor, taken, 'drain');
      await drained;
      await stage.kubectl('uncordon', cast.holder);
      await judgeMove(stage, 'drain and uncordon', cast, began);
    },
  );
});

together('a kubelet dies, a pod behind an address is not ready', 2, () => {
  scenario(
    'when no pod behind the address is ready on the holder, the address moves to where one is, without losing a packet',
    async (stage) => {
      await stage.cluster.rolledOut('daemonset/gated');
      await stage.edit(RIGHT.name, {
        track: { pods: { namespace: 'default', selector: { matchLabels: { app: 'gated' } }, weight: -50 } },
      });
      stage.defer(() => stage.edit(RIGHT.name, { track: null }));
      await stage.programmed(RIGHT.name);
      const cast = await begin(stage, RIGHT);
      const pod = (await stage.cluster.pods('default', 'app=gated')).find(
        ({ spec }) => spec.nodeName === cast.holder,
      );
      const inPod = (...argv: string[]): Promise<string> =>
        stage.kubectl('exec', pod?.metadata.name ?? '', '--', ...argv);
      const began = stage.timeline.step('the pod on the holder becomes unready');
      await inPod('rm', '/tmp/ready');
      const taken = await stage.holds(RIGHT.address, cast.successor, 15_000);
      within(taken - began, 10_000, 'pod unready: until a node with a ready pod has the address');
      await toldOf(stage, RIGHT, cast.successor, taken, 'pod unready');
      await inPod('touch', '/tmp/ready');
      await judgeMove(stage, 'pod unready and ready again', cast, began);
    },
  );

  scenario('a holder whose kubelet is dead keeps the address and loses no packet', async (stage) => {
    const { holder, client } = await begin(stage, LEFT);
    const began = await stage.cluster.node(holder).hold('kubelet');
    await stage.cluster.nodeUnknown(holder);
    await stage.passTime(A, 'the operator has seen that');
    await stage.cluster.node(holder).release('kubelet');
    await stage.cluster.nodesReady([holder]);
    await stage.settled(LEFT.name);
    const seen = await client.stop();
    assert.deepEqual(seen.answeredBy, [holder]);
    assertNothingLost(seen, 'kubelet dead');
    assert.deepEqual(stage.holders(LEFT.address), [holder]);
    assert.equal(stage.overlap(LEFT.address, began), 0);
  });
});

scenario(
  'without preemption an address stays where it went when its first holder comes back, and loses no packet then',
  async (stage) => {
    await stage.edit(RIGHT.name, { preemption: { mode: 'NoPreempt' } });
    stage.defer(() => stage.edit(RIGHT.name, { preemption: null }));
    await stage.programmed(RIGHT.name);
    const { holder, successor, client } = await begin(stage, RIGHT);
    const cut = await stage.cluster.node(holder).linkDown();
    const taken = await stage.holds(RIGHT.address, successor, FAILOVER + A);
    await toldOf(stage, RIGHT, successor, taken, 'no preemption, cable out');
    await stage.heldBy(RIGHT.address, [successor], FAILOVER);
    const back = await stage.cluster.node(holder).linkUp();
    await stage.settled(RIGHT.name, 45_000);
    await stage.passTime(5 * A, 'the one that is back lets the other one have it');
    await client.stop();
    within(
      client.report(cut - A / 2, back).longestGap,
      FAILOVER,
      'no preemption, cable out: longest gap of a client',
    );
    assertNothingLost(client.report(back, Number.MAX_VALUE), 'no preemption: the node comes back');
    assert.deepEqual(stage.holders(RIGHT.address), [successor]);
    assert.equal(stage.virtualIPs.get(RIGHT.name)?.status?.holder, successor);
  },
);

scenario(
  'two holders that do not hear each other are told as a SplitBrain with what to look for, and its end is told as well',
  async (stage) => {
    const { holder, successor } = await begin(stage, LEFT);
    const lan = stage.lab.lan;
    const alone = stage.lab.host(holder);
    const others = stage.cluster.nodes.filter(({ name }) => name !== holder);
    // The control plane hears all of them.
    for (const { name } of others) await lan.partition(alone, stage.lab.host(name));
    const torn = await stage.holds(LEFT.address, successor, FAILOVER + A);
    // A holder that is followed by another one has as a rule died; that it has not, its next heartbeat tells.
    const limit = HEARTBEAT + TOLD_WITHIN;
    const told = await stage.comesTo(
      LEFT.name,
      'has two holders',
      limit + A,
      (web) => condition(web, 'SplitBrain')?.status === 'True',
    );
    within(Math.max(0, told - torn), limit, 'split brain: until the status tells');
    const web = stage.virtualIPs.get(LEFT.name);
    const { reason, message = '' } = condition(web, 'SplitBrain') ?? {};
    assert.equal(reason, 'SplitBrain');
    for (const name of [holder, successor]) assert.match(message, new RegExp(`\\b${name}\\b`));
    assert.match(message, /protocol 112/, 'what to look for');
    assert.deepEqual(
      [condition(web, 'Ready')?.status, condition(web, 'Ready')?.reason],
      ['False', 'SplitBrain'],
    );
    assert.deepEqual(stage.holders(LEFT.address).sort(), [holder, successor].sort());
    const healed = wallClock();
    for (const { name } of others) await lan.heal(alone, stage.lab.host(name));
    await stage.heldBy(LEFT.address, [holder], FAILOVER);
    within(
      stage.longestOverlap(LEFT.address, healed),
      LONGEST_OVERLAP,
      'split brain: two nodes have the address once healed',
    );
    await stage.settled(LEFT.name);
    const reasons = (await eventsAbout(stage, 'virtualip', LEFT.name)).map((event) => event.reason);
    assert.ok(
      reasons.includes('SplitBrain') && reasons.includes('NoSplitBrain'),
      `events: ${reasons.join(', ')}`,
    );
  },
);

scenario(
  'a holder that loses its power together with the leading operator is replaced in time, is Unknown after 30 s, and comes back without ado',
  async (stage) => {
    const { leader } = await operators(stage.cluster);
    const first = leader.spec.nodeName ?? '';
    const [second = ''] = stage.cluster.nodes.map(({ name }) => name).filter((name) => name !== first);
    await stage.edit(LEFT.name, among(first, second));
    await stage.heldBy(LEFT.address, [first], 15_000);
    await crash(stage, {
      vip: LEFT,
      name: 'power-off',
      cutOff: true,
      strike: (_, holder) => stage.cluster.node(holder).powerOff(),
      mend: async (_, holder) => {
        // That it holds the address no more is known at once; that it says nothing at all, only with time.
        await stage.comesTo(
          LEFT.name,
          `says that ${holder} is silent`,
          STALE_AFTER + TOLD_WITHIN,
          (web) => condition(web, 'Degraded')?.reason === 'NodesSilent',
        );
        const web = stage.virtualIPs.get(LEFT.name);
        assert.equal(web?.status?.nodes?.find(({ name }) => name === holder)?.state, 'Unknown');
        assert.match(condition(web, 'Degraded')?.message ?? '', new RegExp(`\\b${holder}\\b`));
        assert.equal(condition(web, 'Ready')?.status, 'True', 'the address is held all the same');
        await stage.cluster.node(holder).powerOn();
      },
    });
  },
);
