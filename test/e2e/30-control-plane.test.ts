import assert from 'node:assert/strict';

import { eventuallyAsked } from '../../lab/eventually.js';
import type { AuditedRequest } from '../../lab/cluster/index.js';
import { wallClock } from '../../lab/libc.js';
import { isWrite, requestsOf } from './support/audit.js';
import { figure } from './support/figures.js';
import { upgrade } from './support/installation.js';
import { assertNothingLost, within } from './support/judge.js';
import { isReadyPod, isTrue } from './support/objects.js';
import { LEADER_GONE, operators } from './support/operators.js';
import { share } from './support/preparation.js';
import { scenario } from './support/scenario.js';
import { NAMESPACE, OPERATOR, freeAddress } from './support/settings.js';
import type { LabStage } from './support/stage.js';
import { A, FAILOVER, LONGEST_OVERLAP, TOLD_WITHIN } from './support/timing.js';

/* Addresses do not depend on the API server or the operator; the truth about them does, and comes back with these. */

const WEB = 'web';
const ADDRESS = freeAddress(0);

/** After a minute without the API server the operator asks again at the latest after this long. */
const NEXT_ATTEMPT = 5000;

share({ [WEB]: { addresses: [ADDRESS], vrid: 51 } });

/** The node that holds the address, which is the most preferred one, and the next. */
async function atRest(stage: LabStage): Promise<Readonly<{ holder: string; successor: string }>> {
  await stage.cluster.rolledOut(`deployment/${OPERATOR}`, NAMESPACE);
  await stage.agentsReady();
  await stage.settled(WEB, 60_000);
  const [holder = '', successor = ''] = stage.preference(WEB);
  await stage.heldBy(ADDRESS, [holder], 10_000);
  return { holder, successor };
}

scenario(
  'without the API server for a minute a cable and an agent fail, the address moves as ever, and the truth comes back with it',
  async (stage) => {
    const { holder, successor } = await atRest(stage);
    const agent = stage.agentOn(holder).metadata.name;
    const processes = await stage.cluster.podProcesses(NAMESPACE, agent, 'agent');
    const client = await stage.prober(ADDRESS);
    await stage.passTime(A / 2, 'the client is answered');
    const killed = await stage.cluster.killApiServer();

    for (const pid of processes) process.kill(pid, 'SIGKILL');
    const died = stage.timeline.step(`the agent on ${holder} is killed`);
    await stage.holds(ADDRESS, successor, FAILOVER + A);
    // The kubelet starts the container again, and the agent has its configuration from the disk.
    await stage.heldBy(ADDRESS, [holder], 20_000);
    figure('API server away: agent killed until it is back and has the address', wallClock() - died);

    const cut = await stage.cluster.node(successor).linkDown();
    await stage.passTime(A, 'a backup is cut off');
    await stage.cluster.node(successor).linkUp();
    await stage.passTime(A, 'it hears the holder again');
    await stage.cluster.node(holder).linkDown();
    await stage.heldBy(ADDRESS, [successor], FAILOVER + A);
    await stage.passTime(Math.max(A, killed + 60_000 - wallClock()), 'the API server stays away');
    const back = await stage.cluster.startApiServer();
    const told = await stage.comesTo(
      WEB,
      `names ${successor}`,
      60_000,
      ({ status }) => status?.holder === successor,
    );
    within(
      Math.max(0, told - back),
      NEXT_ATTEMPT + TOLD_WITHIN,
      'API server back: until the status names the present holder',
    );
    const returned = await stage.cluster.node(holder).linkUp();
    await stage.heldBy(ADDRESS, [holder], 15_000);
    await stage.settled(WEB, 60_000);
    await client.stop();
    within(
      client.report(killed, cut).longestGap,
      FAILOVER,
      'API server away, agent killed: longest gap of a client',
    );
    within(
      client.report(cut, returned).longestGap,
      FAILOVER,
      'API server away, cable out: longest gap of a client',
    );
    assertNothingLost(client.report(returned, Number.MAX_VALUE), 'API server back: the node comes back');
    within(
      stage.longestOverlap(ADDRESS, killed),
      LONGEST_OVERLAP,
      'API server away: two nodes have the address',
    );
  },
);

scenario(
  'when the leading operator is killed the other one goes on with its work, and the two never write at the same time',
  async (stage) => {
    await atRest(stage);
    const client = await stage.prober(ADDRESS);
    const { leader } = await operators(stage.cluster);
    const began = stage.timeline.step(`the operator ${leader.metadata.name} has something to write`);
    await stage.applyVirtualIP('before-killed', { addresses: [freeAddress(2)] });
    await stage.comesTo('before-killed', 'is Ready', 20_000, (object) => isTrue(object, 'Ready'));
    const killed = stage.timeline.step(`the operator ${leader.metadata.name} is killed`);
    await stage.kubectl(
      'delete',
      'pod',
      leader.metadata.name,
      `--namespace=${NAMESPACE}`,
      '--grace-period=0',
      '--force',
    );
    await stage.applyVirtualIP('while-killed', { addresses: [freeAddress(1)] });
    const ready = await stage.comesTo('while-killed', 'is Ready', LEADER_GONE + 20_000, (object) =>
      isTrue(object, 'Ready'),
    );
    figure('leading operator killed: until a new VirtualIP is Ready', ready - killed);
    // A killed process may have got as far as that before it went. The next edit is for the other one alone.
    await eventuallyAsked(stage.timeline, 'the other operator leads', LEADER_GONE, async () => {
      const now = await operators(stage.cluster);
      return now.leader.metadata.name !== leader.metadata.name;
    });
    await stage.edit('while-killed', { priority: 200 });
    await stage.programmed('while-killed');
    assertNothingLost(await client.stop(), 'leading operator killed');
    const writes = requestsOf(stage.cluster, OPERATOR, began).filter(
      (request) => isWrite(request) && request.resource !== 'leases',
    );
    assertOneAtATime(writes);
  },
);

