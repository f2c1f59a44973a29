import type { ObjectSchema, StructuralSchema } from '../../src/api/v1alpha1/schema/structural-schema.js';
import type { AdmissionRule } from './admission-rules.js';
import type { PrinterColumn } from './printer-columns.js';

/** What a CustomResourceDefinition is made of. */
export type Kind = Readonly<{
  kind: string;
  plural: string;
  shortName: string;
  /** With `apiVersion`, `kind` and `metadata`, as validation uses it. */
  schema: ObjectSchema;
  rules: readonly AdmissionRule[];
  columns: readonly PrinterColumn[];
}>;

export const GROUP = 'kube-vrrp.io';
export const VERSION = 'v1alpha1';

/** `kubectl get kube-vrrp` lists all kinds. */
const CATEGORY = 'kube-vrrp';

/** A CustomResourceDefinition as the API server takes it. */
export const customResourceDefinition = ({ kind, plural, shortName, schema, rules, columns }: Kind) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Cluster',
    names: {
      kind,
      listKind: `${kind}List`,
      plural,
      singular: kind.toLowerCase(),
      shortNames: [shortName],
      categories: [CATEGORY],
    },
    versions: [
      {
        name: VERSION,
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: columns,
        schema: { openAPIV3Schema: openAPISchema(schema, rules) },
      },
    ],
  },
});

/** What the API server says of the two fields that every object has. */
const TYPE_META = {
  apiVersion: {
    type: 'string',
    description: `Version of the API: ${GROUP}/${VERSION}.`,
  },
  kind: { type: 'string', description: 'Kind of the object.' },
};

/**
 * The schema as the API server takes it. `metadata` is Kubernetes' own; all that may be said of it is what names are
 * good.
 */
function openAPISchema(
  { description, required = [], properties = {} }: ObjectSchema,
  rules: readonly AdmissionRule[],
) {
  const own = Object.entries(properties).filter(
    ([name]) => !['apiVersion', 'kind', 'metadata'].includes(name),
  );
  const known = new Set<string>();
  const result = {
    type: 'object',
    description,
    required: required.filter((name) => own.some(([field]) => field === name)),
    properties: {
      ...TYPE_META,
      metadata: { type: 'object', properties: { name: nameOf(properties['metadata']) } },
      ...Object.fromEntries(own.map(([name, field]) => [name, clusterSchema(field, name, rules, known)])),
    },
  };
  const lost = rules.filter(({ at }) => !known.has(at));
  if (lost.length > 0) throw new Error(`no field for the rules at ${lost.map(({ at }) => at).join(', ')}`);
  return result;
}

function nameOf(metadata: StructuralSchema | undefined): object {
  const name = metadata?.type === 'object' ? metadata.properties?.['name'] : undefined;
  if (name?.type !== 'string') throw new Error('the schema has no metadata.name');
  const { type, minLength, maxLength, pattern } = name;
  return { type, minLength, maxLength, pattern };
}

/** The schema of one field with its rules, without what only files have; notes in `known` which fields there are. */
function clusterSchema(
  schema: StructuralSchema,
  path: string,
  rules: readonly AdmissionRule[],
  known: Set<string>,
): Readonly<Record<string, unknown>> {
  known.add(path);
  const own = rules.filter(({ at }) => at === path).map(({ rule, message }) => ({ rule, message }));
  return {
    ...schema,
    ...childrenOf(schema, path, rules, known),
    ...(own.length === 0 ? {} : { 'x-kubernetes-validations': own }),
  };
}

function childrenOf(
  schema: StructuralSchema,
  path: string,
  rules: readonly AdmissionRule[],
  known: Set<string>,
): Readonly<Record<string, unknown>> {
  const below = (child: StructuralSchema, at: string) => clusterSchema(child, at, rules, known);
  if (schema.type === 'array') return { items: below(schema.items, `${path}[]`) };
  if (schema.type !== 'object') return {};
  const { properties, required = [], additionalProperties } = schema;
  return {
    ...(required.length === 0 ? { required: undefined } : {}),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties)
              .filter(([, child]) => child.standaloneOnly !== true)
              .map(([name, child]) => [name, below(child, `${path}.${name}`)]),
          ),
        }),
    ...(additionalProperties === undefined
      ? {}
      : { additionalProperties: below(additionalProperties, `${path}{}`) }),
  };
}
