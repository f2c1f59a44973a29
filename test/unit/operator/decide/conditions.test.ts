import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SHORTEST_PERIOD, staleAfter } from '../../../../src/api/v1alpha1/heartbeat.js';
import type { ConditionType } from '../../../../src/operator/decide/conditions/claimed.js';
import { decide } from '../../../../src/operator/decide/decide.js';
import type { Input } from '../../../../src/operator/decide/types.js';
import {
  NOW,
  carriedOut,
  condition,
  deployed,
  inputOf,
  later,
  node,
  nodes,
  told,
  virtualIP,
} from './cluster.js';

const SILENT = { heardAt: NOW - staleAfter(SHORTEST_PERIOD) };
const ACTIVE = { state: 'Active' } as const;
const DOWN = { state: 'Initialize', because: 'linkDown' } as const;
const THREE = deployed();
const HEALTHY = told(THREE, { 'edge-1': ACTIVE, 'edge-2': {}, 'edge-3': {} });
const notReady = (...names: readonly string[]) =>
  nodes(3).map((one) => (names.includes(one.name) ? { ...one, ready: false } : one));

type Case = Readonly<{ input: Input; is: string; says?: RegExp; not?: RegExp }>;

function check(type: ConditionType, cases: Readonly<Record<string, Case>>): void {
  for (const [title, { input, is, says, not }] of Object.entries(cases))
    it(title, () => {
      const found = condition(decide(input), type);
      assert.equal(found.is, is, found.message);
      if (says !== undefined) assert.match(found.message, says);
      if (not !== undefined) assert.doesNotMatch(found.message, not);
    });
}

describe('Programmed', () => {
  check('Programmed', {
    'before the VirtualRouters are written': { input: inputOf(), is: 'False Pending' },
    'while a change of them is to be written': {
      input: { ...HEALTHY, virtualIP: virtualIP({ vrid: 9 }) },
      is: 'False Pending',
      says: /about to be told/,
    },
    'before the agents report, with what is known of their pods': {
      input: {
        ...told(THREE, { 'edge-1': {} }),
        agentPods: new Map([['edge-2', 'Failing']]),
      },
      is: 'False AgentsMissing',
      says: /edge-3: no report yet, no agent pod runs there.*edge-2: no report yet, the agent pod fails/,
      not: /edge-1/,
    },
    'when all run the present generation': { input: HEALTHY, is: 'True Programmed' },
    'when some run an earlier generation': {
      input: told(HEALTHY, {
        'edge-1': { ...ACTIVE, observedGeneration: 0 },
        'edge-3': { observedGeneration: 0 },
      }),
      is: 'False Pending',
      says: /^edge-1 and edge-3 run an earlier configuration still/,
    },
    'when an agent has nothing running': {
      input: told(HEALTHY, { 'edge-3': { ...DOWN, observedGeneration: undefined } as object }),
      is: 'False Pending',
      says: /^edge-3 runs an earlier/,
    },
    'without waiting for a node that is silent and not Ready': {
      input: {
        ...told(HEALTHY, { 'edge-3': { ...SILENT, observedGeneration: 0 } }),
        nodes: notReady('edge-3'),
      },
      is: 'True Programmed',
      says: /edge-3: not heard and not Ready; not waited for/,
    },
    'but for one that is silent and Ready': {
      input: told(HEALTHY, { 'edge-3': { ...SILENT, observedGeneration: 0 } }),
      is: 'False Pending',
      says: /edge-3/,
    },
    'when no node takes part': { input: deployed({ nodes: [] }), is: 'False NoMembers' },
    'when the spec is refused': {
      input: { ...HEALTHY, virtualIP: virtualIP({ vrid: 256 }) },
      is: 'False NotAccepted',
    },
  });
});

describe('Redundant', () => {
  check('Redundant', {
    'with a Backup': { input: HEALTHY, is: 'True BackupReady' },
    'with one node': {
      input: told(deployed({ nodes: nodes(1) }), { 'edge-1': ACTIVE }),
      is: 'False NoBackup',
      says: /^edge-1 alone takes part; select more nodes/,
    },
    'with nodes that cannot take over': {
      input: told(THREE, { 'edge-1': ACTIVE, 'edge-2': DOWN, 'edge-3': SILENT }),
      is: 'False NoBackup',
      says: /^No node waits as Backup: edge-2 is Initialize and edge-3 is not heard\.$/,
    },
    'with none': { input: deployed({ nodes: [] }), is: 'False NoMembers' },
  });
});

