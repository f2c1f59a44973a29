import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '@bufbuild/cel';

import { virtualRouterStatusSchema } from '../../src/api/v1alpha1/schema/virtual-router-schema.js';
import { parseOperatorConfig } from '../../src/operator/config.js';
import { agentDaemonSet, agentPodLabels } from '../../src/operator/decide/daemon-set.js';
import { NAMESPACE, WITH_ADMISSION_POLICY, configFileOf, ofKind, render, the } from './rendered.js';

/*
 * What the ValidatingAdmissionPolicies let through. Their expressions are evaluated here as an API server does; what is not
 * there to be read is an error in CEL, and an error is a refusal.
 */

type Request = Readonly<{
  userInfo: Readonly<{ username: string; extra?: Readonly<Record<string, readonly string[]>> }>;
  resource: Readonly<{ resource: string }>;
  subResource?: string;
}>;

type Policy = Readonly<{
  matchConditions: readonly Readonly<{ expression: string }>[];
  variables?: readonly Readonly<{ name: string; expression: string }>[];
  validations: readonly Readonly<{ expression: string; message?: string; messageExpression?: string }>[];
}>;

const policyOf = async (name: string): Promise<Policy> =>
  the(await render({}, WITH_ADMISSION_POLICY), 'ValidatingAdmissionPolicy', name)['spec'] as Policy;

/** What the policy says against a request; empty when it lets it pass. */
async function objections(
  name: string,
  request: Request,
  object: object | null,
  oldObject: object | null,
): Promise<readonly string[]> {
  const { matchConditions, variables = [], validations } = await policyOf(name);
  const known: Record<string, unknown> = {};
  const evaluate = (expression: string): unknown =>
    run(expression, { request, object, oldObject, variables: known } as never);
  if (matchConditions.some(({ expression }) => evaluate(expression) !== true)) return [];
  for (const { name: variable, expression } of variables) known[variable] = evaluate(expression);
  return validations
    .filter(({ expression }) => evaluate(expression) !== true)
    .map(({ message, messageExpression }) =>
      messageExpression === undefined ? (message ?? '') : String(evaluate(messageExpression)),
    );
}

const AGENT = `system:serviceaccount:${NAMESPACE}:kube-vrrp-agent`;
const OPERATOR = `system:serviceaccount:${NAMESPACE}:kube-vrrp-operator`;
const NODE_NAME = 'authentication.kubernetes.io/node-name';

const member = (node: string, state: string) => ({ node, state, heartbeat: '2026-01-01T00:00:00Z' });
const router = (...members: readonly object[]) => ({
  metadata: { name: 'web-ipv4' },
  spec: {},
  ...(members.length === 0 ? {} : { status: { members } }),
});

const byAgent = (extra?: Readonly<Record<string, readonly string[]>>, subResource?: string): Request => ({
  userInfo: { username: AGENT, ...(extra === undefined ? {} : { extra }) },
  resource: { resource: 'virtualrouters' },
  ...(subResource === undefined ? {} : { subResource }),
});
const OF_W1 = byAgent({ [NODE_NAME]: ['w1'] }, 'status');
const agentWrites = (request: Request, before: object, after: object): Promise<readonly string[]> =>
  objections('kube-vrrp-agent', request, after, before);

const MINE = member('w1', 'Backup');
const OTHER = member('w2', 'Active');

for (const [title, before, after] of [
  ['adds', router(OTHER), router(OTHER, MINE)],
  ['changes', router(MINE, OTHER), router(member('w1', 'Active'), OTHER)],
  ['removes', router(MINE, OTHER), router(OTHER)],
  ['is the first to add', router(), router(MINE)],
] as const)
  test(`an agent ${title} the entry of its own node`, async () => {
    assert.deepEqual(await agentWrites(OF_W1, before, after), []);
  });

for (const [title, before, after] of [
  ['adds', router(MINE), router(MINE, OTHER)],
  ['changes', router(MINE, OTHER), router(MINE, member('w2', 'Backup'))],
  ['removes', router(MINE, OTHER), router(MINE)],
  ['removes with all others', router(OTHER), router()],
] as const)
  test(`an agent that ${title} the entry of another node is refused`, async () => {
    assert.deepEqual(await agentWrites(OF_W1, before, after), [
      'the agent of node w1 may change no other entry of status.members than its own',
    ]);
  });

for (const [title, extra] of [
  ['nothing', undefined],
  ['no node', { 'authentication.kubernetes.io/pod-name': ['a'] }],
  ['two nodes', { [NODE_NAME]: ['w1', 'w2'] }],
] as const)
  test(`an agent whose token names ${title} is refused, and told why`, async () => {
    const [first = ''] = await agentWrites(byAgent(extra, 'status'), router(), router(MINE));
    assert.match(first, /names no node .*ServiceAccountTokenPodNodeInfo/);
  });

