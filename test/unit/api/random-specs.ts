import fc from 'fast-check';
import { schemaProblems } from '../../../src/api/v1alpha1/schema-check.js';
import { specSchema } from '../../../src/api/v1alpha1/schema/spec-schema.js';

const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });

const address = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('192.0.2.1', '192.0.2.2/24', '192.0.2.100/24', '198.51.100.7/32') },
  { weight: 3, arbitrary: fc.constantFrom('2001:db8::1', 'fe80::1/64', '2001:db8::2/64', 'FE80::2') },
  fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 40 })).map(([ip, length]) => `${ip}/${String(length)}`),
  fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 140 })).map(([ip, length]) => `${ip}/${String(length)}`),
  fc.constantFrom(
    ...[
      '192.0.2.0/24',
      '192.0.2.300',
      '192.0.2',
      '1.2.3.4.5',
      '01.2.3.4',
      '1.2.3.4/024',
      '1.2.3.4/33',
      '1.2.3.4/0',
    ],
    ...[
      '127.0.0.1',
      '0.1.2.3',
      '224.0.0.18',
      '255.255.255.255',
      '1.2.3.4.',
      '.',
      ':',
      ':::',
      '::',
      '::1',
      '::1/64',
    ],
    ...[
      'ff02::12',
      'FF02::12/64',
      '::ffff:192.0.2.1',
      '64:ff9b::192.0.2.1',
      '1:2:3',
      '1::2::3',
      '1:2:3:4:5:6:7:8/64',
    ],
    ...[
      '1:2:3:4:5:6:1.2.3.4',
      '12345::1',
      '2001:db8::/0',
      '2001:db8::1/129',
      '1:2:3:4:5:6:7::',
      '::2:3:4:5:6:7:8',
    ],
  ),
);

const duration = fc.oneof(
  fc.constantFrom(
    ...['0s', '1s', '500ms', '10ms', '5ms', '15ms', '40.95s', '40.96s', '41s', '255s', '256s', '1.5s'],
  ),
  fc.constantFrom(
    ...['1m', '2m30s', '0.5s', '1000s', '1001s', '1h', '61m', '24h', '1441m', '0.001h', '999ms', '2s'],
  ),
  fc.constantFrom(...['10.5ms', '0.0000001s', '99999999999999999999h', '101m1.01s', '3000h']),
  fc.integer({ min: 0, max: 70_000 }).map((value) => `${String(value)}ms`),
);

const weight = optional(fc.integer({ min: -2, max: 2 }));
const interfaceName = fc.constantFrom('eth0', 'eth1', 'bond0', 'lo', '.', '..', 'lo0');

const selector = fc.record(
  {
    matchLabels: fc.constantFrom({}, { app: 'nginx' }),
    matchExpressions: fc.array(
      fc.record(
        {
          key: fc.constant('zone'),
          operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
          values: fc.constantFrom([], ['a'], ['a', 'b']),
        },
        { requiredKeys: ['key', 'operator'] },
      ),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
);

const host = fc
  .oneof(fc.constantFrom('127.0.0.1', '::1', '192.0.2.7', '0.0.0.0', '::', '224.0.0.1', 'ff02::1'), address)
  .map((text) => text.replace(/\/.*/, ''));

const probe = fc.record(
  {
    name: fc.constantFrom('a', 'b', 'c'),
    httpGet: fc.record({ port: fc.constantFrom(80, 81), host }, { requiredKeys: ['port'] }),
    tcpSocket: fc.record({ port: fc.constantFrom(80, 81), host }, { requiredKeys: ['port'] }),
    periodSeconds: fc.constantFrom(1, 2, 3600),
    timeout: duration,
    weight,
  },
  { requiredKeys: [] },
);

const node = fc.record(
  {
    name: fc.constantFrom('edge-1', 'edge-2', 'edge-3', 'edge-4'),
    priority: fc.constantFrom(1, 100, 254, 255),
    interface: interfaceName,
  },
  { requiredKeys: ['name'] },
);

const spec = fc
  .record(
    {
      addresses: fc.array(address, { minLength: 1, maxLength: 4 }),
      vrid: fc.integer({ min: 1, max: 255 }),
      priority: fc.constantFrom(1, 100, 254, 255),
      interface: interfaceName,
      nodeSelector: selector,
      nodes: fc.array(node, { maxLength: 3 }),
      vrrpVersion: fc.constantFrom(2, 3),
      advertisementInterval: duration,
      preemption: fc.record(
        { mode: fc.constantFrom('Preempt', 'NoPreempt'), delay: duration },
        { requiredKeys: [] },
      ),
      authentication: fc.record(
        { type: fc.constantFrom('None', 'Password'), secretRef: fc.constant({ name: 'vrrp' }) },
        { requiredKeys: [] },
      ),
      unicast: fc.record(
        {
          mode: fc.constantFrom('Auto', 'Multicast', 'Unicast'),
          peers: fc.array(host, { maxLength: 3 }),
          minHopLimit: fc.constantFrom(1, 254, 255),
          maxHopLimit: fc.constantFrom(1, 254, 255),
        },
        { requiredKeys: [] },
      ),
      track: fc.record(
        {
          pods: fc.record({ selector, weight }, { requiredKeys: ['selector'] }),
          interfaces: fc.array(fc.record({ name: interfaceName, weight }, { requiredKeys: ['name'] }), {
            maxLength: 2,
          }),
          probes: fc.array(probe, { maxLength: 3 }),
        },
        { requiredKeys: [] },
      ),
      announcement: fc.record({ delay: duration, refresh: duration }, { requiredKeys: [] }),
      checksum: fc.constantFrom('PseudoHeader', 'MessageOnly'),
    },
    { requiredKeys: ['addresses'] },
  )
  .map((value) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>)
  .filter((value) => schemaProblems(specSchema, value).length === 0);

/** One field on top of a good spec, so that one thing alone decides. */
const oneField = fc.tuple(spec, fc.nat()).map(([value, pick]) => {
  const names = Object.keys(value);
  const name = names[pick % names.length] ?? 'addresses';
  return { addresses: ['192.0.2.100/24'], [name]: value[name] };
});

/** Specs that satisfy the schema: good ones, and some with one or several things wrong. */
export const specs = fc.oneof({ weight: 3, arbitrary: oneField }, spec);
