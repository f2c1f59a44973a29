import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { agentFieldManager } from '../../../src/api/v1alpha1/agent-field-manager.js';

describe('the owner of the entries of an agent', () => {
  it('is named after the node', () => {
    assert.equal(agentFieldManager('edge-1'), 'kube-vrrp-agent-edge-1');
  });

  it('fits the API server however long the name is, and is never that of another node', () => {
    const names = ['a', 'b'].map((end) => agentFieldManager(`${'x'.repeat(252)}${end}`));
    for (const name of names) assert.equal(name.length, 128);
    assert.notEqual(names[0], names[1]);
    assert.equal(agentFieldManager('x'.repeat(112)).length, 128);
  });
});
