import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { schemaProblems } from '../../../../src/api/v1alpha1/schema-check.js';
import type { VirtualIPSpec } from '../../../../src/api/v1alpha1/virtual-ip.js';
import { type VirtualRouter, virtualRouterSchema } from '../../../../src/api/v1alpha1/virtual-router.js';
import { decide } from '../../../../src/operator/decide/decide.js';
import type { Input } from '../../../../src/operator/decide/types.js';
import { carriedOut, condition, deployed, inputOf, node, nodes, told, virtualIP } from './cluster.js';

const FULL: Partial<VirtualIPSpec> = {
  addresses: ['192.0.2.100/24', 'fe80::100/64', '2001:db8::100/64', '192.0.2.101'],
  vrid: 51,
  priority: 200,
  interface: 'eth0',
  nodes: [{ name: 'edge-2', priority: 254, interface: 'bond0' }],
  advertisementInterval: '100ms',
  preemption: { mode: 'Preempt', delay: '5s' },
  unicast: { mode: 'Auto', peers: ['192.0.2.250', '2001:db8::250'] },
  virtualMAC: true,
  track: {
    pods: { selector: { matchLabels: { app: 'nginx' } }, weight: -50 },
    interfaces: [{ name: 'eth1', weight: -30 }],
    probes: [{ httpGet: { port: 80 } }],
  },
  announcement: { repeat: 3 },
  checksum: 'MessageOnly',
};

const addressed = [1, 2, 3].map((number) =>
  node(`edge-${String(number)}`, { addresses: [`192.0.2.${String(number)}`, `2001:DB8::${String(number)}`] }),
);

const written = (spec: Partial<VirtualIPSpec>, over: Partial<Input> = {}): readonly VirtualRouter[] =>
  decide(inputOf({ virtualIP: virtualIP(spec), ...over })).apply;

const only = (routers: readonly VirtualRouter[]): VirtualRouter => {
  assert.equal(routers.length, 1);
  return routers[0]!;
};

describe('the VirtualRouters of a VirtualIP', () => {
  it('are one per address family, with the same VRID and what each node is to do', () => {
    const both = written(FULL, { nodes: addressed });
    assert.deepEqual(
      both.map(({ metadata, spec }) => [metadata.name, spec.vrid]),
      [
        ['web-ipv4', 51],
        ['web-ipv6', 51],
      ],
    );
    const [v4, v6] = both.map(({ spec }) => spec);
    assert.deepEqual(v4?.addresses, ['192.0.2.100/24', '192.0.2.101/32']);
    assert.deepEqual(v6?.addresses, ['fe80::100/64', '2001:db8::100/64']);
    assert.deepEqual(v4.unicast?.peers, ['192.0.2.250']);
    assert.deepEqual(v6.unicast?.peers, ['2001:db8::250']);
    assert.deepEqual(v4.members[0], {
      node: 'edge-2',
      priority: 254,
      interface: 'bond0',
      address: '192.0.2.2',
    });
    assert.deepEqual(v6.members.map(({ address }) => address).toSorted(), [
      '2001:db8::1',
      '2001:db8::2',
      '2001:db8::3',
    ]);
    const { pods, probes } = v4.track ?? {};
    assert.deepEqual([pods?.namespace, probes?.[0]?.httpGet?.path], ['default', '/']);
  });

  it('fit their schema', () => {
    for (const router of written(FULL, { nodes: addressed }))
      assert.deepEqual(schemaProblems(virtualRouterSchema, router), []);
  });

  it('name their members in labels, and the VirtualIP as their owner', () => {
    const { metadata } = only(written({}, { nodes: nodes(2) }));
    assert.deepEqual(metadata.labels, {
      'app.kubernetes.io/managed-by': 'kube-vrrp',
      'kube-vrrp.io/virtual-ip': 'web',
      'member.kube-vrrp.io/edge-1': '',
      'member.kube-vrrp.io/edge-2': '',
    });
    assert.deepEqual(metadata.annotations, {
      'kube-vrrp.io/node-selector': '{}',
      'kube-vrrp.io/latecomers': '',
      'kube-vrrp.io/kept-nodes': '',
    });
    assert.deepEqual(metadata.ownerReferences, [
      {
        apiVersion: 'kube-vrrp.io/v1alpha1',
        kind: 'VirtualIP',
        name: 'web',
        uid: 'uid-of-web',
        controller: true,
      },
    ]);
  });

  it('point to the password, and do not have it', () => {
    const spec: Partial<VirtualIPSpec> = {
      vrrpVersion: 2,
      authentication: { type: 'Password', secretRef: { name: 'vrrp' } },
    };
    assert.deepEqual(only(written(spec, { password: true })).spec.authentication, {
      type: 'Password',
      secretKey: 'web',
    });
  });

  for (const [mode, expected] of [
    ['Auto', 'Unicast'],
    ['Unicast', 'Unicast'],
    ['Multicast', 'Multicast'],
  ] as const)
    it(`send by ${expected} with mode ${mode}`, () => {
      const { spec } = only(written({ unicast: { mode } }, { nodes: addressed }));
      assert.equal(spec.unicast?.mode, expected);
      assert.equal(
        spec.members.every(({ address }) => address !== undefined),
        expected === 'Unicast',
      );
    });

  it('leave out nodes without an address of the family, and say so', () => {
    const decision = decide(
      inputOf({
        virtualIP: virtualIP({ unicast: { mode: 'Unicast' } }),
        nodes: [...addressed, node('six', { addresses: ['2001:db8::9'] }), node('none')],
      }),
    );
    assert.equal(only(decision.apply).spec.members.length, 3);
    assert.equal(condition(decision, 'Degraded').is, 'True NodesWithoutAddress');
    assert.match(
      condition(decision, 'Degraded').message,
      /^none and six cannot take part by unicast without an InternalIP of IPv4/,
    );
  });

  it('keep the address of a member that its node lacks just now', () => {
    const unicast = { unicast: { mode: 'Unicast' } } as const;
    const before = deployed({
      virtualIP: virtualIP(unicast),
      nodes: [node('a', { addresses: ['192.0.2.1'] }), node('b', { addresses: ['192.0.2.2'] })],
    });
    assert.deepEqual(decide({ ...before, nodes: [node('a'), node('b', before.nodes[1])] }).apply, []);
  });
});

