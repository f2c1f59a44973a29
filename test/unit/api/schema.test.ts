import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withDefaults } from '../../../src/api/v1alpha1/defaults.js';
import { PATTERN_MEANINGS } from '../../../src/api/v1alpha1/schema/fields.js';
import type { StructuralSchema } from '../../../src/api/v1alpha1/schema/structural-schema.js';
import { type VirtualIP, virtualIPSchema } from '../../../src/api/v1alpha1/virtual-ip.js';
import { virtualRouterSchema } from '../../../src/api/v1alpha1/virtual-router.js';
import { virtualIP } from './example.js';

/** Every node of the schema with its path, `[]` for what is in a list and `{}` for what is in a map. */
function nodes(schema: StructuralSchema, path = ''): [string, StructuralSchema][] {
  const below =
    schema.type === 'array'
      ? nodes(schema.items, `${path}[]`)
      : schema.type === 'object'
        ? [
            ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
              nodes(field, path === '' ? name : `${path}.${name}`),
            ),
            ...(schema.additionalProperties === undefined
              ? []
              : nodes(schema.additionalProperties, `${path}{}`)),
          ]
        : [];
  return [[path, schema], ...below];
}

const ALL = [virtualIPSchema, virtualRouterSchema].flatMap((schema) => nodes(schema));

/** What apiextensions.k8s.io/v1 allows in a structural schema, as far as we use it, and our own mark. */
const STRUCTURAL_KEYWORDS = [
  ...[
    'type',
    'description',
    'default',
    'enum',
    'format',
    'pattern',
    'minimum',
    'maximum',
    'minLength',
    'maxLength',
  ],
  ...['items', 'minItems', 'maxItems', 'properties', 'required', 'additionalProperties', 'maxProperties'],
  ...['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-map-type'],
  ...['x-kubernetes-list-type', 'x-kubernetes-list-map-keys'],
  'standaloneOnly',
];

describe('the schemas of VirtualIP and VirtualRouter', () => {
  it('hold only what a structural schema of a custom resource can hold', () => {
    for (const [path, schema] of ALL) {
      for (const keyword of Object.keys(schema))
        assert.ok(STRUCTURAL_KEYWORDS.includes(keyword), `${path} ${keyword}`);
      if (schema.type === 'object')
        assert.ok(schema.properties === undefined || schema.additionalProperties === undefined, path);
    }
  });

  it('describe every field, and what is in lists and maps, for kubectl explain', () => {
    for (const [path, schema] of ALL)
      assert.match(
        schema.description ?? '',
        /^[A-Z0-9].*[.]$/s,
        `${path}: ${schema.description ?? 'nothing'}`,
      );
  });

  it('bound every number, text and list', () => {
    for (const [path, schema] of ALL) {
      if (schema.type === 'integer' && schema.enum === undefined && !path.endsWith('observedGeneration'))
        assert.ok(schema.minimum !== undefined && schema.maximum !== undefined, path);
      if (schema.type === 'string' && schema.enum === undefined)
        assert.ok(schema.maxLength !== undefined, path);
      if (schema.type === 'array') assert.ok(schema.maxItems > 0, path);
      if (schema.type === 'object' && schema.additionalProperties !== undefined)
        assert.ok(schema.maxProperties !== undefined, path);
    }
  });

  it('require only fields that exist, and list the keys of lists that are maps', () => {
    for (const [path, schema] of ALL) {
      if (schema.type === 'object')
        for (const name of schema.required ?? [])
          assert.ok(schema.properties?.[name] !== undefined, `${path}.${name}`);
      if (schema.type === 'array' && schema['x-kubernetes-list-type'] === 'map')
        for (const key of schema['x-kubernetes-list-map-keys'] ?? [])
          assert.ok(schema.items.type === 'object' && schema.items.required?.includes(key), path);
    }
  });

  it('have words for every pattern, and use each of them', () => {
    const used = new Set(
      ALL.flatMap(([, schema]) => (schema.type === 'string' ? [schema.pattern ?? ''] : [])),
    );
    used.delete('');
    assert.deepEqual(new Set(PATTERN_MEANINGS.keys()), used);
  });

  it('name each default in the description, so that kubectl explain tells it', () => {
    for (const [path, schema] of ALL) {
      const value = schema.default;
      if (value === undefined || typeof value === 'object') continue;
      assert.ok(
        schema.description?.toLowerCase().includes('default') === true || path.endsWith('scheme'),
        `${path}: ${schema.description ?? ''}`,
      );
      assert.ok(schema.description?.includes(JSON.stringify(value).replaceAll('"', '')), path);
    }
  });
});

describe('defaults', () => {
  const parsed = (spec: Record<string, unknown>) => virtualIP(spec) as unknown as VirtualIP;

  it('fill in everything that a program would otherwise have to know', () => {
    assert.deepEqual(withDefaults(parsed({}), 'standalone').spec, {
      addresses: ['192.0.2.100/24'],
      vrid: 51,
      priority: 100,
      onCordon: 'HandOver',
      vrrpVersion: 3,
      advertisementInterval: '1s',
      preemption: { mode: 'Preempt', delay: '0s' },
      authentication: { type: 'None' },
      unicast: { mode: 'Multicast', minHopLimit: 255, maxHopLimit: 255 },
      virtualMAC: false,
      announcement: { repeat: 5, delay: '5s', refresh: '60s' },
      checksum: 'PseudoHeader',
    });
  });

  it('give the most preferred node of a cluster priority 254', () => {
    assert.equal(withDefaults(parsed({}), 'cluster').spec.priority, 254);
    assert.equal(withDefaults(parsed({ priority: 7 }), 'cluster').spec.priority, 7);
  });

  it('reach into lists', () => {
    const { track } = withDefaults(
      parsed({ track: { probes: [{ tcpSocket: { port: 5432 } }] } }),
      'standalone',
    ).spec;
    assert.deepEqual(track?.probes, [
      {
        tcpSocket: { port: 5432, host: '127.0.0.1' },
        periodSeconds: 1,
        timeout: '500ms',
        riseThreshold: 2,
        failureThreshold: 2,
      },
    ]);
  });

  it('keep what was written, and change nothing the second time', () => {
    const once = withDefaults(parsed({ announcement: { repeat: 1 }, checksum: 'MessageOnly' }), 'standalone');
    assert.deepEqual(once.spec.announcement, { repeat: 1, delay: '5s', refresh: '60s' });
    assert.equal(once.spec.checksum, 'MessageOnly');
    assert.deepEqual(withDefaults(once as unknown as VirtualIP, 'cluster'), once);
  });

  it('take the place of null, as in the API server', () => {
    const { spec } = withDefaults(
      parsed({ interface: null, preemption: { delay: null }, track: null }),
      'standalone',
    );
    assert.deepEqual(spec.preemption, { mode: 'Preempt', delay: '0s' });
    assert.equal('interface' in spec || 'track' in spec, false);
  });

  it('do not change the object that they are filled into', () => {
    const written = parsed({ preemption: {} });
    const before = JSON.stringify(written);
    withDefaults(written, 'standalone');
    assert.equal(JSON.stringify(written), before);
  });
});