describe('Degraded', () => {
  const problem = { code: 'LinkDown', message: 'interface eth9 is down', remedy: 'ip link set eth9 up' };
  check('Degraded', {
    'when nobody complains': { input: HEALTHY, is: 'False AllWell' },
    'when agents that never reported are missing, which Programmed tells': {
      input: THREE,
      is: 'False AllWell',
    },
    'when agents complain: the same from several nodes once': {
      input: told(HEALTHY, {
        'edge-1': { ...ACTIVE, problems: [{ code: 'A', message: 'a is odd', remedy: 'mend a' }] },
        'edge-3': { ...DOWN, problems: [problem] },
        'edge-2': { ...DOWN, problems: [problem] },
      }),
      is: 'True NodeProblems',
      says: /^edge-1: a is odd; mend a\. edge-2 and edge-3: interface eth9 is down; ip link set eth9 up\.$/,
    },
    'when an agent is silent': {
      input: told(HEALTHY, { 'edge-2': { ...SILENT, problems: [problem] } }),
      is: 'True NodesSilent',
      says: /^edge-2: not heard any more, look at the agent pod there\.$/,
    },
    'when silent nodes are not Ready': {
      input: {
        ...told(HEALTHY, { 'edge-2': SILENT, 'edge-3': SILENT }),
        nodes: notReady('edge-2', 'edge-3'),
      },
      is: 'True NodesSilent',
      says: /^edge-2 and edge-3: not heard any more, the node is not Ready\.$/,
    },
    'when there are too many nodes': {
      input: deployed({ nodes: nodes(260) }),
      is: 'True TooManyNodes',
      says: /^6 of the selected nodes take no part/,
    },
  });
});

describe('the split brain', () => {
  const torn = (input: Input) =>
    told(input, {
      'edge-1': { ...ACTIVE, seenAt: NOW - 60_000, heardAt: NOW - 1 },
      'edge-2': { ...ACTIVE, heardAt: NOW - 9_000 },
    });
  check('SplitBrain', {
    'names both and what to look at': {
      input: torn(THREE),
      is: 'True SplitBrain',
      says: /edge-1 and edge-2 are both Active.*IP protocol 112.*multicast/,
    },
    'does not speak of multicast where there is none': {
      input: torn(
        deployed({
          virtualIP: virtualIP({ unicast: { mode: 'Unicast' } }),
          nodes: nodes(3).map((one, index) => ({ ...one, addresses: [`192.0.2.${String(index + 1)}`] })),
        }),
      ),
      is: 'True SplitBrain',
      not: /multicast/,
    },
  });
});

describe('every condition', () => {
  const types = ['Accepted', 'Programmed', 'Ready', 'SplitBrain', 'Redundant', 'Degraded'] as const;

  it('keeps its time while its status lasts, and gets a new one with another status', () => {
    const start = carriedOut(HEALTHY);
    const after = later(start, 10_000);
    const [before, same] = [
      decide(start),
      decide(told(after, { 'edge-1': ACTIVE, 'edge-2': DOWN, 'edge-3': {} })),
    ];
    for (const type of types) assert.equal(condition(same, type).since, condition(before, type).since);
    const alone = decide(told(after, { 'edge-1': ACTIVE, 'edge-2': DOWN, 'edge-3': DOWN }));
    assert.equal(condition(alone, 'Redundant').since, '2026-01-02T03:04:15Z');
  });

  it('tells the generation that was looked at', () => {
    const { status } = decide({ ...HEALTHY, virtualIP: virtualIP({}, { generation: 7 }) });
    assert.ok(status.conditions?.every(({ observedGeneration }) => observedGeneration === 7));
    assert.equal(status.observedGeneration, 7);
  });

  it('has a message of bounded length, however many nodes have something to say', () => {
    const crowd = nodes(200);
    const said = Object.fromEntries(
      crowd.map(({ name }) => [
        name,
        {
          ...DOWN,
          problems: [{ code: 'X', message: `${name} ${'x'.repeat(1000)}`, remedy: 'y'.repeat(1000) }],
        },
      ]),
    );
    const { status } = decide(told(deployed({ nodes: crowd }), said));
    for (const { message } of status.conditions ?? []) assert.ok(message.length <= 1024, message);
    for (const { message = '' } of status.nodes ?? []) assert.ok(message.length <= 1024, message);
    assert.match(condition({ status }, 'Degraded').message, /And \d+ more\.$/);
    assert.match(condition({ status }, 'Ready').message, /; and 195 more\.$/);
  });

  it('says the same whatever the order of nodes and entries', () => {
    const reversed = {
      ...HEALTHY,
      nodes: HEALTHY.nodes.toReversed(),
      virtualRouters: HEALTHY.virtualRouters.map((router) => ({
        ...router,
        status: { members: (router.status?.members ?? []).toReversed() },
      })),
    };
    assert.deepEqual(decide(reversed).status, decide(HEALTHY).status);
  });
});

