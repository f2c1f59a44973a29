import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatFieldPath } from '../../../src/api/v1alpha1/field-path.js';
import { validateVirtualIP } from '../../../src/api/v1alpha1/validate.js';
import { routerSpecs, probeSpecs } from '../../../src/node-agent/desired/router-specs.js';
import { virtualIP } from './example.js';

const FULL = virtualIP({
  addresses: ['192.0.2.100/24', 'fe80::100/64', '2001:db8::100/64'],
  priority: 200,
  interface: 'eth0',
  nodes: [{ name: 'edge-1', priority: 254, interface: 'bond0' }],
  vrrpVersion: 3,
  advertisementInterval: '100ms',
  preemption: { mode: 'Preempt', delay: '5s' },
  authentication: { type: 'None' },
  unicast: { mode: 'Unicast', peers: ['192.0.2.2', '2001:db8::2'], minHopLimit: 250, maxHopLimit: 255 },
  virtualMAC: true,
  track: {
    interfaces: [{ name: 'eth1', weight: -30 }],
    probes: [
      {
        httpGet: { port: 80, path: '/', httpHeaders: [{ name: 'Host', value: 'a' }] },
        periodSeconds: 2,
        weight: -9,
      },
      { tcpSocket: { port: 80, host: '::1' }, timeout: '1s', riseThreshold: 3, failureThreshold: 1 },
    ],
  },
  announcement: { repeat: 3, delay: '1s', refresh: '30s' },
  checksum: 'PseudoHeader',
});

type Path = readonly (string | number)[];

/** Every path in a value. */
const pathsOf = (value: unknown, path: Path = []): Path[] => [
  path,
  ...(Array.isArray(value)
    ? value.flatMap((item, index) => pathsOf(item, [...path, index]))
    : typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, item]) => pathsOf(item, [...path, name]))
      : []),
];

/** The value with something else at `path`. */
function replaced(value: unknown, path: Path, by: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return by;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (index === step ? replaced(item, rest, by) : item));
  return Object.fromEntries(
    Object.entries(value as object).map(([name, item]) => [
      name,
      name === step ? replaced(item, rest, by) : item,
    ]),
  );
}

/** What people write into fields by mistake, besides any JSON at all. */
const slip = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
    '',
    '0s',
    '1e9s',
    '-1',
    '::',
    '::ffff:1.2.3.4',
    '0.0.0.0/0',
    'Password',
    'NoPreempt',
    2,
    3,
    255,
    -253,
  ),
  fc.double(),
  fc.ipV4().map((address) => `${address}/24`),
  fc.ipV6(),
);

/** A judgement holds together: nothing is accepted with problems, and what is accepted can be run. */
function holdsTogether(value: unknown): void {
  for (const surroundings of ['standalone', 'cluster'] as const) {
    const { problems, warnings, accepted } = validateVirtualIP(value, surroundings);
    assert.equal(accepted === null, problems.length > 0);
    for (const { path, at, problem } of [...problems, ...warnings]) {
      assert.equal(path, formatFieldPath(at));
      assert.match(problem, /\S/);
    }
    if (accepted !== null && surroundings === 'standalone') {
      const routers = routerSpecs(accepted, 'edge-1');
      assert.ok(routers.length === 1 || routers.length === 2);
      probeSpecs(
        accepted,
        routers.map(({ key }) => key),
      );
    }
  }
}

describe('the judgement of a VirtualIP', () => {
  it('starts here from an object that is accepted', () => {
    assert.deepEqual(validateVirtualIP(FULL, 'standalone').problems, []);
  });

  it('never throws, whatever the JSON', () => {
    fc.assert(fc.property(fc.jsonValue(), holdsTogether));
  });

  it('never throws, whatever the value', () => {
    fc.assert(fc.property(fc.anything(), holdsTogether));
  });

  it('holds together when any one field is something else', () => {
    fc.assert(
      fc.property(fc.constantFrom(...pathsOf(FULL)), slip, (path, by) => {
        holdsTogether(replaced(FULL, path, by));
      }),
      { numRuns: 1_000 },
    );
  });

  it('holds together when any three fields are something else', () => {
    const edit = fc.tuple(fc.constantFrom(...pathsOf(virtualIP()), ...pathsOf(FULL).slice(3)), slip);
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 3 }), (edits) => {
        const value = edits.reduce<unknown>((object, [path, by]) => {
          try {
            return replaced(object, path, by);
          } catch {
            return object; // the path went with an earlier edit
          }
        }, FULL);
        holdsTogether(value);
      }),
      { numRuns: 1_000 },
    );
  });
});
