import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { virtualRouterSpecSchema } from '../../../src/api/v1alpha1/schema/virtual-router-schema.js';
import { knownFields } from '../../../src/node-agent/desired/known-fields.js';

const schema = {
  type: 'object',
  properties: {
    count: { type: 'integer', default: 3 },
    names: {
      type: 'array',
      maxItems: 9,
      items: { type: 'object', properties: { name: { type: 'string' } } },
    },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    nested: { type: 'object', properties: { on: { type: 'boolean', default: true } }, default: {} },
    anything: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
} as const;

describe('the fields that a schema knows', () => {
  it('are all that is left, at any depth', () => {
    const value = { count: 1, color: 'blue', names: [{ name: 'a', size: 1 }], labels: { a: 'b' } };
    assert.deepEqual(knownFields(schema, value), {
      count: 1,
      names: [{ name: 'a' }],
      labels: { a: 'b' },
      nested: { on: true },
    });
  });

  it('get their default when they are missing or null', () => {
    assert.deepEqual(knownFields(schema, { count: null }), { count: 3, nested: { on: true } });
  });

  it('keep a value of a wrong type, for validation to name', () => {
    assert.deepEqual(knownFields(schema, { count: 'x', names: 7, nested: [] }), {
      count: 'x',
      names: 7,
      nested: [],
    });
  });

  it('may be any where the schema says so', () => {
    assert.deepEqual(knownFields(schema, { anything: { a: { b: 1 } } }), {
      count: 3,
      anything: { a: { b: 1 } },
      nested: { on: true },
    });
  });

  it('are never those that every object inherits', () => {
    const value = JSON.parse('{"__proto__": {"count": 9}, "constructor": 1}') as unknown;
    assert.deepEqual(knownFields(schema, value), { count: 3, nested: { on: true } });
    assert.deepEqual(knownFields(virtualRouterSpecSchema, 'text'), 'text');
  });
});
