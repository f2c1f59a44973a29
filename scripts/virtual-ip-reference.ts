import { readFileSync } from 'node:fs';
import { CONDITIONS } from '../src/api/v1alpha1/conditions.js';
import { REASONS } from '../src/api/v1alpha1/reasons.js';
import { PATTERN_MEANINGS } from '../src/api/v1alpha1/schema/fields.js';
import { specSchema } from '../src/api/v1alpha1/schema/spec-schema.js';
import { statusSchema } from '../src/api/v1alpha1/schema/status-schema.js';
import type { ObjectSchema, StructuralSchema } from '../src/api/v1alpha1/schema/structural-schema.js';
import {
  virtualRouterSpecSchema,
  virtualRouterStatusSchema,
} from '../src/api/v1alpha1/schema/virtual-router-schema.js';
import { API_VERSION, VIRTUAL_IP_KIND } from '../src/api/v1alpha1/virtual-ip.js';
import { VIRTUAL_ROUTER_KIND } from '../src/api/v1alpha1/virtual-router.js';
import { virtualIPRules } from './crds/admission-rules.js';

/* docs/virtual-ip.md, made of the schema that validation uses. */

export const REFERENCE_FILE = 'docs/virtual-ip.md';

const REASONS_FILE = 'src/api/v1alpha1/reasons.ts';

/** The whole page. */
export function virtualIPReference(): string {
  return `<!-- Generated from src/api/v1alpha1 by "make reference". -->

# API reference: VirtualIP and VirtualRouter

A person writes a VirtualIP: \`apiVersion: ${API_VERSION}\`, \`kind: ${VIRTUAL_IP_KIND}\`, a name of at most 63 characters in
\`metadata.name\`, and a \`spec\` of the fields below. It is the same in a cluster and in the files of a standalone agent; where they
differ, the description says so. \`kubectl explain virtualip.spec --recursive\` tells the same. A field that is not here is
refused, by a standalone agent and \`kube-vrrp validate FILE\` with the nearest name there is. [examples](../examples) are
documents to start from.

Durations are written with their unit, such as \`1s\`, \`100ms\` or \`1m30s\`.

## VirtualIP: spec

${table(rowsBelow('spec', specSchema))}

## What the API server refuses

Besides fields that are not there or out of bounds, from Kubernetes 1.25 on. Whatever it lets through, and everything on older
versions, the operator judges: it answers with the condition \`Accepted=False\` and all problems at once, and what ran before goes
on.

| at | message |
| --- | --- |
${virtualIPRules.map(({ at, message }) => `| \`${at}\` | ${escaped(message)} |`).join('\n')}

## VirtualIP: status

Written by the operator. \`kubectl get virtualips -o wide\` shows the most of it as one line.

${table(rowsBelow('status', statusSchema))}

### Conditions

| type | when all is well | meaning |
| --- | --- | --- |
${Object.entries(CONDITIONS)
  .map(([type, { whenWell, meaning }]) => `| \`${type}\` | ${whenWell} | ${meaning} |`)
  .join('\n')}

### Reasons

Of conditions and of events. [operations.md](operations.md) says what to do about them.

| reason | where | meaning |
| --- | --- | --- |
${reasonRows().join('\n')}

## VirtualRouter

\`kind: ${VIRTUAL_ROUTER_KIND}\`: a VirtualIP as the agents run it, one for each address family, called like the VirtualIP with \`-ipv4\` or
\`-ipv6\` at the end. The operator writes its \`spec\`, and each agent its own entry of \`status.members\`. There is no need to look at it,
and an edit is undone.

### VirtualRouter: spec

Fields with the same meaning as in a VirtualIP are left out here:
${sameAsInVirtualIP()
  .map((name) => `\`${name}\``)
  .join(', ')}.

${table(rowsBelow('spec', virtualRouterSpecSchema, sameAsInVirtualIP()))}

### VirtualRouter: status

${table(rowsBelow('status', virtualRouterStatusSchema))}
`;
}

/** Fields of a VirtualRouter that are, word for word, those of a VirtualIP. */
const sameAsInVirtualIP = (): readonly string[] => {
  const written: Readonly<Record<string, unknown>> = specSchema.properties;
  return Object.entries(virtualRouterSpecSchema.properties)
    .filter(([name, schema]) => written[name] === schema)
    .map(([name]) => name);
};

const table = (rows: readonly string[]): string =>
  ['| field | type | meaning |', '| --- | --- | --- |', ...rows].join('\n');

/** A row for each field below an object. */
function rowsBelow(path: string, schema: ObjectSchema, without: readonly string[] = []): readonly string[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {})
    .filter(([name]) => !without.includes(name))
    .flatMap(([name, child]) => rowsOf(`${path}.${name}`, child, required.has(name)));
}

/** A row for the field and one for each below it. */
function rowsOf(path: string, schema: StructuralSchema, required: boolean): readonly string[] {
  const meaning = `${required ? '**Required.** ' : ''}${schema.description ?? ''}`;
  const own = `| \`${path}\` | ${typeOf(schema)} | ${escaped(meaning)} |`;
  return [own, ...childrenOf(path, schema)];
}

function childrenOf(path: string, schema: StructuralSchema): readonly string[] {
  if (schema.type === 'array') return childrenOf(`${path}[]`, schema.items);
  return schema.type === 'object' ? rowsBelow(path, schema) : [];
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
      if (schema.format === 'date-time') return 'time';
      return shortened(PATTERN_MEANINGS.get(schema.pattern ?? '') ?? 'string');
  }
}

/** The kind of text, without how it is written: the bounds are in the meaning, and in the message when one is wrong. */
const shortened = (meaning: string): string =>
  meaning
    .replace(/^(an?|the) /, '')
    .replace(/(, |: | of lower-case| of letters| that starts| with its unit).*$/, '');

/** Where a reason is used is in the comment before it. */
function reasonRows(): readonly string[] {
  const source = readFileSync(REASONS_FILE, 'utf8');
  const where = new Map(
    [...source.matchAll(/\/\*\* ([^*]+?)\.? \*\/\s+(\w+):/g)].map(([, text = '', name = '']) => [name, text]),
  );
  return Object.entries(REASONS).map(([name, meaning]) => {
    const used = where.get(name);
    if (used === undefined) throw new Error(`${REASONS_FILE} does not say where ${name} is used`);
    return `| \`${name}\` | ${escaped(used)} | ${escaped(meaning)} |`;
  });
}

const escaped = (text: string): string => text.replaceAll('|', '\\|');
