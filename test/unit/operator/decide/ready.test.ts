import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SHORTEST_PERIOD, staleAfter } from '../../../../src/api/v1alpha1/heartbeat.js';
import { decide } from '../../../../src/operator/decide/decide.js';
import type { Input } from '../../../../src/operator/decide/types.js';
import { NOW, UNHEARD, condition, deployed, later, node, nodes, told, virtualIP } from './cluster.js';

const STALE = staleAfter(SHORTEST_PERIOD);
const THREE = deployed();
const ACTIVE = { state: 'Active' } as const;

type Seen = Readonly<{
  input: Input;
  holder: string | undefined;
  ready: string;
  says?: RegExp;
  splitBrain?: string;
}>;

const all: Readonly<Record<string, Seen>> = {
  'nobody has reported': {
    input: THREE,
    holder: undefined,
    ready: 'Unknown Pending',
    says: /No agent has reported yet/,
  },
  'one is Active and the others are Backup': {
    input: told(THREE, { 'edge-1': ACTIVE, 'edge-2': {}, 'edge-3': {} }),
    holder: 'edge-1',
    ready: 'True Held',
    says: /^edge-1 holds the addresses\.$/,
  },
  'one is Active, and the others have not reported': {
    input: told(THREE, { 'edge-1': ACTIVE }),
    holder: 'edge-1',
    ready: 'True Held',
  },
  'one is Active and does not have the addresses': {
    input: told(THREE, { 'edge-1': { ...ACTIVE, held: [] }, 'edge-2': {}, 'edge-3': {} }),
    holder: 'edge-1',
    ready: 'False AddressesMissing',
    says: /192\.0\.2\.100\/24 is not on its interface/,
  },
  'one is Active and has not heard of an address that was added': {
    input: told(THREE, {
      'edge-1': { ...ACTIVE, held: [], observedGeneration: 0 },
      'edge-2': {},
      'edge-3': {},
    }),
    holder: 'edge-1',
    ready: 'True Held',
  },
  'one has just given up to another, whose report is on its way': {
    input: told(THREE, {
      'edge-1': { active: { source: '192.0.2.12', priority: 253 }, heardAt: NOW - 100 },
      'edge-2': { source: '192.0.2.12', heardAt: NOW - 5_000 },
      'edge-3': {},
    }),
    holder: 'edge-2',
    ready: 'True Held',
    says: /^edge-2 holds the addresses\.$/,
  },
  'one gave up to another some time ago, and no report came': {
    input: told(THREE, {
      'edge-1': { active: { source: '192.0.2.12', priority: 253 }, heardAt: NOW - 2_000 },
      'edge-2': { source: '192.0.2.12', heardAt: NOW - 5_000 },
      'edge-3': {},
    }),
    holder: undefined,
    ready: 'False NoHolder',
  },
  'the owner has its own addresses, with whatever length': {
    input: told(deployed({ virtualIP: virtualIP({ nodes: [{ name: 'edge-1', priority: 255 }] }) }), {
      'edge-1': { ...ACTIVE, held: [] },
    }),
    holder: 'edge-1',
    ready: 'True Held',
  },
  'all are out of the election': {
    input: told(THREE, {
      'edge-1': { state: 'Initialize', because: 'linkDown' },
      'edge-2': { state: 'Initialize', because: 'interfaceMissing' },
      'edge-3': { state: 'Initialize', because: 'trackingFailed' },
    }),
    holder: undefined,
    ready: 'False NoHolder',
    says: /edge-1 is Initialize, because its link is down; edge-2 is Initialize, because its interface does not exist/,
  },
  'no node is selected': {
    input: deployed({ virtualIP: virtualIP({ nodeSelector: { matchLabels: { role: 'edge' } } }) }),
    holder: undefined,
    ready: 'False NoMembers',
    says: /spec\.nodeSelector/,
  },
  'no node is Ready': {
    input: deployed({ nodes: [node('edge-1', { ready: false })] }),
    holder: undefined,
    ready: 'False NoMembers',
    says: /No node of the cluster is Ready/,
  },
  'the Active node falls silent, and nobody says a word of it': {
    input: told(THREE, { 'edge-1': { ...ACTIVE, heardAt: NOW - STALE }, 'edge-2': {}, 'edge-3': {} }),
    holder: undefined,
    ready: 'Unknown HolderUnknown',
    says: /nothing is heard from edge-1 \(look at the agent pod there\)/,
  },
  'a moment before, it is still believed': {
    input: told(THREE, { 'edge-1': { ...ACTIVE, heardAt: NOW - STALE + 1 }, 'edge-2': {}, 'edge-3': {} }),
    holder: 'edge-1',
    ready: 'True Held',
  },
  'an agent that renews another entry is heard': {
    input: told(THREE, { 'edge-1': { ...ACTIVE, heardAt: NOW - 10 * STALE, agentHeardAt: NOW - 1 } }),
    holder: 'edge-1',
    ready: 'True Held',
  },
  'an agent of which another virtual router asks for slower heartbeats is believed for longer': {
    input: {
      ...told(THREE, { 'edge-1': { ...ACTIVE, heardAt: NOW - STALE - 1 } }),
      heartbeats: new Map([['edge-1', 50_000]]),
    },
    holder: 'edge-1',
    ready: 'True Held',
  },
  'the Active node is silent, but others hear its adverts': {
    input: told(THREE, {
      'edge-1': { ...ACTIVE, source: '192.0.2.11', heardAt: NOW - STALE },
      'edge-2': { active: { source: '192.0.2.11', priority: 254 } },
      'edge-3': { active: { source: '192.0.2.11', priority: 254 } },
    }),
    holder: 'edge-1',
    ready: 'True HeldUnreported',
    says: /edge-1 holds the addresses, as edge-2 and edge-3 hear, but does not report it: look at the agent pod/,
  },
  'a node that never reported is known by its address': {
    input: told(deployed({ nodes: [node('a', { addresses: ['198.51.100.7', '192.0.2.11'] }), node('b')] }), {
      b: { active: { source: '192.0.2.11', priority: 254 } },
    }),
    holder: 'a',
    ready: 'True HeldUnreported',
  },
  'what a Backup hears is out of date when the node itself says otherwise': {
    input: told(THREE, {
      'edge-1': { state: 'Backup', source: '192.0.2.11' },
      'edge-2': { active: { source: '192.0.2.11', priority: 254 } },
      'edge-3': {},
    }),
    holder: undefined,
    ready: 'False NoHolder',
  },
  'a stranger is Active': {
    input: told(THREE, {
      'edge-1': { active: { source: '192.0.2.7', priority: 255 } },
      'edge-2': {},
      'edge-3': {},
    }),
    holder: undefined,
    ready: 'False HeldOutside',
    says: /edge-1 hears 192\.0\.2\.7 as the Active router of VRID 1/,
  },
  'two say Active: who did so last has it': {
    input: told(THREE, {
      'edge-1': { ...ACTIVE, heardAt: NOW - 10_000 },
      'edge-2': { ...ACTIVE, heardAt: NOW - 500 },
    }),
    holder: 'edge-2',
    ready: 'True Held',
    splitBrain: 'False NoSplitBrain',
  },
  'an entry that was on its way during the takeover means nothing yet': {
    input: told(THREE, {
      'edge-1': { ...ACTIVE, seenAt: NOW - 60_000, heardAt: NOW - 1_000 },
      'edge-2': { ...ACTIVE, heardAt: NOW - 3_000 },
    }),
    holder: 'edge-2',
    ready: 'True Held',
    splitBrain: 'False NoSplitBrain',
  },
  'it means something when it has not been taken back after 4 s': {
    input: told(THREE, {
      'edge-1': { ...ACTIVE, seenAt: NOW - 60_000, heardAt: NOW - 3_900 },
      'edge-2': { ...ACTIVE, heardAt: NOW - 4_000 },
    }),
    holder: 'edge-2',
    ready: 'False SplitBrain',
    splitBrain: 'True SplitBrain',
    says: /edge-1 and edge-2 are both Active for the addresses/,
  },
  'so does an entry that comes 2 s after the takeover': {
    input: told(THREE, {
      'edge-1': { ...ACTIVE, seenAt: NOW - 60_000, heardAt: NOW - 10 },
      'edge-2': { ...ACTIVE, heardAt: NOW - 2_100 },
    }),
    holder: 'edge-2',
    ready: 'False SplitBrain',
    splitBrain: 'True SplitBrain',
  },
  'an agent that says other things long after the takeover stands by this one': {
    input: told(THREE, {
      'edge-1': { ...ACTIVE, heardAt: NOW - 60_000, agentHeardAt: NOW - 10 },
      'edge-2': { ...ACTIVE, heardAt: NOW - 10_100 },
    }),
    holder: 'edge-2',
    ready: 'False SplitBrain',
    splitBrain: 'True SplitBrain',
  },
  'three at once': {
    input: told(THREE, {
      'edge-3': { ...ACTIVE, seenAt: NOW - 60_000, heardAt: NOW - 10 },
      'edge-1': { ...ACTIVE, seenAt: NOW - 50_000, heardAt: NOW - 10 },
      'edge-2': { ...ACTIVE, heardAt: NOW - 5_000 },
    }),
    holder: 'edge-2',
    ready: 'False SplitBrain',
    splitBrain: 'True SplitBrain',
    says: /edge-1, edge-2 and edge-3 are all Active/,
  },
  'a rival that falls silent is not believed any more': {
    input: told(THREE, {
      'edge-1': { ...ACTIVE, seenAt: NOW - 90_000, heardAt: NOW - STALE },
      'edge-2': { ...ACTIVE, seenAt: NOW - 80_000, heardAt: NOW - 10 },
    }),
    holder: 'edge-2',
    ready: 'True Held',
    splitBrain: 'False NoSplitBrain',
  },
  'a node that has been left out may be Active until its agent hears of it': {
    input: { ...told(THREE, { gone: ACTIVE, 'edge-2': {}, 'edge-3': {}, 'edge-1': {} }) },
    holder: 'gone',
    ready: 'True Held',
  },
};

