import { specSchema } from '../src/api/v1alpha1/schema/spec-schema.js';
import { PATTERN_MEANINGS } from '../src/api/v1alpha1/schema/fields.js';
import type { StructuralSchema } from '../src/api/v1alpha1/schema/structural-schema.js';
import { API_VERSION, VIRTUAL_IP_KIND } from '../src/api/v1alpha1/virtual-ip.js';

/* docs/virtual-ip.md, made of the schema that validation uses. */

export const REFERENCE_FILE = 'docs/virtual-ip.md';

const HEAD = `<!-- Generated from src/api/v1alpha1/schema by "make reference". -->

# VirtualIP: the fields

\`apiVersion: ${API_VERSION}\`, \`kind: ${VIRTUAL_IP_KIND}\`, a name in \`metadata.name\`, and a \`spec\` of the fields below. A field that
is not here is refused, with the nearest name there is. \`kube-vrrp validate FILE\` says everything that is wrong with a file;
[examples](../examples) are files to start from.

Durations are written with their unit, such as \`1s\`, \`100ms\` or \`1m30s\`.

| field | type | meaning |
| --- | --- | --- |
`;

/** The whole page. */
export function virtualIPReference(): string {
  const required = new Set<string>(specSchema.required);
  const rows = Object.entries(specSchema.properties).flatMap(([name, schema]) =>
    rowsOf(`spec.${name}`, schema, required.has(name)),
  );
  return `${HEAD}${rows.join('\n')}\n`;
}

/** A row for the field and one for each below it. */
function rowsOf(path: string, schema: StructuralSchema, required: boolean): readonly string[] {
  const meaning = `${required ? '**Required.** ' : ''}${schema.description ?? ''}`;
  const own = `| \`${path}\` | ${typeOf(schema)} | ${escaped(meaning)} |`;
  return [own, ...childrenOf(path, schema)];
}

function childrenOf(path: string, schema: StructuralSchema): readonly string[] {
  if (schema.type === 'array') return childrenOf(`${path}[]`, schema.items);
  if (schema.type !== 'object' || schema.properties === undefined) return [];
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties).flatMap(([name, child]) =>
    rowsOf(`${path}.${name}`, child, required.has(name)),
  );
}

function typeOf(schema: StructuralSchema): string {
  switch (schema.type) {
    case 'array':
      return `list of ${typeOf(schema.items)}, at most ${String(schema.maxItems)}`;
    case 'object':
      return schema.properties === undefined ? 'map' : 'object';
    case 'boolean':
      return 'boolean';
    case 'integer':
      return schema.enum === undefined
        ? 'integer'
        : schema.enum.map((value) => `\`${String(value)}\``).join(', ');
    case 'string':
      if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
      return escaped(PATTERN_MEANINGS.get(schema.pattern ?? '') ?? 'string');
  }
}

const escaped = (text: string): string => text.replaceAll('|', '\\|');
