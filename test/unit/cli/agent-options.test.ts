import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';

import { agentOptions } from '../../../src/cli/agent.js';

/** What commander fills in. */
const DEFAULTS = {
  stateDir: '/var/lib/kube-vrrp',
  http: '127.0.0.1:9112',
  logFormat: 'text',
  logLevel: 'info',
  scheduling: 'auto',
  schedulingPriority: '10',
};
const POD = { KUBERNETES_SERVICE_HOST: '10.96.0.1', NODE_NAME: 'edge-1', POD_NAMESPACE: 'kube-vrrp' };

function options(given: object, env: Readonly<Record<string, string>> = {}) {
  const read = agentOptions({ ...DEFAULTS, ...given }, '0.1.0', env);
  assert.ok(read.ok, JSON.stringify(read));
  return read.value;
}

function problems(given: object, env: Readonly<Record<string, string>> = {}): string {
  const read = agentOptions({ ...DEFAULTS, ...given }, '0.1.0', env);
  assert.ok(!read.ok);
  return read.problem.join('\n');
}

describe('the options of the agent', () => {
  it('name files where there is no cluster, and the host is called as it is', () => {
    const { source, nodeName } = options({ standalone: ['/etc/vip.yaml'] });
    assert.deepEqual(source, { kind: 'files', files: ['/etc/vip.yaml'] });
    assert.equal(nodeName, hostname());
  });

  it('come from the pod in a cluster', () => {
    const { source, nodeName } = options({}, POD);
    const cluster = { namespace: 'kube-vrrp', secretName: 'kube-vrrp-agents', kubeconfig: null };
    assert.deepEqual(source, { kind: 'cluster', ...cluster });
    assert.equal(nodeName, 'edge-1');
  });

  it('name a file for a liveness probe, or none', () => {
    assert.equal(options({}, POD).aliveFile, null);
    assert.equal(options({ aliveFile: '/run/kube-vrrp/alive' }, POD).aliveFile, '/run/kube-vrrp/alive');
  });

  it('count before the environment', () => {
    const given = { nodeName: 'n', namespace: 'ns', secretName: 's', kubeconfig: '/k' };
    const { source, nodeName } = options(given, POD);
    assert.deepEqual(source, { kind: 'cluster', namespace: 'ns', secretName: 's', kubeconfig: '/k' });
    assert.equal(nodeName, 'n');
  });

  it('may reach a cluster from outside', () => {
    assert.equal(options({ nodeName: 'n' }, { KUBECONFIG: '/k' }).source.kind, 'cluster');
    assert.equal(options({ nodeName: 'n', kubeconfig: '/k' }).source.kind, 'cluster');
  });

  it('are refused with what to do when there are neither files nor a cluster', () => {
    assert.match(problems({}), /give --standalone FILE to run without one, or --kubeconfig FILE/);
  });

  it('are refused in a cluster without the name of the node: the host may have another', () => {
    assert.match(problems({}, { KUBERNETES_SERVICE_HOST: '10.96.0.1' }), /NODE_NAME from spec\.nodeName/);
    assert.match(problems({}, { ...POD, NODE_NAME: '' }), /NODE_NAME/);
  });

  it('are refused when they are for a cluster and there is none', () => {
    const text = problems({ standalone: ['a'], secretName: 's', kubeconfig: '/k' });
    assert.match(text, /--secret-name is for a cluster/);
    assert.match(text, /--kubeconfig is for a cluster/);
    assert.equal(options({ standalone: ['a'] }, POD).source.kind, 'files');
  });
});
