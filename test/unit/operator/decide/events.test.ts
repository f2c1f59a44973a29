import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SHORTEST_PERIOD, staleAfter } from '../../../../src/api/v1alpha1/heartbeat.js';
import { REASONS } from '../../../../src/api/v1alpha1/reasons.js';
import { claimOf } from '../../../../src/operator/decide/claim.js';
import { decide } from '../../../../src/operator/decide/decide.js';
import type { Input } from '../../../../src/operator/decide/types.js';
import { NOW, carriedOut, deployed, inputOf, nodes, told, virtualIP } from './cluster.js';

const ACTIVE = { state: 'Active' } as const;
const BEFORE = carriedOut(deployed());
const HELD = carriedOut(told(BEFORE, { 'edge-1': ACTIVE, 'edge-2': {}, 'edge-3': {} }));

/** `TYPE REASON` of each event. */
const kinds = (input: Input): readonly string[] =>
  decide(input).events.map(({ type, reason }) => `${type} ${reason}`);
const messages = (input: Input): string =>
  decide(input)
    .events.map(({ message }) => message)
    .join(' ');

const edited = (input: Input, spec: Parameters<typeof virtualIP>[0], generation = 2): Input => ({
  ...input,
  virtualIP: {
    ...input.virtualIP,
    metadata: { ...input.virtualIP.metadata, generation },
    spec: { ...input.virtualIP.spec, ...spec },
  },
});

describe('an event tells', () => {
  const torn = told(HELD, {
    'edge-1': { ...ACTIVE, seenAt: NOW - 60_000, heardAt: NOW - 10 },
    'edge-2': { ...ACTIVE, heardAt: NOW - 5_000 },
  });
  const ill = { problems: [{ code: 'X', message: 'x is broken', remedy: 'mend it' }] };
  const cases: Readonly<Record<string, readonly [input: Input, expected: readonly string[], says?: RegExp]>> =
    {
      'which VRID was picked': [inputOf(), ['Normal VRIDAllocated'], /VRID 1 was free/],
      'nothing of a VRID that was asked for': [inputOf({ virtualIP: virtualIP({ vrid: 7 }) }), []],
      'that a node holds the addresses at last': [
        told(BEFORE, { 'edge-1': ACTIVE }),
        ['Normal HolderChanged'],
        /^edge-1 holds the addresses: it heard no advertisement in time\.$/,
      ],
      'from where to where they moved, and why': [
        told(HELD, { 'edge-2': { ...ACTIVE, because: 'resignation' }, 'edge-1': {} }),
        ['Normal HolderChanged'],
        /^The addresses moved from edge-1 to edge-2: the node that was Active resigned\.$/,
      ],
      'that the holder is lost': [
        told(HELD, { 'edge-1': { ...ACTIVE, heardAt: NOW - staleAfter(SHORTEST_PERIOD) } }),
        ['Warning HolderLost', 'Warning NodesSilent'],
        /^edge-1 held the addresses\. No node says that it holds the addresses, and nothing is heard from edge-1/,
      ],
      'that two nodes are Active': [torn, ['Warning SplitBrain', 'Normal HolderChanged']],
      'that it is over': [
        told(carriedOut(torn), { 'edge-1': {} }),
        ['Normal NoSplitBrain'],
        /^Only one node says that it is Active again\.$/,
      ],
      'that a spec is refused': [
        edited(HELD, { addresses: ['192.0.2.300'] }),
        ['Warning Invalid'],
        /spec\.addresses\[0\]/,
      ],
      'nothing of the same refusal again': [carriedOut(edited(HELD, { vrid: 300 })), []],
      'that another edit is refused as well': [
        edited(carriedOut(edited(HELD, { vrid: 300 })), { vrid: 301 }, 3),
        ['Warning Invalid'],
        /301/,
      ],
      'that a spec is good again': [
        edited(carriedOut(edited(HELD, { vrid: 300 })), { vrid: 1 }, 3),
        ['Normal Accepted'],
      ],
      'that the last Backup is gone': [
        told(HELD, {
          'edge-2': { state: 'Initialize', because: 'linkDown' },
          'edge-3': { state: 'Initialize', because: 'stopping' },
        }),
        ['Warning NoBackup'],
      ],
      'that a node has problems': [
        told(HELD, { 'edge-2': ill }),
        ['Warning NodeProblems'],
        /^edge-2: x is broken; mend it\.$/,
      ],
      'nothing of more problems': [told(carriedOut(told(HELD, { 'edge-2': ill })), { 'edge-3': ill }), []],
      'that all is well again': [
        told(carriedOut(told(HELD, { 'edge-2': ill })), { 'edge-2': {} }),
        ['Normal AllWell'],
      ],
      'nothing of what has been told': [HELD, []],
      'nothing again after the operator has started again': [
        { ...HELD, observations: new Map(), agentHeardAt: new Map(), watchingSince: NOW },
        [],
      ],
    };
  for (const [title, [input, expected, says]] of Object.entries(cases))
    it(title, () => {
      assert.deepEqual(kinds(input), expected, messages(input));
      if (says !== undefined) assert.match(messages(input), says);
    });

  it('that a VRID had to give way', () => {
    const other = carriedOut(
      inputOf({ virtualIP: virtualIP({ interface: 'eth1', addresses: ['192.0.2.7'] }, { name: 'other' }) }),
    );
    const here = carriedOut(inputOf({ virtualIP: virtualIP({ interface: 'eth0' }), nodes: nodes(2) }));
    const moved = {
      ...edited(here, { interface: 'eth1' }),
      claims: [claimOf(other.virtualIP, other.virtualRouters)],
    };
    assert.deepEqual(kinds(moved), ['Normal VRIDAllocated']);
    assert.match(messages(moved), /^VRID 2 replaces 1,/);
  });
});

it('every reason of conditions and events is in the catalogue', () => {
  for (const { reason } of decide(inputOf()).status.conditions ?? [])
    assert.ok(Object.hasOwn(REASONS, reason), reason);
});