describe('the heartbeats of the members', () => {
  const agents = (count: number): Input['heartbeats'] =>
    new Map(Array.from({ length: count }, (_, index) => [`node-${String(index)}`, 10_000]));
  const secondsOf = (input: Input): readonly (number | undefined)[] =>
    decide(input).apply.map(({ spec }) => spec.heartbeatSeconds);

  it('are as they come in a cluster of up to 200 agents, and slower in a larger one', () => {
    const seconds = [0, 200, 201, 400, 401, 1_000, 5_000].map((count) =>
      secondsOf(inputOf({ heartbeats: agents(count) })),
    );
    assert.deepEqual(seconds.flat(), [undefined, undefined, 20, 20, 30, 50, 250]);
  });

  it('change only with a VirtualRouter that is written anyway', () => {
    const input = carriedOut(inputOf({ heartbeats: agents(1_000) }));
    const grown = { ...input, heartbeats: agents(2_000) };
    assert.deepEqual(secondsOf(grown), []);
    assert.deepEqual(secondsOf({ ...grown, nodes: nodes(4) }), [100]);
    assert.deepEqual(secondsOf({ ...input, heartbeats: agents(3), nodes: nodes(4) }), [undefined]);
  });

  it('stay as they are while the spec is refused', () => {
    const input = carriedOut(inputOf({ heartbeats: agents(1_000) }));
    const refused = { ...input, virtualIP: virtualIP({ vrid: 300 }), heartbeats: agents(2_000) };
    assert.deepEqual(secondsOf(refused), []);
  });
});

describe('while many VirtualIPs are made', () => {
  const specsOf = (input: Input) => decide(input).apply.map(({ spec }) => spec);
  const backlog = { waiting: 900, untilWritten: 20_000, untilTold: 24_100 };

  it('members let them be written before they tell of the first ones', () => {
    const seconds = [
      { waiting: 1, untilWritten: 20, untilTold: 20 },
      { waiting: 40, untilWritten: 900, untilTold: 9_000 },
      { waiting: 100, untilWritten: 2_000, untilTold: 4_000 },
      backlog,
      { waiting: 9_000, untilWritten: 180_000, untilTold: 180_000 },
    ].map((behind) => specsOf(inputOf({ backlog: behind }))[0]?.reportAfterSeconds);
    assert.deepEqual(seconds, [undefined, undefined, undefined, 25, 120]);
  });

  it('heartbeats are already as slow as they have to be with the agents of all of them', () => {
    const many = nodes(1_000);
    const [spec] = specsOf(inputOf({ nodes: many, backlog }));
    assert.equal(spec?.heartbeatSeconds, 50);
    const [few] = specsOf(inputOf({ backlog }));
    assert.equal(few?.heartbeatSeconds, undefined);
  });

  it('keep what they were told until they are written for another reason', () => {
    const input = carriedOut(inputOf({ backlog }));
    const later = { ...input, backlog: { waiting: 0, untilWritten: 0, untilTold: 0 } };
    assert.deepEqual(specsOf(later), []);
    assert.deepEqual(
      specsOf({ ...later, nodes: nodes(4) }).map(({ reportAfterSeconds }) => reportAfterSeconds),
      [undefined],
    );
  });
});

