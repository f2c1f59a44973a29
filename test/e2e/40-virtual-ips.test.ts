import assert from 'node:assert/strict';

import { holdings } from '../../lab/address-watch.js';
import { wallClock } from '../../lab/libc.js';
import { established } from './support/established.js';
import { figure } from './support/figures.js';
import { assertNothingLost, assertPath, within } from './support/judge.js';
import { isTrue, virtualIP } from './support/objects.js';
import { share } from './support/preparation.js';
import { anywhere, scenario, together } from './support/scenario.js';
import { AGENTS, NAMESPACE, freeAddress, freeVRID } from './support/settings.js';
import type { Stage } from './support/stage.js';
import { A, FAILOVER, LONGEST_OVERLAP } from './support/timing.js';
import { edits } from './virtual-ips/edits.js';
import { membership } from './virtual-ips/membership.js';
import { neighbours } from './virtual-ips/neighbours.js';
import { passwords } from './virtual-ips/passwords.js';
import { refusals } from './virtual-ips/refusals.js';

/* What people do with VirtualIPs: change them, get them wrong, have many of them, and share the LAN with others. */

/** Is there all the time, so that the agents need not be started for each test. */
const STANDING = 'standing';

share({ [STANDING]: { addresses: [freeAddress(0)], vrid: freeVRID(0) } }, { elsewhere: true });

together('VirtualIPs that have nothing to do with one another', 3, () => {
  edits();
  refusals();
  neighbours();
  passwords();
  membership();
});

scenario(
  'with unicast Auto the adverts go to the other nodes alone, and a crash is survived as ever',
  async (stage) => {
    const address = freeAddress(7);
    const holder = await established(stage, 'unicast', {
      addresses: [address],
      vrid: 64,
      unicast: { mode: 'Auto' },
    });
    const [, second = ''] = stage.preference('unicast');
    const since = wallClock();
    await stage.passTime(2 * A, 'adverts are captured');
    const destinations = stage.timeline
      .of('advert', since)
      .filter(({ advert }) => advert.vrid === 64)
      .map(({ advert }) => advert.destination);
    const others = stage.cluster.nodes.filter(({ name }) => name !== holder).map(({ address }) => address);
    assert.deepEqual([...new Set(destinations)].sort(), others.sort());
    const client = await stage.prober(address);
    await stage.passTime(A / 2, 'the client is answered');
    await stage.cluster.node(holder).linkDown();
    await stage.holds(address, second, FAILOVER + A);
    await stage.passTime(A / 2, 'the client is answered');
    const { longestGap } = await client.stop();
    within(longestGap, FAILOVER, 'unicast, cable out: longest gap of a client');
    await stage.cluster.node(holder).linkUp();
    await stage.heldBy(address, [holder], 15_000);
  },
);

scenario(
  'fifty VirtualIPs at once are all Ready, each on one node, with VRIDs of their own, spread over the nodes',
  async (stage) => {
    const names = Array.from({ length: 50 }, (_, index) => `many-${String(index + 1).padStart(2, '0')}`);
    const address = (index: number): string => freeAddress(10 + index);
    await stage.agentsReady();
    const manifests = names.map((name, index) => virtualIP(name, { addresses: [address(index)] }));
    const applied = await stage.apply(manifests.join('\n---\n'));
    figure('50 VirtualIPs: kubectl apply itself', wallClock() - applied);
    const ready = await Promise.all(
      names.map((name) =>
        stage.comesTo(
          name,
          'is Ready',
          60_000,
          (object) => isTrue(object, 'Ready') && isTrue(object, 'Programmed'),
        ),
      ),
    );
    within(Math.max(...ready) - applied, 45_000, '50 VirtualIPs: apply until all are Ready');
    const objects = names.map((name) => stage.virtualIPs.get(name));
    assert.equal(
      new Set(objects.map((object) => object?.status?.vrid)).size,
      50,
      'each has a VRID of its own',
    );
    await Promise.all(
      objects.map(async (object, index) => {
        await stage.eventually(`the holder of ${address(index)} is the one that is told`, 10_000, () => {
          const now = stage.virtualIPs.get(names[index] ?? '')?.status?.holder;
          return stage.holders(address(index)).join() === now;
        });
        assert.ok(object !== undefined);
      }),
    );
    const held = new Map<string, number>();
    for (const name of names) {
      const holder = stage.virtualIPs.get(name)?.status?.holder ?? '';
      held.set(holder, (held.get(holder) ?? 0) + 1);
    }
    assert.deepEqual([...held.keys()].sort(), ['w1', 'w2', 'w3']);
    for (const [node, count] of held) assert.ok(count >= 8, `${node} holds ${String(count)} of 50`);
    for (const index of names.keys()) {
      const shared = stage.longestOverlap(address(index), applied);
      assert.ok(shared <= LONGEST_OVERLAP, `two nodes had ${address(index)} for ${shared.toFixed(0)} ms`);
    }
    const deleted = stage.timeline.step('all are deleted');
    await stage.kubectl('delete', 'virtualips', ...names, '--timeout=60s');
    await stage.eventually('no address is left', 20_000, () =>
      names.every((_, index) => stage.holders(address(index)).length === 0),
    );
    const last = Math.max(
      ...names.flatMap((_, index) => holdings(stage.timeline, address(index)).map(({ to }) => to)),
    );
    within(last - deleted, 20_000, '50 VirtualIPs: delete until no address is left');
  },
);

