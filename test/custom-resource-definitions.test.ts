import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { crdFiles } from '../scripts/custom-resource-definitions.js';
import { VIRTUAL_IPS, VIRTUAL_ROUTERS } from '../src/platform/kube/resources.js';

/* deploy/crds: what the API server is given. */

type Schema = Readonly<{
  type: string;
  description?: string;
  default?: unknown;
  properties?: Readonly<Record<string, Schema>>;
  additionalProperties?: Schema;
  items?: Schema;
  'x-kubernetes-validations'?: readonly Readonly<Record<string, unknown>>[];
}>;

type Definition = Readonly<{
  metadata: Readonly<{ name: string }>;
  spec: Readonly<{
    group: string;
    scope: string;
    names: Readonly<{
      kind: string;
      plural: string;
      shortNames: readonly string[];
      categories: readonly string[];
    }>;
    versions: readonly Readonly<{
      name: string;
      subresources: object;
      additionalPrinterColumns: readonly Readonly<{ name: string; jsonPath: string; priority?: number }>[];
      schema: Readonly<{ openAPIV3Schema: Schema }>;
    }>[];
  }>;
}>;

const read = (plural: string): Definition =>
  parse(readFileSync(`deploy/crds/kube-vrrp.io_${plural}.yaml`, 'utf8')) as Definition;

const virtualIPs = read('virtualips');
const virtualRouters = read('virtualrouters');

const schemaOf = ({ spec }: Definition): Schema => spec.versions[0]!.schema.openAPIV3Schema;

/** Every node of a schema, by its path. */
function nodes(schema: Schema, path = ''): [string, Schema][] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    nodes(child, path === '' ? name : `${path}.${name}`),
  );
  return [
    [path, schema],
    ...below,
    ...(schema.items === undefined ? [] : nodes(schema.items, `${path}[]`)),
    ...(schema.additionalProperties === undefined ? [] : nodes(schema.additionalProperties, `${path}{}`)),
  ];
}

/** The node of VirtualIP's schema at a path. */
function field(definition: Definition, path: string): Schema | undefined {
  return new Map(nodes(schemaOf(definition))).get(path);
}

describe('the custom resource definitions', () => {
  it('are those that the schema gives: run "make crds" after a change', async () => {
    const generated = await crdFiles();
    for (const { path, text } of generated) assert.equal(readFileSync(path, 'utf8'), text, path);
    assert.deepEqual(
      readdirSync('deploy/crds').map((name) => join('deploy/crds', name)),
      generated.map(({ path }) => path).sort(),
    );
  });

  it('have the names by which operator and agents ask for them', () => {
    for (const [{ metadata, spec }, resource] of [
      [virtualIPs, VIRTUAL_IPS],
      [virtualRouters, VIRTUAL_ROUTERS],
    ] as const) {
      assert.equal(metadata.name, `${resource.plural}.${resource.group}`);
      assert.deepEqual(
        [spec.group, spec.versions[0]?.name, spec.names.plural, spec.names.kind, spec.scope],
        [resource.group, resource.version, resource.plural, resource.kind, 'Cluster'],
      );
      assert.deepEqual(spec.versions[0]?.subresources, { status: {} });
    }
  });

  it('can be listed by short names, and together', () => {
    assert.deepEqual(virtualIPs.spec.names.shortNames, ['vip']);
    assert.deepEqual(virtualRouters.spec.names.shortNames, ['vr']);
    for (const { spec } of [virtualIPs, virtualRouters])
      assert.deepEqual(spec.names.categories, ['kube-vrrp']);
  });

  it('have no field for a password or for a file of the host, which only standalone agents read', () => {
    for (const definition of [virtualIPs, virtualRouters])
      for (const [path] of nodes(schemaOf(definition)))
        assert.doesNotMatch(path, /[.](password|passwordFile)$/);
    assert.ok(field(virtualIPs, 'spec.authentication.secretRef.key'));
  });

  it('let the API server fill in the defaults of nested objects that were left out', () => {
    for (const name of ['preemption', 'authentication', 'unicast', 'announcement'])
      assert.deepEqual(field(virtualIPs, `spec.${name}`)?.default, {}, name);
    assert.equal(field(virtualIPs, 'spec.announcement.refresh')?.default, '60s');
    assert.equal(field(virtualIPs, 'spec.track.probes[].timeout')?.default, '500ms');
  });

  it('leave the priority and the VRID to the operator', () => {
    assert.equal(field(virtualIPs, 'spec.priority')?.default, undefined);
    assert.equal(field(virtualIPs, 'spec.vrid')?.default, undefined);
  });

  it('show columns whose fields exist', () => {
    for (const definition of [virtualIPs, virtualRouters]) {
      const known = new Set(nodes(schemaOf(definition)).map(([path]) => path));
      for (const { name, jsonPath } of definition.spec.versions[0]?.additionalPrinterColumns ?? []) {
        const path = jsonPath.slice(1).replace(/\[[^\]]*\]/g, '[]');
        assert.ok(known.has(path) || path === 'metadata.creationTimestamp', `${name}: ${jsonPath}`);
      }
    }
  });

  it('keep to what Kubernetes 1.25 knows of a rule: an expression and a message', () => {
    const rules = nodes(schemaOf(virtualIPs)).flatMap(
      ([, schema]) => schema['x-kubernetes-validations'] ?? [],
    );
    assert.ok(rules.length > 30);
    for (const rule of rules) assert.deepEqual(Object.keys(rule), ['rule', 'message']);
  });

  it('have no marks that only our own validation understands', () => {
    for (const definition of [virtualIPs, virtualRouters])
      for (const [path, schema] of nodes(schemaOf(definition)))
        assert.ok(!Object.hasOwn(schema, 'standaloneOnly'), path);
  });
});
