import assert from 'node:assert/strict';
import { after, before } from 'node:test';

import { wallClock } from '../../lab/libc.js';
import type { ProbeReport, Prober } from '../../lab/prober.js';
import { assertNothingLost, assertPath, within } from './support/judge.js';
import { NGINX_READY_GATE } from './support/manifests.js';
import { condition } from './support/objects.js';
import { toldWithout } from './support/operators.js';
import { prepare, type Prepared } from './support/preparation.js';
import { scenario } from './support/scenario.js';
import { NAMESPACE, freeAddress } from './support/settings.js';
import type { LabStage } from './support/stage.js';
import { A, FAILOVER, LONGEST_OVERLAP, STALE_AFTER, TOLD_WITHIN } from './support/timing.js';

/*
 * What becomes of an address when its holder has trouble, as a client sees it that asks a thousand times a second. All tests
 * share one VirtualIP on three nodes, with adverts each second.
 */

const WEB = 'web';
const ADDRESS = freeAddress(0);

let prepared: Prepared;

before(async () => {
  prepared = await prepare({ [WEB]: { addresses: [ADDRESS], vrid: 51 } });
});

after(() => prepared.undo());

/** Beside the address: who has it, and who is next. */
type Cast = Readonly<{ holder: string; successor: string; client: Prober }>;

/** All three nodes take part, the most preferred one holds the address, and a client has begun to ask. */
async function begin(stage: LabStage): Promise<Cast> {
  await stage.agentsReady();
  await stage.settled(WEB);
  const [holder = '', successor = ''] = stage.preference(WEB);
  await stage.heldBy(ADDRESS, [holder], 10_000);
  await stage.comesTo(WEB, `names ${holder}`, TOLD_WITHIN, ({ status }) => status?.holder === holder);
  const client = await stage.prober(ADDRESS);
  await stage.passTime(A / 2, 'the client is answered');
  return { holder, successor, client };
}

type Crash = Readonly<{
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
  { name, strike, mend, cutOff = false, apart = false }: Crash,
): Promise<Cast> {
  const cast = await begin(stage);
  const { holder, successor, client } = cast;
  const limit = cutOff ? await toldWithout(stage, holder) : TOLD_WITHIN;
  const struck = await strike(stage, holder);
  const taken = await stage.holds(ADDRESS, successor, FAILOVER + A);
  const told = await stage.comesTo(
    WEB,
    `names ${successor}`,
    limit + A,
    ({ status }) => status?.holder === successor,
  );
  const led = limit === TOLD_WITHIN ? '' : ' (the leading operator was cut off as well)';
  within(Math.max(0, told - taken), limit, `${name}: until the status names the new holder${led}`);
  if (!apart) await stage.heldBy(ADDRESS, [successor], FAILOVER);
  await stage.passTime(A, 'the client is answered by the new holder');
  const mended = wallClock();
  await mend(stage, holder);
  await stage.heldBy(ADDRESS, [holder], 30_000);
  await stage.settled(WEB, 45_000);
  await stage.passTime(A, 'the client is answered by the old holder');
  const whole = await client.stop();
  const during = client.report(struck - A / 2, mended);
  within(during.longestGap, FAILOVER, `${name}: longest gap of a client`);
  assertPath(whole, [holder, successor, holder]);
  if (!apart)
    within(stage.longestOverlap(ADDRESS, struck), LONGEST_OVERLAP, `${name}: two nodes have the address`);
  assertNothingLost(client.report(mended, Number.MAX_VALUE), `${name}: the node comes back`);
  return cast;
}

scenario(
  'when all processes of the holder’s agent are killed, the address moves in time and the agent comes back',
  (stage) =>
    crash(stage, {
      name: 'agent killed',
      strike: (_, holder) =>
        stage.cluster.signalContainer(NAMESPACE, stage.agentOn(holder).metadata.name, 'agent', 'SIGKILL'),
      mend: () => Promise.resolve(),
    }).then(() => undefined),
);

scenario('when the holder’s agent hangs, two nodes have the address for 1.5 s at most', (stage) =>
  crash(stage, {
    name: 'agent hangs',
    strike: (_, holder) =>
      stage.cluster.signalContainer(NAMESPACE, stage.agentOn(holder).metadata.name, 'agent', 'SIGSTOP'),
    mend: (_, holder) =>
      stage.cluster.signalContainer(NAMESPACE, stage.agentOn(holder).metadata.name, 'agent', 'SIGCONT'),
  }).then(() => undefined),
);

scenario('a holder whose cable is pulled is replaced in time, and takes the address back', (stage) =>
  crash(stage, {
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
      name: 'silent switch',
      cutOff: true,
      apart: true,
      strike: (_, holder) => stage.cluster.node(holder).blackhole(),
      mend: async (_, holder) => {
        healed = await stage.cluster.node(holder).unblackhole();
      },
    });
    within(
      stage.longestOverlap(ADDRESS, healed),
      LONGEST_OVERLAP,
      'silent switch: two nodes have the address once healed',
    );
  },
);

