import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closestName } from '../../../src/api/v1alpha1/closest-name.js';
import { formatFieldPath } from '../../../src/api/v1alpha1/field-path.js';

const NAMES = ['addresses', 'vrid', 'priority', 'interface', 'nodeSelector', 'virtualMAC'];

test('a slip of the pen finds the name that was meant', () => {
  const slips = {
    adresses: 'addresses',
    vird: 'vrid',
    Priority: 'priority',
    virtual_mac: 'virtualMAC',
    interfaces: 'interface',
  };
  for (const [slip, meant] of Object.entries(slips)) assert.equal(closestName(slip, NAMES), meant, slip);
});

test('a name that is far from all of them finds none', () => {
  for (const name of ['', 'bananas', 'x', 'zzzz', 'a'.repeat(100_000)])
    assert.equal(closestName(name, NAMES), null);
});

test('a field path reads as Kubernetes writes it', () => {
  assert.equal(formatFieldPath(['spec', 'addresses', 1]), 'spec.addresses[1]');
  assert.equal(formatFieldPath(['spec', 'matchLabels', 'a.b/c']), 'spec.matchLabels["a.b/c"]');
  assert.equal(formatFieldPath([]), '');
  assert.equal(formatFieldPath([0, 'name']), '[0].name');
});