test('an agent that writes anything but a status is refused', async () => {
  const [first] = await agentWrites(byAgent({ [NODE_NAME]: ['w1'] }), router(), router(MINE));
  assert.equal(first, 'an agent writes the status of a VirtualRouter, and nothing else');
});

test('the operator takes away the entries of nodes that are no more', async () => {
  const request = { ...OF_W1, userInfo: { username: OPERATOR } };
  assert.deepEqual(await agentWrites(request, router(OTHER), router()), []);
});

test('the status has nothing but members, which is all that the policy looks at', () => {
  assert.deepEqual(Object.keys(virtualRouterStatusSchema.properties), ['members']);
});

type Pod = Readonly<Record<string, unknown>>;
const POD: Pod = {
  serviceAccountName: 'kube-vrrp-agent',
  containers: [{ image: 'localhost/kube-vrrp:0.1.0', securityContext: { runAsUser: 0 } }],
  volumes: [{ name: 'state', hostPath: { path: '/var/lib/kube-vrrp' } }],
};
const operatorWrites = (resource: string, object: object): Promise<readonly string[]> =>
  objections(
    'kube-vrrp-operator',
    { userInfo: { username: OPERATOR }, resource: { resource } },
    object,
    null,
  );
const daemonSet = (pod: Pod, name = 'kube-vrrp-agent') => ({
  metadata: { name },
  spec: { template: { spec: { ...POD, ...pod } } },
});

test('the operator writes the DaemonSet that it makes of the configuration of the chart', async () => {
  const config = parseOperatorConfig(configFileOf(await render()));
  assert.ok(config.ok);
  const made = agentDaemonSet({ ...config.value.agent, namespace: NAMESPACE }, [], null);
  assert.deepEqual(await operatorWrites('daemonsets', made), []);
});

test("the operator writes its agents' DaemonSet and Secret", async () => {
  assert.deepEqual(await operatorWrites('daemonsets', daemonSet({})), []);
  assert.deepEqual(await operatorWrites('daemonsets', daemonSet({ volumes: [{ emptyDir: {} }] })), []);
  assert.deepEqual(await operatorWrites('secrets', { metadata: { name: 'kube-vrrp-agents' } }), []);
});

const operatorDeletes = (labels: Readonly<Record<string, string>> | undefined): Promise<readonly string[]> =>
  objections(
    'kube-vrrp-operator',
    { userInfo: { username: OPERATOR }, resource: { resource: 'pods' } },
    null,
    { metadata: { name: 'x', ...(labels === undefined ? {} : { labels }) } },
  );

test('the operator deletes pods of its agents, and no others', async () => {
  const refused = ['the operator deletes pods of its agents, and no others'];
  assert.deepEqual(await operatorDeletes(agentPodLabels('kube-vrrp-agent')), []);
  assert.deepEqual(await operatorDeletes(agentPodLabels('other')), refused);
  assert.deepEqual(await operatorDeletes({ app: 'web' }), refused);
  assert.deepEqual(await operatorDeletes(undefined), refused);
});

for (const [title, resource, object] of [
  ['another DaemonSet', 'daemonsets', daemonSet({}, 'miner')],
  ['another Secret', 'secrets', { metadata: { name: 'other' } }],
  [
    'a Secret that gets a token',
    'secrets',
    { metadata: { name: 'kube-vrrp-agents' }, type: 'kubernetes.io/service-account-token' },
  ],
  ['pods with another ServiceAccount', 'daemonsets', daemonSet({ serviceAccountName: 'default' })],
  [
    'pods of another image',
    'daemonsets',
    daemonSet({ containers: [{ image: 'localhost/kube-vrrp-like:1', securityContext: {} }] }),
  ],
  [
    'privileged containers',
    'daemonsets',
    daemonSet({ containers: [{ image: 'localhost/kube-vrrp:1', securityContext: { privileged: true } }] }),
  ],
  ['init containers', 'daemonsets', daemonSet({ initContainers: [{ image: 'localhost/kube-vrrp:1' }] })],
  ["the node's root", 'daemonsets', daemonSet({ volumes: [{ hostPath: { path: '/' } }] })],
] as const)
  test(`the operator is refused ${title}`, async () => {
    assert.equal((await operatorWrites(resource, object)).length, 1);
  });

test('there are policies where the API server has them, unless they are switched off or forced', async () => {
  const count = async (values: Readonly<Record<string, unknown>>, ...argv: readonly string[]) =>
    ofKind(await render(values, ...argv), 'ValidatingAdmissionPolicyBinding').length;
  assert.equal(await count({}), 0);
  assert.equal(await count({}, WITH_ADMISSION_POLICY), 2);
  assert.equal(await count({ 'admissionPolicy.enabled': false }, WITH_ADMISSION_POLICY), 0);
  assert.equal(await count({ 'admissionPolicy.enabled': true }), 2);
});
