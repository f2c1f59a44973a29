import assert from 'node:assert/strict';
import { after, before } from 'node:test';

import { holdings } from '../../lab/address-watch.js';
import { Keepalived } from '../../lab/keepalived.js';
import { wallClock } from '../../lab/libc.js';
import { figure } from './support/figures.js';
import { assertNothingLost, assertPath, within } from './support/judge.js';
import { condition, isTrue, virtualIP } from './support/objects.js';
import { prepare, type Prepared } from './support/preparation.js';
import { anywhere, scenario } from './support/scenario.js';
import { AGENTS, NAMESPACE, freeAddress } from './support/settings.js';
import type { LabStage, Stage } from './support/stage.js';
import { A, EPSILON, FAILOVER, LONGEST_OVERLAP, TOLD_WITHIN } from './support/timing.js';

/* What people do with VirtualIPs: change them, get them wrong, have many of them, and share the LAN with others. */

/** Is there all the time, so that the agents need not be started for each test. */
const STANDING = 'standing';
/** Of the VirtualIPs that tests make. */
const ADDRESS = freeAddress(1);

let prepared: Prepared;

before(async () => {
  prepared = await prepare({ [STANDING]: { addresses: [freeAddress(0)] } });
});

after(() => prepared.undo());

/** A VirtualIP that all nodes have taken up, and its holder. */
async function established(
  stage: LabStage,
  name: string,
  spec: Parameters<Stage['applyVirtualIP']>[1],
): Promise<string> {
  await stage.agentsReady();
  await stage.applyVirtualIP(name, spec);
  await stage.settled(name);
  const [holder = ''] = stage.preference(name);
  for (const address of spec.addresses) await stage.heldBy(address.split('/')[0] ?? '', [holder], 10_000);
  return holder;
}

/** Waits until the agents run what the spec says now. */
const programmed = (stage: Stage, name: string): Promise<number> =>
  stage.comesTo(
    name,
    'runs the present spec',
    20_000,
    (object) =>
      object.status?.observedGeneration === object.metadata.generation && isTrue(object, 'Programmed'),
  );

scenario(
  'priorities, addresses, interval and nodes are edited while a client loses nothing',
  async (stage) => {
    const first = await established(stage, 'edited', { addresses: [ADDRESS], vrid: 60 });
    const [, second = '', third = ''] = stage.preference('edited');
    const added = freeAddress(2);
    const client = await stage.prober(ADDRESS);

    const began = await stage.edit('edited', { priority: 200, nodes: [{ name: second, priority: 250 }] });
    within(
      (await stage.holds(ADDRESS, second, 15_000)) - began,
      TOLD_WITHIN,
      'edited priority: until the other node has the address',
    );
    await stage.settled('edited');

    await stage.edit('edited', { addresses: [ADDRESS, added] });
    await stage.heldBy(added, [second], 15_000);
    await stage.settled('edited');
    assert.match(
      stage.virtualIPs.get('edited')?.status?.addresses ?? '',
      new RegExp(added.replaceAll('.', '[.]')),
    );

    const faster = await stage.edit('edited', { advertisementInterval: '200ms' });
    await programmed(stage, 'edited');
    await stage.passTime(A, 'adverts are counted');
    const adverts = stage.timeline
      .of('advert', wallClock() - A)
      .filter(({ host, advert }) => host === second && advert.vrid === 60);
    assert.ok(
      adverts.length >= 4,
      `${String(adverts.length)} adverts in a second, ${(wallClock() - faster).toFixed(0)} ms after the edit`,
    );
    assert.deepEqual(new Set(adverts.map(({ advert }) => advert.interval)), new Set([200]));

    await stage.edit('edited', {
      nodeSelector: {
        matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'NotIn', values: [second] }],
      },
    });
    await stage.heldBy(ADDRESS, [first], 15_000);
    await stage.comesTo('edited', 'has two nodes', 15_000, ({ status }) => status?.nodes?.length === 2);
    assert.deepEqual([...stage.preference('edited')].sort(), [first, third].sort());

    await stage.edit('edited', {
      addresses: [ADDRESS],
      nodeSelector: null,
      nodes: null,
      priority: null,
      advertisementInterval: null,
    });
    await stage.heldBy(added, [], 15_000);
    await stage.settled('edited');
    await stage.heldBy(ADDRESS, [first], 10_000);
    await stage.passTime(A / 2, 'the client is answered');
    const seen = await client.stop();
    assertPath(seen, [first, second, first]);
    assertNothingLost(seen, 'five edits');
    within(stage.longestOverlap(ADDRESS, began), LONGEST_OVERLAP, 'edits: two nodes have the address');
  },
);