/** Asserts that whoever has begun to write is the only one to do so from then on. */
function assertOneAtATime(writes: readonly AuditedRequest[]): void {
  const writers = writes.map(({ source }) => source);
  const turns = writers.filter((source, index) => source !== writers[index - 1]);
  assert.equal(new Set(turns).size, turns.length, `they took turns: ${turns.join(', ')}`);
  assert.ok(turns.length >= 2, `only ${turns.join(', ')} wrote`);
}

scenario('a helm upgrade of the operator loses no packet, and the new one works', async (stage) => {
  const { holder } = await atRest(stage);
  const agents = stage.agents.map(({ metadata }) => metadata.uid).sort();
  const client = await stage.prober(ADDRESS);
  const began = stage.timeline.step('helm upgrade of the operator');
  await upgrade(stage.access, { 'operator.logLevel': 'debug' });
  figure('helm upgrade of the operator', wallClock() - began);
  await stage.applyVirtualIP('after-upgrade', { addresses: [freeAddress(1)] });
  const ready = await stage.comesTo('after-upgrade', 'is Ready', 30_000, (object) => isTrue(object, 'Ready'));
  within(ready - began, 60_000, 'helm upgrade of the operator: until a new VirtualIP is Ready');
  const seen = await client.stop();
  assert.deepEqual(seen.answeredBy, [holder]);
  assertNothingLost(seen, 'helm upgrade of the operator');
  assert.deepEqual(
    stage.agents.map(({ metadata }) => metadata.uid).sort(),
    agents,
    'the agents are the same',
  );
});

scenario(
  'when all operators are killed at once no address is harmed, and they work when they are back',
  async (stage) => {
    await atRest(stage);
    const client = await stage.prober(ADDRESS);
    const { pods } = await operators(stage.cluster);
    for (const pod of pods)
      await stage.cluster.signalContainer(NAMESPACE, pod.metadata.name, 'operator', 'SIGKILL');
    await stage.applyVirtualIP('after-kill', { addresses: [freeAddress(1)] });
    await stage.comesTo('after-kill', 'is Ready', LEADER_GONE + 20_000, (object) => isTrue(object, 'Ready'));
    assertNothingLost(await client.stop(), 'all operators killed');
  },
);

scenario(
  'a helm upgrade that replaces all agents, one node after the other, loses no packet',
  async (stage) => {
    await atRest(stage);
    const old = new Set(stage.agents.map(({ metadata }) => metadata.uid));
    const client = await stage.prober(ADDRESS);
    const began = stage.timeline.step('helm upgrade of the agents');
    await upgrade(stage.access, { 'agent.logLevel': 'debug' });
    await stage.eventually('all agents are new and ready', 120_000, () => {
      const { agents } = stage;
      return agents.length === 3 && agents.every((pod) => isReadyPod(pod) && !old.has(pod.metadata.uid));
    });
    figure('helm upgrade of the agents: until all are new', wallClock() - began);
    await stage.settled(WEB, 30_000);
    const seen = await client.stop();
    assertNothingLost(seen, 'helm upgrade of the agents');
    within(
      stage.longestOverlap(ADDRESS, began),
      LONGEST_OVERLAP,
      'helm upgrade of the agents: two nodes have the address',
    );
  },
);

scenario(
  'a Deployment of the operator that is deleted and made anew loses no packet, and leaves the agents as they are',
  async (stage) => {
    const { holder } = await atRest(stage);
    const agents = stage.agents.map(({ metadata }) => metadata.uid).sort();
    const client = await stage.prober(ADDRESS);
    stage.timeline.step('the Deployment is deleted');
    await stage.kubectl('delete', 'deployment', OPERATOR, `--namespace=${NAMESPACE}`, '--timeout=60s');
    await stage.eventually(
      'no operator is left',
      90_000,
      () => stage.pods.objects.length === stage.agents.length,
    );
    await stage.passTime(5 * A, 'what belongs to it would be collected with it');
    const began = stage.timeline.step('helm makes anew what is missing');
    await upgrade(stage.access, {});
    await stage.applyVirtualIP('after-anew', { addresses: [freeAddress(1)] });
    const ready = await stage.comesTo('after-anew', 'is Ready', 30_000, (object) => isTrue(object, 'Ready'));
    figure('the operator’s Deployment made anew: until a new VirtualIP is Ready', ready - began);
    await stage.settled(WEB);
    const seen = await client.stop();
    assert.deepEqual(seen.answeredBy, [holder]);
    assertNothingLost(seen, 'the operator’s Deployment deleted and made anew');
    assert.deepEqual(
      stage.agents.map(({ metadata }) => metadata.uid).sort(),
      agents,
      'the agents are the same',
    );
  },
);
