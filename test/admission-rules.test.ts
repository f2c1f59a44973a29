import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { virtualIPRules } from '../scripts/crds/admission-rules.js';
import { validateVirtualIP } from '../src/api/v1alpha1/validate.js';
import { refusals } from './unit/api/admission.js';
import { virtualIP } from './unit/api/example.js';
import { specs } from './unit/api/random-specs.js';

/*
 * The rules by which the API server refuses a VirtualIP, evaluated by a CEL engine, against those by which the operator
 * does.
 */

const problemsOf = (spec: Readonly<Record<string, unknown>>): readonly string[] =>
  validateVirtualIP({ ...virtualIP(), spec }, 'cluster').problems.map(
    ({ path, problem }) => `${path}: ${problem}`,
  );

/** What the API server cannot tell, and the operator does in the status of the object. */
const OPERATOR_ALONE: readonly RegExp[] = [
  // Arithmetic on addresses, and two spellings of one IPv6 address.
  /^spec[.]addresses\[\d+\]: .* is the network or broadcast address of/,
  /^spec[.]addresses\[\d+\]: .* is the same address as/,
  /^spec[.]unicast[.]peers\[\d+\]: .* is listed twice/,
  /^spec[.]unicast[.]peers\[\d+\]: .* is one of the virtual addresses/,
  /^spec[.][^ ]*: "[^"]*:[^"]*" is not an IPv4 or IPv6 address/,
  /^spec[.][^ ]*: "[^"]*:[^"]*" is (the unspecified|a loopback|a multicast|an IPv4-mapped)/,
  // With others after it, which say nothing of the interface either.
  /^spec[.]addresses\[\d+\]: is link-local/,
  // A probe without a name is called by its target.
  /^spec[.]track[.]probes\[\d+\]: has the same target as/,
  // Parts of a millisecond.
  /^spec[.]advertisementInterval: must be .*, is .*[.]/,
  /^spec[.][^ ]*: "[^"]*" is finer than a microsecond/,
  // Lists that are maps, as the schema says.
  /^spec[.](nodes|track[.]interfaces)\[\d+\][.]name: .* is in .* already/,
];

const RUNS = { numRuns: 4_000 };

type Spec = Readonly<Record<string, unknown>>;

const IPV4 = '192.0.2.100/24';
const many = (count: number, prefix: string, suffix = ''): readonly string[] =>
  Array.from(
    { length: count },
    (_, index) => `${prefix}${(index + 1).toString(prefix.includes(':') ? 16 : 10)}${suffix}`,
  );

const selecting = (operator: string, values?: readonly string[]): object => ({
  matchExpressions: [{ key: 'zone', operator, ...(values === undefined ? {} : { values }) }],
});
const probing = (...probes: readonly object[]): Spec => ({ track: { probes } });
const tcpSocket = { port: 80 };

