import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { withDefaults } from '../../../../src/api/v1alpha1/defaults.js';
import type { VirtualIPSpec } from '../../../../src/api/v1alpha1/virtual-ip.js';
import { placement } from '../../../../src/operator/decide/placement.js';
import { preferenceOrder } from '../../../../src/operator/decide/preference.js';
import type { NodeFacts } from '../../../../src/operator/decide/types.js';
import { node, nodes, virtualIP } from './cluster.js';

type Situation = Readonly<{
  spec?: Partial<VirtualIPSpec>;
  nodes: readonly NodeFacts[];
  present?: readonly string[];
  late?: readonly string[];
}>;

const place = (name: string, { spec = {}, nodes: all, present = [], late = [] }: Situation) =>
  placement(name, withDefaults(virtualIP(spec), 'cluster').spec, all, {
    present: new Set(present),
    isLate: (node) => late.includes(node),
  });

/** `NODE PRIORITY`, highest first. */
const placed = (situation: Situation): readonly string[] =>
  place('web', situation).members.map((member) => `${member.node.name} ${String(member.priority)}`);

const names = (situation: Situation): readonly string[] =>
  place('web', situation)
    .members.map((member) => member.node.name)
    .toSorted();

const [first = '', second = '', third = ''] = preferenceOrder('web', ['a', 'b', 'c']);
const abc = (facts: Readonly<Record<string, Partial<NodeFacts>>> = {}) =>
  ['a', 'b', 'c'].map((name) => node(name, facts[name]));

describe('who takes part', () => {
  const cases: Readonly<Record<string, Situation & Readonly<{ members: readonly string[] }>>> = {
    'every Linux node, without a selector': {
      nodes: [node('a'), node('b'), node('w', { labels: { 'kubernetes.io/os': 'windows' } })],
      members: ['a', 'b'],
    },
    'a node whose system is not known does not': {
      nodes: [{ ...node('a'), labels: {} }, node('b')],
      members: ['b'],
    },
    'nodes that have the labels': {
      spec: { nodeSelector: { matchLabels: { role: 'edge', rack: '1' } } },
      nodes: [node('a', { labels: { role: 'edge', rack: '1' } }), node('b', { labels: { role: 'edge' } })],
      members: ['a'],
    },
    'of another system not even with the labels': {
      spec: { nodeSelector: { matchLabels: { role: 'edge' } } },
      nodes: [node('a', { labels: { role: 'edge', 'kubernetes.io/os': 'windows' } })],
      members: [],
    },
    'In, NotIn, Exists and DoesNotExist, all of them': {
      spec: {
        nodeSelector: {
          matchExpressions: [
            { key: 'zone', operator: 'In', values: ['x', 'y'] },
            { key: 'kind', operator: 'NotIn', values: ['storage'] },
            { key: 'edge', operator: 'Exists' },
            { key: 'retired', operator: 'DoesNotExist' },
          ],
        },
      },
      nodes: [
        node('a', { labels: { zone: 'x', edge: '' } }),
        node('b', { labels: { zone: 'y', edge: 'yes', kind: 'compute' } }),
        node('c', { labels: { zone: 'z', edge: '' } }),
        node('d', { labels: { zone: 'x', edge: '', kind: 'storage' } }),
        node('e', { labels: { zone: 'x' } }),
        node('f', { labels: { zone: 'x', edge: '', retired: '' } }),
        node('g', { labels: { edge: '' } }),
      ],
      members: ['a', 'b'],
    },
    'a node of `nodes` that is not selected does not': {
      spec: { nodeSelector: { matchLabels: { role: 'edge' } }, nodes: [{ name: 'b', priority: 200 }] },
      nodes: [node('a', { labels: { role: 'edge' } }), node('b')],
      members: ['a'],
    },
    'a member that is not Ready stays one, and others do not become one': {
      nodes: abc({ a: { ready: false }, b: { ready: false } }),
      present: ['a'],
      members: ['a', 'c'],
    },
    'a node that is being deleted leaves, member or not': {
      nodes: abc({ a: { leaving: true } }),
      present: ['a', 'b', 'gone'],
      members: ['b', 'c'],
    },
    'a cordoned node does': { nodes: abc({ a: { cordoned: true } }), members: ['a', 'b', 'c'] },
  };
  for (const [title, { members, ...situation }] of Object.entries(cases))
    it(title, () => assert.deepEqual(names(situation), members));
});