anywhere('kubectl apply refuses fields that make no sense, and names them', async (stage) => {
  const refused: readonly (readonly [spec: Record<string, unknown>, field: RegExp])[] = [
    [{ addresses: [ADDRESS], vrid: 300 }, /spec\.vrid/],
    [{ addresses: [ADDRESS], vrid: 0 }, /spec\.vrid/],
    [{ addresses: [] }, /spec\.addresses/],
    [{ addresses: ['not an address'] }, /spec\.addresses/],
    [{ addresses: [ADDRESS], priority: 256 }, /spec\.priority/],
    [{ addresses: [ADDRESS], vrrpVersion: 4 }, /spec\.vrrpVersion/],
    [{ addresses: [ADDRESS], preemption: { mode: 'Sometimes' } }, /spec\.preemption\.mode/],
    [{ addresses: [ADDRESS], advertisementInterval: 'soon' }, /spec\.advertisementInterval/],
    [{ vrid: 7 }, /addresses/],
    [{ addresses: [ADDRESS], virtualRouterId: 7 }, /virtualRouterId/],
  ];
  for (const [spec, field] of refused) {
    const manifest = virtualIP('refused', spec as Parameters<typeof virtualIP>[1]);
    await assert.rejects(
      stage.access.kubectl(['apply', '--filename=-'], { input: manifest }),
      (error: Error) => field.test(error.message.split('{"apiVersion"')[0] ?? ''),
      manifest,
    );
  }
  assert.equal(stage.virtualIPs.get('refused'), undefined);
});

scenario(
  'a spec that contradicts itself is not accepted, all its problems are named, and what ran goes on',
  async (stage) => {
    const holder = await established(stage, 'contradiction', { addresses: [ADDRESS], vrid: 61 });
    const client = await stage.prober(ADDRESS);
    await stage
      .edit('contradiction', {
        vrrpVersion: 2,
        advertisementInterval: '150ms',
        checksum: 'MessageOnly',
        addresses: [ADDRESS, '2001:db8:2::b5'],
      })
      .then(() =>
        stage.comesTo(
          'contradiction',
          'is refused',
          TOLD_WITHIN,
          (object) => condition(object, 'Accepted')?.status === 'False',
        ),
      )
      // A newer API server knows the rules itself.
      .catch((error: unknown) => assert.match(String(error), /advertisementInterval/));
    const accepted = condition(stage.virtualIPs.get('contradiction'), 'Accepted');
    if (accepted?.status === 'False') {
      assert.equal(accepted.reason, 'Invalid');
      for (const field of [/spec\.advertisementInterval/, /spec\.addresses\[1\]/])
        assert.match(accepted.message, field);
    }
    assert.equal(
      condition(stage.virtualIPs.get('contradiction'), 'Ready')?.status,
      'True',
      'it is held all the same',
    );
    await stage.passTime(2 * A, 'what ran goes on');
    await stage.edit('contradiction', {
      vrrpVersion: 3,
      advertisementInterval: '1s',
      checksum: null,
      addresses: [ADDRESS],
    });
    await stage.settled('contradiction');
    const seen = await client.stop();
    assert.deepEqual(seen.answeredBy, [holder]);
    assertNothingLost(seen, 'an edit that is refused');
  },
);

scenario(
  'of two VirtualIPs with the same VRID or address the first goes on, and the second waits until that is free',
  async (stage) => {
    const other = freeAddress(2);
    const holder = await established(stage, 'first', { addresses: [ADDRESS], vrid: 62 });
    const client = await stage.prober(ADDRESS);
    await stage.applyVirtualIP('same-vrid', { addresses: [other], vrid: 62 });
    await stage.applyVirtualIP('same-address', { addresses: [`${ADDRESS}/24`] });
    for (const [name, reason] of [
      ['same-vrid', 'VRIDConflict'],
      ['same-address', 'AddressConflict'],
    ] as const) {
      await stage.comesTo(
        name,
        `is refused for ${reason}`,
        TOLD_WITHIN,
        (object) => condition(object, 'Accepted')?.reason === reason,
      );
      assert.match(condition(stage.virtualIPs.get(name), 'Accepted')?.message ?? '', /first/);
      assert.equal(condition(stage.virtualIPs.get(name), 'Ready')?.status, 'False');
    }
    await stage.passTime(A, 'nothing happens');
    assertNothingLost(await client.stop(), 'others ask for the same');
    assert.deepEqual(stage.holders(ADDRESS), [holder]);
    assert.deepEqual(stage.holders(other), []);
    await stage.kubectl('delete', 'virtualip', 'first');
    await stage.settled('same-vrid');
    await stage.settled('same-address');
    await stage.heldBy(other, stage.preference('same-vrid').slice(0, 1), 5000);
    await stage.heldBy(ADDRESS, stage.preference('same-address').slice(0, 1), 5000);
  },
);