describe('who holds the addresses', () => {
  for (const [title, { input, holder, ready, says, splitBrain }] of Object.entries(all))
    it(title, () => {
      const decision = decide(input);
      assert.equal(decision.status.holder, holder);
      assert.equal(condition(decision, 'Ready').is, ready);
      if (says !== undefined) assert.match(condition(decision, 'Ready').message, says);
      if (splitBrain !== undefined) assert.equal(condition(decision, 'SplitBrain').is, splitBrain);
    });
});

describe('an operator that has just begun to watch', () => {
  const fresh: Input = { ...THREE, virtualIP: virtualIP(), watchingSince: NOW - 1_000 };

  it('believes what it finds', () => {
    const decision = decide(told(fresh, { 'edge-1': { ...ACTIVE, ...UNHEARD }, 'edge-2': UNHEARD }));
    assert.equal(condition(decision, 'Ready').is, 'True Held');
    assert.equal(decision.status.holder, 'edge-1');
  });

  it('stops doing so when nothing more is heard', () => {
    const input = told({ ...fresh, watchingSince: NOW - STALE }, { 'edge-1': { ...ACTIVE, ...UNHEARD } });
    assert.equal(condition(decide(input), 'Ready').is, 'Unknown HolderUnknown');
  });

  it('does not believe a node that its predecessor had given up, unless it has spoken since', () => {
    const input = told(fresh, {
      'edge-1': { ...ACTIVE, ...UNHEARD, heartbeat: '2026-01-02T03:00:00.000Z' },
    });
    const readyAfter = (givenUp: string) => {
      const status = { nodes: [{ name: 'edge-1', state: 'Unknown' as const, lastTransitionTime: givenUp }] };
      return condition(decide({ ...input, virtualIP: { ...input.virtualIP, status } }), 'Ready').is;
    };
    assert.equal(readyAfter('2026-01-02T03:00:30Z'), 'Unknown HolderUnknown');
    assert.equal(readyAfter('2026-01-02T02:59:59Z'), 'True Held');
  });

  it('takes the claim that is newer by the clocks of the nodes', () => {
    const decision = decide(
      told(fresh, {
        'edge-1': { ...ACTIVE, ...UNHEARD, since: '2026-01-01T10:00:00.000Z' },
        'edge-2': { ...ACTIVE, ...UNHEARD, since: '2026-01-01T10:00:01.000Z' },
      }),
    );
    assert.equal(decision.status.holder, 'edge-2');
    assert.equal(condition(decision, 'SplitBrain').is, 'False NoSplitBrain');
  });

  it('takes the one that speaks, whatever the clocks say', () => {
    const decision = decide(
      told(fresh, {
        'edge-1': { ...ACTIVE, seenAt: null, heardAt: NOW - 10, since: '2026-01-01T10:00:00.000Z' },
        'edge-2': { ...ACTIVE, ...UNHEARD, since: '2026-01-01T10:00:01.000Z' },
      }),
    );
    assert.equal(decision.status.holder, 'edge-1');
    assert.equal(condition(decision, 'SplitBrain').is, 'False NoSplitBrain');
  });

  it('calls it a split brain when both speak', () => {
    const input = told(
      { ...fresh, watchingSince: NOW - 15_000 },
      {
        'edge-1': { ...ACTIVE, seenAt: null, heardAt: NOW - 5_000 },
        'edge-2': { ...ACTIVE, seenAt: null, heardAt: NOW - 10 },
      },
    );
    assert.equal(condition(decide(input), 'SplitBrain').is, 'True SplitBrain');
  });
});