/** One mistake each, where the rule is, and a part of what it says. */
const MISTAKES: readonly (readonly [at: string, says: RegExp, spec: Spec])[] = [
  ['spec.addresses[]', /IPv4 address such as/, { addresses: ['192.0.2.300'] }],
  ['spec.addresses[]', /IPv4 address such as/, { addresses: ['192.0.2.1/33'] }],
  ['spec.addresses[]', /IPv6 address such as/, { addresses: ['2001:db8:1/64'] }],
  ['spec.addresses[]', /loopback, multicast, reserved/, { addresses: ['224.0.0.18'] }],
  ['spec.addresses[]', /unspecified, loopback/, { addresses: ['::1/128'] }],
  ['spec.addresses', /twice/, { addresses: [IPV4, '192.0.2.1', IPV4] }],
  ['spec.addresses', /255 IPv4/, { addresses: [...many(200, '192.0.2.'), ...many(56, '198.51.100.')] }],
  ['spec.addresses', /89 IPv6/, { addresses: many(90, '2001:db8::') }],
  ['spec', /link-local/, { addresses: [IPV4, 'fe80::1/64', 'FE80::2'] }],
  ['spec', /in steps of 10ms/, { advertisementInterval: '15ms' }],
  ['spec', /10ms to 40.95s/, { advertisementInterval: '41s' }],
  ['spec', /whole seconds/, { vrrpVersion: 2, advertisementInterval: '500ms' }],
  ['spec', /whole seconds/, { vrrpVersion: 2, advertisementInterval: '1500ms' }],
  ['spec', /must be IPv4 with vrrpVersion 2/, { vrrpVersion: 2, addresses: ['2001:db8::1'] }],
  ['spec', /authentication is for/, { authentication: { type: 'Password', secretRef: { name: 'vrrp' } } }],
  ['spec', /checksum MessageOnly/, { checksum: 'MessageOnly', vrrpVersion: 2 }],
  ['spec', /checksum MessageOnly/, { checksum: 'MessageOnly', addresses: ['2001:db8::1'] }],
  ['spec.priority', /at most 254/, { priority: 255 }],
  [
    'spec.nodes',
    /255 to more than one/,
    {
      nodes: [
        { name: 'a', priority: 255 },
        { name: 'b', priority: 255 },
      ],
    },
  ],
  ['spec.interface', /lo has no neighbours/, { interface: 'lo' }],
  ['spec.nodes[].interface', /lo has no neighbours/, { nodes: [{ name: 'a', interface: 'lo' }] }],
  ['spec.preemption.delay', /1000s/, { preemption: { delay: '1001s' } }],
  ['spec.preemption', /NoPreempt never/, { preemption: { mode: 'NoPreempt', delay: '1s' } }],
  ['spec.nodeSelector.matchExpressions[]', /must have values/, { nodeSelector: selecting('In', []) }],
  ['spec.authentication', /must name the Secret/, { vrrpVersion: 2, authentication: { type: 'Password' } }],
  ['spec.authentication', /the type is None/, { authentication: { secretRef: { name: 'vrrp' } } }],
  ['spec.unicast', /minHopLimit/, { unicast: { maxHopLimit: 254 } }],
  ['spec.unicast', /peers are given/, { unicast: { peers: ['192.0.2.1'] } }],
  ['spec.unicast.peers[]', /IPv4 address such as/, { unicast: { mode: 'Unicast', peers: ['192.0.2.1.2'] } }],
  ['spec.unicast.peers[]', /IPv6 address such as/, { unicast: { mode: 'Unicast', peers: ['1:2:3'] } }],
  [
    'spec.unicast.peers[]',
    /loopback, multicast, reserved/,
    { unicast: { mode: 'Auto', peers: ['127.0.0.1'] } },
  ],
  ['spec.unicast.peers[]', /unspecified, loopback/, { unicast: { mode: 'Auto', peers: ['ff02::12'] } }],
  ['spec.announcement.delay', /1h/, { announcement: { delay: '1h1s' } }],
  ['spec.announcement.refresh', /1s to 24h/, { announcement: { refresh: '500ms' } }],
  ['spec.track.pods.selector', /every pod/, { track: { pods: { selector: { matchLabels: {} } } } }],
  [
    'spec.track.pods.selector.matchExpressions[]',
    /none with Exists/,
    { track: { pods: { selector: selecting('Exists', ['a']) } } },
  ],
  [
    'spec.track.pods.weight',
    /must not be 0/,
    { track: { pods: { selector: selecting('Exists'), weight: 0 } } },
  ],
  [
    'spec.track.interfaces[].weight',
    /must not be 0/,
    { track: { interfaces: [{ name: 'eth1', weight: 0 }] } },
  ],
  [
    'spec.track.probes',
    /one name/,
    probing({ name: 'a', tcpSocket }, { tcpSocket: { port: 81 } }, { name: 'a', tcpSocket: { port: 82 } }),
  ],
  ['spec.track.probes[]', /exactly one/, probing({})],
  ['spec.track.probes[]', /exactly one/, probing({ tcpSocket, httpGet: { port: 80 } })],
  ['spec.track.probes[]', /to the period/, probing({ tcpSocket, timeout: '1001ms' })],
  ['spec.track.probes[]', /10ms/, probing({ tcpSocket, timeout: '9ms' })],
  ['spec.track.probes[].weight', /must not be 0/, probing({ tcpSocket, weight: 0 })],
  [
    'spec.track.probes[].httpGet.host',
    /IPv4 address such as/,
    probing({ httpGet: { port: 80, host: '1.2.3' } }),
  ],
  [
    'spec.track.probes[].httpGet.host',
    /IPv6 address such as/,
    probing({ httpGet: { port: 80, host: ':::' } }),
  ],
  ['spec.track.probes[].httpGet.host', /one host/, probing({ httpGet: { port: 80, host: '0.0.0.0' } })],
  [
    'spec.track.probes[].tcpSocket.host',
    /IPv4 address such as/,
    probing({ tcpSocket: { port: 80, host: '.' } }),
  ],
  [
    'spec.track.probes[].tcpSocket.host',
    /IPv6 address such as/,
    probing({ tcpSocket: { port: 80, host: '1:2' } }),
  ],
  ['spec.track.probes[].tcpSocket.host', /one host/, probing({ tcpSocket: { port: 80, host: 'ff02::1' } })],
];

describe('the rules of the API server', () => {
  for (const [at, says, fields] of MISTAKES)
    it(`refuse at ${at} ${JSON.stringify(fields).slice(0, 100)}`, () => {
      const found = refusals({ addresses: [IPV4], ...fields });
      assert.equal(found.length, 1, found.join('; '));
      assert.ok(found[0]?.startsWith(`${at}: `), found[0]);
      assert.match(found[0] ?? '', says);
    });

  it('are each shown by a mistake', () => {
    const shown = new Set(MISTAKES.flatMap(([, , fields]) => refusals({ addresses: [IPV4], ...fields })));
    assert.deepEqual(
      virtualIPRules.map(({ at, message }) => `${at}: ${message}`).filter((each) => !shown.has(each)),
      [],
    );
  });

  it('never refuse what the operator accepts', () => {
    let accepted = 0;
    fc.assert(
      fc.property(specs, (value) => {
        if (problemsOf(value).length > 0) return;
        accepted += 1;
        assert.deepEqual(refusals(value), []);
      }),
      RUNS,
    );
    assert.ok(accepted > RUNS.numRuns / 10, `only ${String(accepted)} specs were good`);
  });

  it('refuse what the operator refuses, but for what they cannot know', () => {
    let refused = 0;
    fc.assert(
      fc.property(specs, (value) => {
        if (refusals(value).length > 0) {
          refused += 1;
          return;
        }
        const missed = problemsOf(value).filter(
          (problem) => !OPERATOR_ALONE.some((known) => known.test(problem)),
        );
        assert.deepEqual(missed, []);
      }),
      RUNS,
    );
    assert.ok(refused > RUNS.numRuns / 10, `only ${String(refused)} specs were bad`);
  });
});
