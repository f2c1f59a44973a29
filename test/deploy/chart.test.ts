import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse as parseYaml } from 'yaml';

import { agentPodLabels } from '../../src/operator/decide/daemon-set.js';
import { CHART, generatedFiles, helm } from '../../scripts/deployment.js';
import {
  type Rendered,
  WITH_ADMISSION_POLICY,
  type Workload,
  ofKind,
  operatorOf,
  parse,
  render,
  the,
} from './rendered.js';

const EVERYTHING = {
  fullnameOverride: 'vip',
  image: {
    repository: 'registry.example.com:5000/team/kube-vrrp',
    digest: `sha256:${'a'.repeat(64)}`,
    pullSecrets: ['registry'],
  },
  kubernetesService: { host: 'api.example.com', port: 443 },
  'operator.podLabels': { team: 'network', 'app.kubernetes.io/component': 'mine' },
  'operator.podAnnotations': { note: 'a: b' },
  'operator.extraArgs': ['--no-version-check'],
  'operator.serviceAccount.annotations': { a: 'b' },
  'agent.podNamespaces': ['web', 'shop'],
  'agent.http': ':9112',
  'agent.env': { LANG: 'C' },
  'agent.podLabels': { team: 'network' },
  'agent.podAnnotations': { 'cluster-autoscaler.kubernetes.io/enable-ds-eviction': 'false' },
  'rbac.passwordSecrets': [{ namespace: 'web', names: ['vrrp'] }],
  'monitoring.podMonitor': { enabled: true, labels: { release: 'prometheus' } },
  'monitoring.prometheusRule': { enabled: true, alertLabels: { team: 'network' } },
  networkPolicy: { enabled: true, from: [{ namespaceSelector: {} }] },
};

/** Values that make as different charts as there are, each with arguments of `helm template`. */
const WAYS: Readonly<Record<string, readonly [Readonly<Record<string, unknown>>, ...string[]]>> = {
  'the defaults': [{}],
  everything: [EVERYTHING, WITH_ADMISSION_POLICY],
  'Kubernetes 1.20': [{}, '--kube-version=1.20.2'],
  'Kubernetes 1.36': [{}, '--kube-version=1.36.0', WITH_ADMISSION_POLICY],
  'one operator': [{ 'operator.replicas': 1 }],
  'nothing but the programs': [
    { 'crds.install': false, admissionPolicy: { enabled: false } },
    WITH_ADMISSION_POLICY,
  ],
};

test('helm lint finds nothing to complain about', async () => {
  assert.match(await helm('lint', '--strict', CHART), /1 chart\(s\) linted, 0 chart\(s\) failed/);
});

for (const [way, [values, ...argv]] of Object.entries(WAYS))
  test(`with ${way} every object is complete, and there once`, async () => {
    const objects = await render(values, ...argv);
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
    assert.equal(new Set(names).size, names.length, names.join('\n'));
    for (const object of objects) {
      assert.match(object['apiVersion'] as string, /^[a-z.0-9]*\/?v[1-9]/, object.kind);
      assert.match(object.metadata.name, /^[a-z0-9][-a-z0-9.]{0,62}$/);
    }
  });

test('every generated file is up to date (make manifests)', async () => {
  for (const { path, text } of await generatedFiles())
    assert.equal(readFileSync(path, 'utf8'), text, `${path} is not what "make manifests" writes`);
});

test('the versions of chart, program and image are one', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const chart = parseYaml(readFileSync(`${CHART}/Chart.yaml`, 'utf8')) as Record<string, string>;
  assert.deepEqual([chart['version'], chart['appVersion']], [version, version]);
  const { template } = operatorOf(await render());
  assert.equal(
    template.spec.containers[0].image,
    `localhost/kube-vrrp:${version}`,
    'not the image that "make image" builds',
  );
});

test('the definitions come with the release, are upgraded with it, and stay when it goes', async () => {
  const definitions = ofKind(await render(), 'CustomResourceDefinition');
  assert.deepEqual(
    definitions.map(({ metadata }) => metadata.name),
    ['virtualips.kube-vrrp.io', 'virtualrouters.kube-vrrp.io'],
  );
  for (const { metadata } of definitions)
    assert.equal(metadata.annotations?.['helm.sh/resource-policy'], 'keep');
  assert.deepEqual(ofKind(await render({ 'crds.install': false }), 'CustomResourceDefinition'), []);
});