scenario(
  'IPv4 and IPv6 addresses of one VirtualIP are on one node, and move together without loss',
  async (stage) => {
    const v6 = '2001:db8:2::b6';
    const first = await established(stage, 'dual', { addresses: [ADDRESS, v6], vrid: 63 });
    const [, second = ''] = stage.preference('dual');
    assert.deepEqual(
      stage.virtualRouters.objects
        .filter(({ spec }) => spec.virtualIP === 'dual')
        .map(({ metadata, spec }) => `${metadata.name} ${String(spec.vrid)} ${spec.family}`)
        .sort(),
      ['dual-ipv4 63 IPv4', 'dual-ipv6 63 IPv6'],
    );
    assert.equal(stage.virtualIPs.get('dual')?.status?.addresses, `${ADDRESS}, ${v6}`);
    const clients = [await stage.prober(ADDRESS), await stage.prober(v6)];
    await stage.edit('dual', { priority: 200, nodes: [{ name: second, priority: 250 }] });
    for (const address of [ADDRESS, v6]) await stage.heldBy(address, [second], 15_000);
    await stage.comesTo('dual', `names ${second}`, TOLD_WITHIN, ({ status }) => status?.holder === second);
    await stage.passTime(A / 2, 'the client is answered');
    for (const [index, client] of clients.entries()) {
      const seen = await client.stop();
      assertPath(seen, [first, second]);
      assertNothingLost(seen, index === 0 ? 'dual stack, IPv4' : 'dual stack, IPv6');
    }
  },
);

scenario(
  'with unicast Auto the adverts go to the other nodes alone, and a crash is survived as ever',
  async (stage) => {
    const holder = await established(stage, 'unicast', {
      addresses: [ADDRESS],
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
    const client = await stage.prober(ADDRESS);
    await stage.passTime(A / 2, 'the client is answered');
    await stage.cluster.node(holder).linkDown();
    await stage.holds(ADDRESS, second, FAILOVER + A);
    await stage.passTime(A / 2, 'the client is answered');
    const { longestGap } = await client.stop();
    within(longestGap, FAILOVER, 'unicast, cable out: longest gap of a client');
    await stage.cluster.node(holder).linkUp();
    await stage.heldBy(ADDRESS, [holder], 15_000);
  },
);

scenario(
  'a keepalived with the same VRID and address is a backup, or the holder, as its priority says, and the status tells',
  async (stage) => {
    const holder = await established(stage, 'shared', { addresses: [ADDRESS], vrid: 65, priority: 200 });
    const outside = await stage.lab.addHost('outside', 40);
    const router = { vrid: 65, addresses: [ADDRESS], version: 3, priority: 50 } as const;
    const keepalived = new Keepalived(outside, [router]);
    const client = await stage.prober(ADDRESS);
    await keepalived.start();
    await stage.passTime(4 * A, 'a weaker router changes nothing');
    assert.deepEqual(stage.holders(ADDRESS), [holder]);
    assert.equal(condition(stage.virtualIPs.get('shared'), 'Ready')?.reason, 'Held');
    await keepalived.reconfigure([{ ...router, priority: 230 }]);
    await stage.heldBy(ADDRESS, ['outside'], 10_000);
    await stage.comesTo(
      'shared',
      'tells that it is held outside',
      TOLD_WITHIN + A,
      (object) => condition(object, 'Ready')?.reason === 'HeldOutside',
    );
    const ready = condition(stage.virtualIPs.get('shared'), 'Ready');
    assert.equal(ready?.status, 'False');
    assert.match(ready.message, /192\.0\.2\.40/, 'the message names the stranger');
    assert.equal(stage.virtualIPs.get('shared')?.status?.holder, undefined);
    await keepalived.terminate();
    await stage.heldBy(ADDRESS, [holder], 10_000);
    await stage.settled('shared');
    await stage.passTime(A / 2, 'the client is answered');
    const seen = await client.stop();
    assertPath(seen, [holder, 'outside', holder]);
    within(
      seen.longestGap,
      1000 + EPSILON,
      'keepalived takes the address and resigns: longest gap of a client',
    );
  },
);

scenario(
  'a keepalived of somebody else with the same VRID does not take the address away, and is named',
  async (stage) => {
    const holder = await established(stage, 'stranger', { addresses: [ADDRESS], vrid: 66 });
    const outside = await stage.lab.addHost('outside', 41);
    const keepalived = new Keepalived(outside, [
      { vrid: 66, addresses: ['192.0.2.42'], version: 3, priority: 100 },
    ]);
    const client = await stage.prober(ADDRESS);
    await keepalived.start();
    await stage.passTime(5 * A, 'two owners of a VRID meet');
    assert.deepEqual(stage.holders(ADDRESS), [holder]);
    const seen = await client.stop();
    assertNothingLost(seen, 'a stranger with the same VRID');
    await keepalived.terminate();
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
    await stage.applyVirtualIP('passing', { addresses: [ADDRESS] });
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

const daemonSets = async (stage: Stage): Promise<readonly string[]> => {
  const { items } = await stage.get<{ items: readonly { metadata: { name: string } }[] }>(
    ...['daemonsets', `--namespace=${NAMESPACE}`, `--field-selector=metadata.name=${AGENTS}`],
  );
  return items.map(({ metadata }) => metadata.name);
};
