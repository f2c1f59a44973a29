import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse as parseYaml } from 'yaml';

import { configSchema } from '../../src/operator/config-schema.js';
import { parseOperatorConfig } from '../../src/operator/config.js';
import { agentDaemonSet } from '../../src/operator/decide/daemon-set.js';
import { NAMESPACE, configFileOf, operatorOf, render } from './rendered.js';

/* The file that the chart gives to the operator is one that the operator takes. */

type Values = Readonly<Record<string, unknown>>;

const configOf = async (values: Values) => {
  const parsed = parseOperatorConfig(configFileOf(await render(values)));
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.problem.join('\n'));
  return parsed.value;
};

test('the operator takes the file of the defaults', async () => {
  const { agent, workers } = await configOf({});
  assert.equal(agent.image, 'localhost/kube-vrrp:0.1.0');
  assert.equal(workers, 4);
  assert.deepEqual(agent.tolerations, [{ operator: 'Exists' }]);
});

test('the file says everything that can be said, so that the defaults of the chart are those that count', async () => {
  type Schema = Readonly<{ properties: Readonly<Record<string, Schema>> }>;
  const { properties } = configSchema as unknown as Schema;
  const written = parseYaml(configFileOf(await render())) as Readonly<Record<string, object>>;
  const sorted = (value: object | undefined): readonly string[] => Object.keys(value ?? {}).sort();
  assert.deepEqual(sorted(written), sorted(properties));
  assert.deepEqual(sorted(written['agent']), sorted(properties['agent']?.properties));
  assert.deepEqual(sorted(written['leaderElection']), sorted(properties['leaderElection']?.properties));
});

test('values reach the agents as they were written', async () => {
  const { agent, leaderElection } = await configOf({
    'agent.realtime': false,
    'agent.priorityClassName': '',
    'agent.resources': { requests: { cpu: '100m' }, limits: { memory: '1Gi' } },
    'agent.tolerations': [
      { key: 'edge', operator: 'Equal', value: 'true', effect: 'NoExecute', tolerationSeconds: 5 },
    ],
    'agent.podLabels': { team: 'network' },
    'agent.podAnnotations': { note: 'with: "quotes"' },
    'agent.env': { LANG: 'C', EMPTY: '' },
    'agent.extraArgs': ['--scheduling=normal', "it's"],
    'agent.http': 'off',
    'agent.terminationGracePeriodSeconds': 60,
    'image.pullSecrets': ['registry'],
    'operator.leaderElection.leaseDuration': '1m',
  });
  assert.equal(agent.realtime, false);
  assert.equal(agent.priorityClassName, null);
  // Helm fills maps in.
  assert.deepEqual(agent.resources, { requests: { cpu: '100m', memory: '96Mi' }, limits: { memory: '1Gi' } });
  assert.deepEqual(agent.tolerations, [
    { key: 'edge', operator: 'Equal', value: 'true', effect: 'NoExecute', tolerationSeconds: 5 },
  ]);
  assert.deepEqual(agent.podLabels, { team: 'network' });
  assert.deepEqual(agent.podAnnotations, { note: 'with: "quotes"' });
  assert.deepEqual(agent.env, { LANG: 'C', EMPTY: '' });
  assert.deepEqual(agent.extraArgs, ['--scheduling=normal', "it's"]);
  assert.deepEqual([agent.http, agent.terminationGracePeriodSeconds], ['off', 60]);
  assert.deepEqual(agent.imagePullSecrets, ['registry']);
  assert.equal(leaderElection.leaseDuration, 60_000);
});

test('another way to the API server is for both, operator and agents', async () => {
  const values = { kubernetesService: { host: '192.0.2.10', port: 6443 }, 'agent.env': { LANG: 'C' } };
  const { agent } = await configOf(values);
  assert.deepEqual(agent.env, {
    LANG: 'C',
    KUBERNETES_SERVICE_HOST: '192.0.2.10',
    KUBERNETES_SERVICE_PORT: '6443',
  });
  const daemonSet = JSON.stringify(agentDaemonSet({ ...agent, namespace: NAMESPACE }, [], null));
  assert.ok(daemonSet.includes('{"name":"KUBERNETES_SERVICE_HOST","value":"192.0.2.10"}'), daemonSet);
  const [container] = operatorOf(await render(values)).template.spec.containers;
  const env = new Map(container.env.map(({ name, value }) => [name, value]));
  assert.equal(env.get('KUBERNETES_SERVICE_HOST'), '192.0.2.10');
  assert.equal(env.get('KUBERNETES_SERVICE_PORT'), '6443');
});