scenario(
  'a holder that loses its power is replaced in time, is Unknown after 30 s, and comes back without ado',
  async (stage) => {
    await crash(stage, {
      name: 'power-off',
      cutOff: true,
      strike: (_, holder) => stage.cluster.node(holder).powerOff(),
      mend: async (_, holder) => {
        // That it holds the address no more is known at once; that it says nothing at all, only with time.
        await stage.comesTo(
          WEB,
          `says that ${holder} is silent`,
          STALE_AFTER + TOLD_WITHIN,
          (web) => condition(web, 'Degraded')?.reason === 'NodesSilent',
        );
        const web = stage.virtualIPs.get(WEB);
        assert.equal(web?.status?.nodes?.find(({ name }) => name === holder)?.state, 'Unknown');
        assert.match(condition(web, 'Degraded')?.message ?? '', new RegExp(`\\b${holder}\\b`));
        assert.equal(condition(web, 'Ready')?.status, 'True', 'the address is held all the same');
        await stage.cluster.node(holder).powerOn();
      },
    });
  },
);

/** Asserts that a planned move to `successor` and back lost nothing, and that the status followed. */
async function judgeMove(
  stage: LabStage,
  name: string,
  { holder, successor, client }: Cast,
  began: number,
): Promise<void> {
  await stage.heldBy(ADDRESS, [holder], 30_000);
  await stage.settled(WEB, 45_000);
  await stage.passTime(A / 2, 'the client is answered by the old holder');
  const seen: ProbeReport = await client.stop();
  assertPath(seen, [holder, successor, holder]);
  assertNothingLost(seen, name);
  within(stage.longestOverlap(ADDRESS, began), LONGEST_OVERLAP, `${name}: two nodes have the address`);
}

scenario(
  'deleting the pod of the holder’s agent moves the address and back without losing a packet',
  async (stage) => {
    const cast = await begin(stage);
    const began = stage.timeline.step('the pod is deleted');
    await stage.kubectl(
      'delete',
      'pod',
      stage.agentOn(cast.holder).metadata.name,
      `--namespace=${NAMESPACE}`,
      '--wait=false',
    );
    const taken = await stage.holds(ADDRESS, cast.successor, 10_000);
    const told = await stage.comesTo(
      WEB,
      `names ${cast.successor}`,
      TOLD_WITHIN,
      ({ status }) => status?.holder === cast.successor,
    );
    within(
      Math.max(0, told - taken),
      TOLD_WITHIN,
      'agent pod deleted: until the status names the new holder',
    );
    await judgeMove(stage, 'agent pod deleted', cast, began);
  },
);

scenario(
  'cordoning and draining the holder moves the address, and uncordoning moves it back, without losing a packet',
  async (stage) => {
    const cast = await begin(stage);
    stage.defer(() => stage.kubectl('uncordon', cast.holder));
    const began = stage.timeline.step('the holder is drained');
    await stage.kubectl(
      'drain',
      cast.holder,
      '--ignore-daemonsets',
      '--delete-emptydir-data',
      '--timeout=60s',
    );
    const taken = await stage.holds(ADDRESS, cast.successor, 10_000);
    within(taken - began, TOLD_WITHIN, 'drain: until the next node has the address');
    await stage.heldBy(ADDRESS, [cast.successor], 5000);
    await stage.comesTo(
      WEB,
      `names ${cast.successor}`,
      TOLD_WITHIN,
      ({ status }) => status?.holder === cast.successor,
    );
    await stage.kubectl('uncordon', cast.holder);
    await judgeMove(stage, 'drain and uncordon', cast, began);
  },
);

scenario(
  'when no pod behind the address is ready on the holder, the address moves to where one is, without losing a packet',
  async (stage) => {
    await stage.apply(NGINX_READY_GATE);
    await stage.cluster.rolledOut('daemonset/gated');
    const before = stage.virtualIPs.get(WEB)?.metadata.generation;
    await stage.edit(WEB, {
      track: { pods: { namespace: 'default', selector: { matchLabels: { app: 'gated' } }, weight: -50 } },
    });
    stage.defer(() => stage.edit(WEB, { track: null }));
    await stage.comesTo(
      WEB,
      'runs the edit',
      15_000,
      ({ status, metadata }) =>
        metadata.generation !== before && status?.observedGeneration === metadata.generation,
    );
    const cast = await begin(stage);
    const pod = (await stage.cluster.pods('default', 'app=gated')).find(
      ({ spec }) => spec.nodeName === cast.holder,
    );
    const inPod = (...argv: string[]): Promise<string> =>
      stage.kubectl('exec', pod?.metadata.name ?? '', '--', ...argv);
    const began = stage.timeline.step('the pod on the holder becomes unready');
    await inPod('rm', '/tmp/ready');
    const taken = await stage.holds(ADDRESS, cast.successor, 15_000);
    within(taken - began, 10_000, 'pod unready: until a node with a ready pod has the address');
    const web = await stage.comesTo(
      WEB,
      'says so',
      TOLD_WITHIN,
      ({ status }) => status?.holder === cast.successor,
    );
    assert.ok(web > 0);
    await inPod('touch', '/tmp/ready');
    await judgeMove(stage, 'pod unready and ready again', cast, began);
  },
);

scenario('a holder whose kubelet is dead keeps the address and loses no packet', async (stage) => {
  const { holder, client } = await begin(stage);
  const began = await stage.cluster.node(holder).hold('kubelet');
  await stage.cluster.nodeUnknown(holder);
  await stage.passTime(A, 'the operator has seen that');
  await stage.cluster.node(holder).release('kubelet');
  await stage.cluster.nodesReady([holder]);
  await stage.settled(WEB);
  const seen = await client.stop();
  assert.deepEqual(seen.answeredBy, [holder]);
  assertNothingLost(seen, 'kubelet dead');
  assert.deepEqual(stage.holders(ADDRESS), [holder]);
  assert.equal(stage.overlap(ADDRESS, began), 0);
});