describe('nothing is written', () => {
  const situations: Readonly<Record<string, Input>> = {
    'when everything is there': deployed(),
    'when everything is there, with every field in use': deployed({
      virtualIP: virtualIP(FULL),
      nodes: addressed,
    }),
    'when the API server has other labels and another order of members and fields': (() => {
      const input = deployed({ virtualIP: virtualIP(FULL), nodes: addressed });
      const virtualRouters = input.virtualRouters.map((router) => ({
        ...router,
        metadata: {
          ...router.metadata,
          resourceVersion: '7',
          labels: { team: 'x', ...router.metadata.labels },
        },
        spec: {
          ...(Object.fromEntries(Object.entries(router.spec).toReversed()) as typeof router.spec),
          members: router.spec.members.toReversed(),
        },
      }));
      return { ...input, virtualRouters };
    })(),
    'when a member is not Ready any more': {
      ...deployed(),
      nodes: nodes(3).map((one) => ({ ...one, ready: false })),
    },
    'when a node that is not Ready comes': {
      ...deployed(),
      nodes: [...nodes(3), node('new', { ready: false })],
    },
  };
  for (const [title, input] of Object.entries(situations))
    it(title, () => {
      const { apply, remove } = decide(input);
      assert.deepEqual([apply, remove], [[], []]);
    });

  it('twice, whatever has been reported', () => {
    const state = fc.constantFrom('Initialize' as const, 'Backup' as const, 'Active' as const);
    const ago = fc.integer({ min: 0, max: 60_000 });
    const entry = fc.record({ state, heardAt: ago.map((before) => 1_000_000 - before) });
    const said = fc.dictionary(fc.constantFrom('edge-1', 'edge-2', 'edge-3', 'gone'), entry);
    fc.assert(
      fc.property(said, said, fc.boolean(), (four, six, fits) => {
        const virtual = virtualIP({
          addresses: ['192.0.2.100/24', '2001:db8::1'],
          ...(fits ? {} : { vrid: 300 }),
        });
        const start = {
          ...told(
            told(deployed({ virtualIP: virtualIP({ addresses: virtual.spec.addresses }) }), four),
            six,
            'IPv6',
          ),
          virtualIP: virtual,
        };
        const input = carriedOut(start);
        const again = decide(input);
        assert.deepEqual([again.apply, again.remove, again.events], [[], [], []]);
        assert.equal(again.status, input.virtualIP.status);
      }),
    );
  });
});

describe('what has changed is written, and only that', () => {
  const before = deployed({ virtualIP: virtualIP({ addresses: ['192.0.2.100/24', '2001:db8::100/64'] }) });
  const names = (input: Input) => {
    const { apply, remove } = decide(input);
    return { apply: apply.map(({ metadata }) => metadata.name), remove };
  };

  it('a family whose addresses have gone is removed', () => {
    assert.deepEqual(names({ ...before, virtualIP: virtualIP({ addresses: ['2001:db8::100/64'] }) }), {
      apply: [],
      remove: ['web-ipv4'],
    });
  });

  it('a family whose address has changed is written', () => {
    const changed = virtualIP({ addresses: ['192.0.2.100/24', '2001:db8::101/64'] });
    assert.deepEqual(names({ ...before, virtualIP: changed }), { apply: ['web-ipv6'], remove: [] });
  });

  it('both are, when a node comes or goes', () => {
    assert.deepEqual(names({ ...before, nodes: nodes(4) }).apply, ['web-ipv4', 'web-ipv6']);
    assert.deepEqual(names({ ...before, nodes: nodes(2) }).apply, ['web-ipv4', 'web-ipv6']);
  });

  it('a label that somebody has removed is put back', () => {
    const [router] = deployed().virtualRouters;
    const bare = { ...router!, metadata: { ...router!.metadata, labels: {} } };
    assert.deepEqual(names({ ...deployed(), virtualRouters: [bare] }).apply, ['web-ipv4']);
  });

  it('entries of nodes that are no more are forgotten', () => {
    const input = told(deployed(), { 'edge-1': {}, 'edge-3': {} });
    assert.deepEqual(decide({ ...input, nodes: nodes(2) }).forget, [
      { virtualRouter: 'web-ipv4', node: 'edge-3' },
    ]);
  });
});

describe('a bad edit', () => {
  const running = told(deployed({ virtualIP: virtualIP({ vrid: 51 }) }), {
    'edge-1': { state: 'Active' },
    'edge-2': {},
    'edge-3': {},
  });
  const edited: Input = {
    ...running,
    virtualIP: {
      ...running.virtualIP,
      metadata: { ...running.virtualIP.metadata, generation: 2 },
      spec: { addresses: ['192.0.2.999'], vrid: 52, nodeSelector: { matchLabels: { role: 'edge' } } },
    },
  };

  it('disturbs nothing that runs', () => {
    const decision = decide(edited);
    assert.deepEqual([decision.apply, decision.remove], [[], []]);
    assert.equal(condition(decision, 'Accepted').is, 'False Invalid');
    assert.match(condition(decision, 'Accepted').message, /Until then everything goes on as before\.$/);
    assert.equal(condition(decision, 'Ready').is, 'True Held');
    assert.deepEqual(
      [decision.status.holder, decision.status.vrid, decision.status.backups],
      ['edge-1', 51, 2],
    );
  });

  it('does not keep nodes in the election that are no more', () => {
    const { apply } = decide({ ...edited, nodes: nodes(2) });
    assert.deepEqual(
      only(apply)
        .spec.members.map((member) => member.node)
        .toSorted(),
      ['edge-1', 'edge-2'],
    );
  });

  it('lets no new nodes in', () => assert.deepEqual(decide({ ...edited, nodes: nodes(5) }).apply, []));
});