describe('both address families', () => {
  const DUAL = deployed({ virtualIP: virtualIP({ addresses: ['192.0.2.100/24', '2001:db8::100/64'] }) });
  const both = (four: Parameters<typeof told>[1], six: Parameters<typeof told>[1]) =>
    decide(told(told(DUAL, four), six, 'IPv6'));

  it('held by one node are one sentence', () => {
    const decision = both({ 'edge-1': ACTIVE, 'edge-2': {} }, { 'edge-1': ACTIVE, 'edge-2': {} });
    assert.equal(condition(decision, 'Ready').is, 'True Held');
    assert.equal(condition(decision, 'Ready').message, 'edge-1 holds the addresses.');
    assert.equal(decision.status.backups, 1);
  });

  it('held by two nodes are told apart, and the holder is that of IPv4', () => {
    const decision = both({ 'edge-1': ACTIVE, 'edge-2': {} }, { 'edge-1': {}, 'edge-2': ACTIVE });
    assert.equal(condition(decision, 'Ready').is, 'True HeldApart');
    assert.equal(
      condition(decision, 'Ready').message,
      'edge-1 holds the IPv4 addresses. edge-2 holds the IPv6 addresses.',
    );
    assert.equal(decision.status.holder, 'edge-1');
    assert.equal(decision.status.backups, 0);
  });

  it('are not ready when one of them is not', () => {
    const out = { state: 'Initialize', because: 'noSourceAddress' } as const;
    const decision = both(
      { 'edge-1': ACTIVE, 'edge-2': {}, 'edge-3': {} },
      { 'edge-1': out, 'edge-2': out, 'edge-3': out },
    );
    assert.equal(condition(decision, 'Ready').is, 'False NoHolder');
    assert.equal(decision.status.holder, 'edge-1');
    assert.match(condition(decision, 'Ready').message, /No node holds the IPv6 addresses/);
  });
});

