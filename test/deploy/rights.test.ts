import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { NAMESPACE, type Rendered, ofKind, operatorOf, render, the } from './rendered.js';

/* What the programs may do is what docs/security.md says, to the letter, and nothing else. */

type Rule = Readonly<{
  apiGroups: readonly string[];
  resources: readonly string[];
  verbs: readonly string[];
  resourceNames?: readonly string[];
}>;

const GROUPS: Readonly<Record<string, string>> = {
  virtualips: 'kube-vrrp.io',
  virtualrouters: 'kube-vrrp.io',
  daemonsets: 'apps',
  serviceaccounts: '',
  leases: 'coordination.k8s.io',
  events: '',
};

/** `RESOURCE: VERBS`, sorted; `RESOURCE: VERBS (named)` where it is about objects of some names. */
const lines = (rules: readonly Rule[]): readonly string[] =>
  rules
    .flatMap(({ resources, verbs, resourceNames }) =>
      resources.map(
        (resource) => `${resource}: ${verbs.join(', ')}${resourceNames === undefined ? '' : ' (named)'}`,
      ),
    )
    .sort();

/** The table below a heading of docs/security.md, as lines of the same form. */
function documented(heading: string): readonly string[] {
  const page = readFileSync('docs/security.md', 'utf8');
  const start = page.indexOf(`\n${heading}\n`);
  assert.ok(start >= 0, `docs/security.md has no "${heading}"`);
  const table = page.slice(start + heading.length + 2).match(/^\|[\s\S]*?\n\n/m)?.[0] ?? '';
  return table
    .split('\n')
    .map((row) => row.split('|').map((cell) => cell.trim()))
    .filter(([, resource]) => resource?.startsWith('`'))
    .map(([, resource = '', verbs = '', scope = '']) => {
      const named = /^(its own|the agents' (Secret|ServiceAccount|DaemonSet).*)$/.test(scope);
      return `${resource.replaceAll('`', '')}: ${verbs}${named ? ' (named)' : ''}`;
    })
    .sort();
}

const rulesOf = (objects: readonly Rendered[], kind: string, name: string): readonly Rule[] =>
  the(objects, kind, name)['rules'] as readonly Rule[];

test('the operator may do in the cluster what is documented', async () => {
  const rules = rulesOf(await render(), 'ClusterRole', 'kube-vrrp-operator');
  assert.deepEqual(lines(rules), documented('Operator, in the whole cluster:'));
});

test('the operator may do in its namespace what is documented', async () => {
  const rules = rulesOf(await render(), 'Role', 'kube-vrrp-operator');
  assert.deepEqual(lines(rules), documented('Operator, in its own namespace:'));
});

test('agents may do what is documented', async () => {
  const objects = await render();
  const rules = [
    ...rulesOf(objects, 'ClusterRole', 'kube-vrrp-agent'),
    ...rulesOf(objects, 'Role', 'kube-vrrp-agent'),
  ];
  assert.deepEqual(lines(rules), documented('Agents:'));
});

test('no rule has a wildcard, and each resource is of its own group', async () => {
  const objects = await render();
  for (const { rules } of [...ofKind(objects, 'Role'), ...ofKind(objects, 'ClusterRole')])
    for (const { apiGroups, resources, verbs } of rules as readonly Rule[]) {
      assert.ok(![...apiGroups, ...resources, ...verbs].includes('*'));
      for (const resource of resources)
        assert.deepEqual(apiGroups, [GROUPS[resource.split('/')[0] ?? ''] ?? ''], resource);
    }
});

test('each role is bound to one program, in its namespace', async () => {
  const objects = await render({ 'rbac.passwordSecrets': [{ namespace: 'web', names: ['vrrp'] }] });
  const bindings = [...ofKind(objects, 'RoleBinding'), ...ofKind(objects, 'ClusterRoleBinding')];
  for (const { metadata, subjects, roleRef } of bindings) {
    const account = /-(operator|agent)(-|$)/.exec(metadata.name)?.[1] ?? '';
    assert.deepEqual(subjects, [
      { kind: 'ServiceAccount', name: `kube-vrrp-${account}`, namespace: NAMESPACE },
    ]);
    assert.equal((roleRef as { name: string }).name, metadata.name);
  }
  assert.equal(bindings.length, 6);
});

test('agents that may read the pods of some namespaces may not read those of others', async () => {
  const objects = await render({ 'agent.podNamespaces': ['web', 'shop'] });
  const everywhere = lines(rulesOf(objects, 'ClusterRole', 'kube-vrrp-agent'));
  assert.ok(!everywhere.some((line) => line.startsWith('pods')), everywhere.join());
  const roles = ofKind(objects, 'Role').filter(({ metadata }) => metadata.name === 'kube-vrrp-agent-pods');
  assert.deepEqual(
    roles.map(({ metadata }) => metadata.namespace),
    ['web', 'shop'],
  );
});

test('agents that track no pods may read none', async () => {
  const objects = await render({ 'agent.podNamespaces': [] });
  const all = [...ofKind(objects, 'ClusterRole'), ...ofKind(objects, 'Role')].filter(({ metadata }) =>
    metadata.name.includes('-agent'),
  );
  assert.ok(
    all.every(({ rules }) => !lines(rules as readonly Rule[]).some((line) => line.startsWith('pods'))),
  );
});

test('a password outside of the namespace is one that a name was given for', async () => {
  const objects = await render({ 'rbac.passwordSecrets': [{ namespace: 'web', names: ['vrrp', 'other'] }] });
  const role = the(objects, 'Role', 'kube-vrrp-operator-passwords');
  assert.equal(role.metadata.namespace, 'web');
  assert.deepEqual(role['rules'], [
    {
      apiGroups: [''],
      resources: ['secrets'],
      resourceNames: ['vrrp', 'other'],
      verbs: ['get', 'list', 'watch'],
    },
  ]);
});

test('an operator that may not read every Secret of its namespace reads that of the agents', async () => {
  const rules = rulesOf(await render({ 'rbac.ownSecrets': false }), 'Role', 'kube-vrrp-operator');
  const reading = rules.filter(
    ({ resources, verbs }) => resources.includes('secrets') && verbs.includes('list'),
  );
  assert.deepEqual(
    reading.map(({ resourceNames }) => resourceNames),
    [['kube-vrrp-agents']],
  );
});

test('no default role of a namespace may write VirtualIPs', async () => {
  const writing = ofKind(await render(), 'ClusterRole').filter(({ metadata }) =>
    Object.keys(metadata.labels ?? {}).some((label) => /aggregate-to-(edit|admin)/.test(label)),
  );
  assert.deepEqual(writing, []);
});

test('the operator is nobody on its host', async () => {
  const pod = operatorOf(await render()).template.spec;
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC'])
    assert.ok(!(field in pod), `the operator asks for ${field}`);
  assert.deepEqual(pod['securityContext'], {
    runAsNonRoot: true,
    runAsUser: 65532,
    runAsGroup: 65532,
    fsGroup: 65532,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  const [container, ...others] = pod.containers;
  assert.equal(others.length, 0);
  assert.deepEqual(container.securityContext, {
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  assert.deepEqual(pod['volumes'], [{ name: 'config', configMap: { name: 'kube-vrrp-operator' } }]);
});
