import assert from 'node:assert/strict';
import { test } from 'node:test';

import { refusal } from './rendered.js';

/* values.schema.json refuses what does not exist or makes no sense, and names it. */

const REFUSED: readonly (readonly [string, unknown, RegExp])[] = [
  ['agents', {}, /additional properties 'agents' not allowed/],
  ['agent.realTime', true, /at '\/agent': additional properties 'realTime' not allowed/],
  [
    'agent.logLevel',
    'trace',
    /at '\/agent\/logLevel': value must be one of 'debug', 'info', 'warn', 'error'/,
  ],
  ['agent.http', '127.0.0.1', /at '\/agent\/http'/],
  ['agent.stateDir', 'var/lib', /at '\/agent\/stateDir'/],
  ['agent.podNamespaces', 'web', /at '\/agent\/podNamespaces'/],
  [
    'agent.resources',
    { request: {} },
    /at '\/agent\/resources': additional properties 'request' not allowed/,
  ],
  ['image.pullPolicy', 'Sometimes', /at '\/image\/pullPolicy'/],
  ['image.repository', 'registry.example.com/kube-vrrp:1.0', /at '\/image\/repository'/],
  ['image.pullSecrets', [{ name: 'registry' }], /at '\/image\/pullSecrets\/0': got object, want string/],
  ['operator.replicas', 'two', /at '\/operator\/replicas': got string, want integer/],
  ['operator.leaderElection.leaseDuration', 15, /at '\/operator\/leaderElection\/leaseDuration'/],
  ['operator.httpPort', 80, /at '\/operator\/httpPort': minimum/],
  ['admissionPolicy.enabled', 'yes', /at '\/admissionPolicy\/enabled'/],
  [
    'rbac.passwordSecrets',
    [{ namespace: 'web' }],
    /at '\/rbac\/passwordSecrets\/0': missing property 'names'/,
  ],
];

for (const [path, value, complaint] of REFUSED)
  test(`${path}: ${JSON.stringify(value)} is refused by its name`, async () => {
    assert.match(await refusal({ [path]: value }), complaint);
  });