describe('priorities', () => {
  const cases: Readonly<Record<string, Situation & Readonly<{ expected: readonly string[] }>>> = {
    'go from 254 downwards in the order of preference': {
      nodes: abc(),
      expected: [`${first} 254`, `${second} 253`, `${third} 252`],
    },
    'begin at spec.priority': {
      spec: { priority: 100 },
      nodes: abc(),
      expected: [`${first} 100`, `${second} 99`, `${third} 98`],
    },
    'that are fixed for a node are given to nobody else': {
      spec: { priority: 100, nodes: [{ name: third, priority: 99 }] },
      nodes: abc(),
      expected: [`${first} 100`, `${third} 99`, `${second} 98`],
    },
    'may be fixed above spec.priority': {
      spec: { priority: 100, nodes: [{ name: third, priority: 255 }] },
      nodes: abc(),
      expected: [`${third} 255`, `${first} 100`, `${second} 99`],
    },
    'that are fixed for a node that takes no part are free': {
      spec: { nodes: [{ name: 'd', priority: 254 }] },
      nodes: abc(),
      expected: [`${first} 254`, `${second} 253`, `${third} 252`],
    },
    'of two fixed alike stay alike': {
      spec: {
        nodes: [
          { name: 'a', priority: 9 },
          { name: 'b', priority: 9 },
        ],
      },
      nodes: abc(),
      expected: ['c 254', 'a 9', 'b 9'],
    },
    'of a cordoned node are the lowest, and the others keep theirs': {
      nodes: abc({ [first]: { cordoned: true } }),
      expected: [`${second} 253`, `${third} 252`, `${first} 251`],
    },
    'of cordoned nodes keep their order among themselves': {
      nodes: abc({ [first]: { cordoned: true }, [second]: { cordoned: true } }),
      expected: [`${third} 252`, `${first} 251`, `${second} 250`],
    },
    'do not change when every node is cordoned': {
      nodes: abc({ a: { cordoned: true }, b: { cordoned: true }, c: { cordoned: true } }),
      expected: [`${first} 254`, `${second} 253`, `${third} 252`],
    },
    'do not change with a cordon when the holder is to stay': {
      spec: { onCordon: 'Stay' },
      nodes: abc({ [first]: { cordoned: true } }),
      expected: [`${first} 254`, `${second} 253`, `${third} 252`],
    },
    'of a cordoned node are below a fixed one, which gives way if it must': {
      spec: { nodes: [{ name: second, priority: 1 }] },
      nodes: abc({ [first]: { cordoned: true } }),
      expected: [`${third} 253`, `${second} 2`, `${first} 1`],
    },
    'of a latecomer are behind the others, whatever its place will be': {
      nodes: abc(),
      late: [first],
      expected: [`${second} 254`, `${third} 253`, `${first} 252`],
    },
    'that are fixed for a latecomer are not its own yet': {
      spec: { nodes: [{ name: first, priority: 254 }] },
      nodes: abc(),
      late: [first],
      expected: [`${second} 254`, `${third} 253`, `${first} 252`],
    },
    'of cordoned nodes are behind latecomers too': {
      nodes: abc({ [second]: { cordoned: true } }),
      late: [first],
      expected: [`${third} 253`, `${first} 252`, `${second} 251`],
    },
    'of a cordoned owner stay: its addresses are its own': {
      spec: { nodes: [{ name: first, priority: 255 }] },
      nodes: abc({ [first]: { cordoned: true } }),
      expected: [`${first} 255`, `${second} 254`, `${third} 253`],
    },
    'of cordoned nodes are distinct beside an owner alone': {
      spec: { nodes: [{ name: first, priority: 255 }] },
      nodes: abc({ [second]: { cordoned: true }, [third]: { cordoned: true } }),
      expected: [`${first} 255`, `${second} 254`, `${third} 253`],
    },
  };
  for (const [title, { expected, ...situation }] of Object.entries(cases))
    it(title, () => assert.deepEqual(placed(situation), expected));

  it('are enough for 254 nodes, and the rest is named', () => {
    const all = nodes(300);
    const { members, surplus } = place('web', { nodes: all });
    assert.equal(members.length, 254);
    assert.equal(surplus.length, 46);
    assert.deepEqual(
      [...members.map((member) => member.node.name), ...surplus],
      preferenceOrder(
        'web',
        all.map(({ name }) => name),
      ),
    );
  });

  it('leave room for no more nodes than spec.priority says', () => {
    const { members, surplus } = place('web', { spec: { priority: 2 }, nodes: nodes(3) });
    assert.deepEqual([members.length, surplus.length], [2, 1]);
  });

  it('tell which entries of `nodes` are about nobody', () => {
    const spec = {
      nodes: [
        { name: 'a', priority: 9 },
        { name: 'typo', priority: 8 },
      ],
    };
    assert.deepEqual(place('web', { spec, nodes: abc() }).idleOverrides, [1]);
  });
});