anywhere(
  'a deleted VirtualIP is gone from every node, and the agents go with the last one',
  async (stage) => {
    await stage.agentsReady();
    await stage.applyVirtualIP('passing', { addresses: [freeAddress(1)], vrid: freeVRID(1) });
    await stage.settled('passing');
    await stage.kubectl('delete', 'virtualip', 'passing', '--timeout=30s');
    await stage.eventually(
      'its VirtualRouter is gone',
      10_000,
      () => stage.virtualRouters.get('passing-ipv4') === undefined,
    );
    assert.equal((await daemonSets(stage)).length, 1, 'the agents stay for the other one');
    const others = stage.virtualIPs.objects.map(({ metadata }) => metadata.name);
    assert.deepEqual(others, [STANDING]);
    await stage.kubectl('delete', 'virtualip', STANDING, '--timeout=30s');
    await stage.eventually('no agent is left', 120_000, () => stage.agents.length === 0);
    assert.deepEqual(await daemonSets(stage), []);
  },
);

scenario(
  'a selector that is changed to quite another node, without an agent yet, moves the address there without losing a packet',
  async (stage) => {
    const address = freeAddress(1);
    const [from = '', to = ''] = stage.cluster.nodes.map(({ name }) => name);
    const only = (name: string) => ({ matchLabels: { 'kubernetes.io/hostname': name } });
    await stage.applyVirtualIP('moved', { addresses: [address], vrid: 69, nodeSelector: only(from) });
    await stage.settled('moved');
    await stage.heldBy(address, [from], 10_000);
    const running = stage.agents.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    assert.deepEqual(
      running.map(({ spec }) => spec.nodeName),
      [from],
      'there is an agent where one is needed, and nowhere else',
    );
    const client = await stage.prober(address);
    await stage.passTime(A / 2, 'the client is answered');
    const began = await stage.edit('moved', { nodeSelector: only(to) });
    const taken = await stage.holds(address, to, 30_000);
    figure('selector changed to a node without an agent: until that has the address', taken - began);
    await stage.heldBy(address, [to], 15_000);
    await stage.programmed('moved');
    await stage.settled('moved');
    assert.deepEqual(
      stage.virtualIPs.get('moved')?.status?.nodes?.map(({ name }) => name),
      [to],
    );
    await stage.passTime(A / 2, 'the client is answered');
    const seen = await client.stop();
    assertPath(seen, [from, to]);
    assertNothingLost(seen, 'selector changed to quite another node');
    within(
      stage.longestOverlap(address, began),
      LONGEST_OVERLAP,
      'selector changed: two nodes have the address',
    );
  },
);

const daemonSets = async (stage: Stage): Promise<readonly string[]> => {
  const { items } = await stage.get<{ items: readonly { metadata: { name: string } }[] }>(
    ...['daemonsets', `--namespace=${NAMESPACE}`, `--field-selector=metadata.name=${AGENTS}`],
  );
  return items.map(({ metadata }) => metadata.name);
};
