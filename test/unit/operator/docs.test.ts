import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import type { StructuralSchema } from '../../../src/api/v1alpha1/schema/structural-schema.js';
import { configSchema } from '../../../src/operator/config-schema.js';
import { createOperatorMetrics } from '../../../src/operator/http/metrics.js';

const page = readFileSync('docs/operator.md', 'utf8');

/** Fields that have a row: those that are no groups of others, and groups that are set as a whole. */
const fields = (schema: StructuralSchema, path: readonly string[] = []): readonly string[] => {
  const properties = schema.type === 'object' ? Object.entries(schema.properties ?? {}) : [];
  return properties.length === 0 || path.length > 1
    ? [path.join('.')]
    : properties.flatMap(([name, field]) => fields(field, [...path, name]));
};

it('docs/operator.md has a row for exactly the fields of the configuration file', () => {
  const section = page.split('## ').find((part) => part.startsWith('The configuration file')) ?? '';
  const rows = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
  assert.deepEqual(rows.sort(), [...fields(configSchema)].sort());
});

it('docs/operator.md has every metric of the operator, and no other', async () => {
  const metrics = createOperatorMetrics({ version: '0', nodeVersion: '0' }, { virtualIPs: () => [] });
  const served = [...(await metrics.scrape()).matchAll(/^# TYPE (kube_vrrp_\w+)/gm)].map(([, name]) => name);
  const section = page.split('## ').find((part) => part.startsWith('Metrics')) ?? '';
  const told = [...section.matchAll(/`(kube_vrrp_\w+)`/g)].map(([, name]) => name);
  assert.deepEqual(told.sort(), served.sort());
});