describe('status.nodes', () => {
  const stated = (input: Input) =>
    (decide(input).status.nodes ?? []).map(({ name, state, priority, message = '' }) => ({
      name,
      state,
      priority,
      message,
    }));
  const of = (input: Input, name: string) => {
    const found = stated(input).find((one) => one.name === name);
    assert.ok(found !== undefined);
    return found;
  };

  it('are in the order of preference, with their effective priorities', () => {
    const input = told(HEALTHY, {
      'edge-3': { priority: 204, failing: ['pods default/app=nginx: none is ready'] },
    });
    assert.deepEqual(
      stated(input).map(({ name }) => name),
      input.virtualRouters[0]?.spec.members.map((member) => member.node),
    );
    assert.deepEqual(of(input, 'edge-3'), {
      name: 'edge-3',
      state: 'Backup',
      priority: 204,
      message: 'Failing: pods default/app=nginx: none is ready.',
    });
  });

  it('say why a node is out of the election', () => {
    assert.equal(
      of(told(HEALTHY, { 'edge-2': DOWN }), 'edge-2').message,
      'Out of the election, because its link is down.',
    );
  });

  it('are Unknown when silent, since that was found out', () => {
    const silent = told(HEALTHY, { 'edge-2': SILENT });
    assert.deepEqual(of(silent, 'edge-2'), {
      name: 'edge-2',
      state: 'Unknown',
      priority: undefined,
      message: 'Not heard any more: look at the agent pod there.',
    });
    const again = decide(later(carriedOut(silent), 5_000)).status.nodes?.find(
      ({ name }) => name === 'edge-2',
    );
    assert.equal(again?.lastTransitionTime, '2026-01-02T03:04:05Z');
  });

  it('are Unknown when another node has taken over since', () => {
    const input = told(THREE, {
      'edge-1': { ...ACTIVE, heardAt: NOW - 9_000 },
      'edge-2': { ...ACTIVE, heardAt: NOW - 5 },
    });
    assert.equal(of(input, 'edge-1').state, 'Unknown');
    assert.match(of(input, 'edge-1').message, /another node has become so since/);
  });

  it('tell families apart when they differ, and have the state of the worse one', () => {
    const dual = deployed({ virtualIP: virtualIP({ addresses: ['192.0.2.100', '2001:db8::1'] }) });
    const input = told(told(dual, { 'edge-1': ACTIVE }), { 'edge-1': { ...DOWN, priority: 7 } }, 'IPv6');
    assert.deepEqual(of(input, 'edge-1'), {
      name: 'edge-1',
      state: 'Initialize',
      priority: 7,
      message: 'IPv4 is Active, IPv6 is Initialize. Out of the election, because its link is down.',
    });
  });
});

describe('the columns of kubectl', () => {
  it('are filled', () => {
    const { holder, holderSince, addresses, backups, vrid, interface: name } = decide(HEALTHY).status;
    assert.deepEqual(
      { holder, holderSince, addresses, backups, vrid, name },
      {
        holder: 'edge-1',
        holderSince: '2026-01-02T00:00:00.000Z',
        addresses: '192.0.2.100',
        backups: 2,
        vrid: 1,
        name: 'eth0',
      },
    );
  });

  it('name two addresses and count the rest', () => {
    const many = virtualIP({ addresses: ['192.0.2.1/24', '2001:db8::1', '192.0.2.2', '192.0.2.3'] });
    assert.equal(decide(inputOf({ virtualIP: many })).status.addresses, '192.0.2.1, 192.0.2.2, +2');
  });

  it('say since when a silent holder holds', () => {
    const input = told(deployed({ nodes: [node('a'), node('b')] }), {
      a: { ...ACTIVE, ...SILENT, source: '192.0.2.1' },
      b: { active: { source: '192.0.2.1', priority: 254 } },
    });
    assert.equal(decide(input).status.holderSince, '2026-01-02T00:00:00.000Z');
  });
});