const arbitraryCluster = fc
  .uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 40 })
  .chain((all) =>
    fc.record({
      name: fc.string({ minLength: 1, maxLength: 12 }),
      priority: fc.integer({ min: 60, max: 254 }),
      nodes: fc.tuple(...all.map((name) => fc.boolean().map((cordoned) => node(name, { cordoned })))),
      fixed: fc.uniqueArray(fc.tuple(fc.constantFrom(...all), fc.integer({ min: 1, max: 254 })), {
        maxLength: 5,
        selector: ([name]) => name,
      }),
    }),
  );

describe('whatever the cluster', () => {
  it('priorities are distinct and within 1 to 254 as long as those that are fixed are', () => {
    fc.assert(
      fc.property(arbitraryCluster, ({ name, priority, nodes: all, fixed }) => {
        const values = new Map(fixed.map(([node, value]) => [value, node]));
        const spec = {
          priority,
          nodes: [...values].map(([value, node]) => ({ name: node, priority: value })),
        };
        const { members } = place(name, { spec, nodes: all });
        const given = members.map((member) => member.priority);
        assert.equal(members.length, all.length);
        assert.equal(new Set(given).size, given.length);
        assert.ok(given.every((value) => value >= 1 && value <= 254));
        assert.deepEqual(
          given,
          given.toSorted((a, b) => b - a),
        );
      }),
    );
  });

  it('a cordoned node is behind every node that is not', () => {
    fc.assert(
      fc.property(arbitraryCluster, ({ name, priority, nodes: all, fixed }) => {
        const spec = { priority, nodes: fixed.map(([node, value]) => ({ name: node, priority: value })) };
        const { members } = place(name, { spec, nodes: all });
        const staying = members.filter((member) => !member.node.cordoned).map((member) => member.priority);
        const yielding = members.filter((member) => member.node.cordoned).map((member) => member.priority);
        assert.ok(staying.length === 0 || Math.min(...staying) > Math.max(0, ...yielding));
      }),
    );
  });

  it('a node that goes changes the order of no others', () => {
    fc.assert(
      fc.property(arbitraryCluster, fc.nat(), ({ name, nodes: all }, which) => {
        const order = (some: readonly NodeFacts[]) =>
          place(name, { nodes: some }).members.map((member) => member.node.name);
        const gone = all[which % all.length]?.name;
        const rest = all.filter((one) => one.name !== gone);
        assert.deepEqual(
          order(rest),
          order(all).filter((one) => one !== gone),
        );
      }),
    );
  });

  it('the order in which the nodes are listed does not matter', () => {
    fc.assert(
      fc.property(arbitraryCluster, ({ name, nodes: all }) => {
        assert.deepEqual(
          place(name, { nodes: all }).members,
          place(name, { nodes: all.toReversed() }).members,
        );
      }),
    );
  });
});

it('the most preferred nodes of a thousand VirtualIPs are spread over ten nodes', () => {
  for (const pattern of [(n: number) => `web-${String(n)}`, (n: number) => `vip${String(n)}`, String]) {
    const holders = new Map<string, number>();
    for (let number = 0; number < 1000; number += 1) {
      const holder = place(pattern(number), { nodes: nodes(10) }).members[0]?.node.name ?? '';
      holders.set(holder, (holders.get(holder) ?? 0) + 1);
    }
    assert.equal(holders.size, 10);
    // 100 each on average; five standard deviations are 47.
    for (const [name, count] of holders) assert.ok(count > 53 && count < 147, `${name}: ${String(count)}`);
  }
});