describe('looking again', () => {
  it('is due when the first entry grows stale', () => {
    const input = told(THREE, {
      'edge-1': { ...ACTIVE, heardAt: NOW - 1_000 },
      'edge-2': { heardAt: NOW - 4_000 },
    });
    assert.equal(decide(input).recheckAfter, STALE - 4_000 + 1);
  });

  it('is due when a claim has not been taken back', () => {
    const input = told(THREE, {
      'edge-1': { ...ACTIVE, seenAt: NOW - 9_000, heardAt: NOW - 900 },
      'edge-2': { ...ACTIVE, heardAt: NOW - 1_000 },
    });
    const { recheckAfter } = decide(input);
    assert.equal(recheckAfter, 3_001);
    assert.equal(condition(decide(later(input, recheckAfter)), 'SplitBrain').is, 'True SplitBrain');
  });

  it('is not due when nobody has said anything', () => assert.equal(decide(THREE).recheckAfter, null));

  it('finds the silence that it was due for', () => {
    const input = told(deployed({ nodes: nodes(1) }), { 'edge-1': ACTIVE });
    const { recheckAfter } = decide(input);
    assert.ok(recheckAfter !== null);
    assert.equal(condition(decide(later(input, recheckAfter)), 'Ready').is, 'Unknown HolderUnknown');
  });
});