test('the definitions of the release say what those of deploy/crds say', async () => {
  for (const rendered of ofKind(await render(), 'CustomResourceDefinition')) {
    const [original] = parse(
      readFileSync(`deploy/crds/kube-vrrp.io_${rendered.metadata.name.split('.')[0] ?? ''}.yaml`, 'utf8'),
    );
    assert.deepEqual(rendered['spec'], original?.['spec']);
  }
});

test('API servers that know no rules in CEL get the definitions without them, and otherwise the same', async () => {
  const without = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value), function (this: Record<string, unknown>, key, item: unknown) {
      return key === 'x-kubernetes-validations' ? undefined : item;
    });
  const modern = ofKind(await render({}, '--kube-version=1.25.0'), 'CustomResourceDefinition');
  const old = ofKind(await render({}, '--kube-version=1.24.17'), 'CustomResourceDefinition');
  assert.notDeepEqual(old, modern);
  assert.deepEqual(old, without(modern));
});

test('the one manifest speaks of no Helm, and begins with a namespace that lets agents in', () => {
  const text = readFileSync('deploy/install.yaml', 'utf8');
  assert.doesNotMatch(text, /helm\.sh|managed-by: Helm/);
  const [first] = parse(text);
  assert.equal(first?.kind, 'Namespace');
  assert.equal(first.metadata.labels?.['pod-security.kubernetes.io/enforce'], 'privileged');
});

test('a PodDisruptionBudget is of the version that the API server has', async () => {
  const version = async (kubernetes: string): Promise<unknown> =>
    the(await render({}, `--kube-version=${kubernetes}`), 'PodDisruptionBudget', 'kube-vrrp-operator')[
      'apiVersion'
    ];
  assert.equal(await version('1.20.2'), 'policy/v1beta1');
  assert.equal(await version('1.21.0-gke.100'), 'policy/v1');
  assert.equal(await version('1.36.0'), 'policy/v1');
});

test('a single operator has no PodDisruptionBudget that would block every drain', async () => {
  assert.deepEqual(ofKind(await render({ 'operator.replicas': 1 }), 'PodDisruptionBudget'), []);
});

test('labels of the pods cannot take them away from their Deployment', async () => {
  const { selector, template } = operatorOf(await render(EVERYTHING), 'vip-operator');
  const { labels } = template.metadata;
  for (const [name, value] of Object.entries(selector.matchLabels)) assert.equal(labels[name], value, name);
  assert.equal(labels['team'], 'network');
});

test('another configuration makes another pod', async () => {
  const checksum = async (values: Readonly<Record<string, unknown>>) =>
    operatorOf(await render(values)).template.metadata.annotations['checksum/config'];
  assert.equal(await checksum({}), await checksum({ 'operator.podLabels': { a: 'b' } }));
  assert.notEqual(await checksum({}), await checksum({ 'agent.realtime': false }));
});

test('the digest of an image goes before its tag', async () => {
  const { template } = operatorOf(await render(EVERYTHING), 'vip-operator');
  assert.equal(
    template.spec.containers[0].image,
    `registry.example.com:5000/team/kube-vrrp@sha256:${'a'.repeat(64)}`,
  );
  assert.deepEqual(template.spec['imagePullSecrets'], [{ name: 'registry' }]);
});

test('PodMonitors and NetworkPolicy select the pods that there are', async () => {
  const objects = await render({
    'monitoring.podMonitor': { enabled: true },
    'agent.http': ':9112',
    'networkPolicy.enabled': true,
  });
  const labels = {
    'kube-vrrp-operator': operatorOf(objects).template.metadata.labels,
    'kube-vrrp-agent': agentPodLabels('kube-vrrp-agent'),
  };
  const selected = (object: Rendered, field: 'selector' | 'podSelector') =>
    Object.entries(
      (object['spec'] as Readonly<Record<typeof field, Workload['selector']>>)[field].matchLabels,
    );
  for (const [name, pod] of Object.entries(labels))
    for (const [key, value] of selected(the(objects, 'PodMonitor', name), 'selector'))
      assert.equal(pod[key], value, `${name}: ${key}`);
  for (const [key, value] of selected(the(objects, 'NetworkPolicy', 'kube-vrrp-operator'), 'podSelector'))
    assert.equal(labels['kube-vrrp-operator'][key], value, key);
});

test('whoever scrapes the agents is asked to let them listen', async () => {
  await assert.rejects(
    render({ 'monitoring.podMonitor': { enabled: true } }),
    (error: { stderr: string }) => {
      assert.match(
        error.stderr,
        /cannot reach the agents at agent\.http=127\.0\.0\.1:9112; set agent\.http to ":9112"/,
      );
      return true;
    },
  );
});
