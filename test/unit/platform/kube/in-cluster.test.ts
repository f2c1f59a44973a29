import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { NoApiServer } from '../../../../src/platform/kube/api-server.js';
import { findApiServer } from '../../../../src/platform/kube/find-api-server.js';
import { inClusterApiServer } from '../../../../src/platform/kube/in-cluster.js';
import { testCertificate } from '../../../support/test-certificate.js';

const ENV = { KUBERNETES_SERVICE_HOST: '198.51.100.1', KUBERNETES_SERVICE_PORT: '443' };

async function account(context: TestContext, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kube-vrrp-account-'));
  context.after(() => rm(folder, { recursive: true }));
  const all = { namespace: 'kube-vrrp', token: 'first\n', 'ca.crt': 'CA', ...files };
  for (const [name, text] of Object.entries(all)) if (text !== '-') await writeFile(join(folder, name), text);
  return folder;
}

const saying = (text: RegExp) => (error: unknown) => error instanceof NoApiServer && text.test(error.message);

test('address, token, certificate authority and namespace are where Kubernetes puts them', async (context) => {
  const server = await inClusterApiServer({ env: ENV, folder: await account(context) });
  assert.equal(server.url.href, 'https://198.51.100.1/');
  assert.equal(server.namespace, 'kube-vrrp');
  assert.deepEqual(await server.credentials(), {
    headers: { authorization: 'Bearer first' },
    tls: { ca: 'CA' },
  });
});

test('the address may be of IPv6 and the port another one', async (context) => {
  const folder = await account(context);
  const env = { KUBERNETES_SERVICE_HOST: '2001:db8::1', KUBERNETES_SERVICE_PORT: '6443' };
  assert.equal((await inClusterApiServer({ env, folder })).url.host, '[2001:db8::1]:6443');
});

test('whoever sets another address and port for a pod is heeded: the kubelet sets the port a second time', async (context) => {
  const folder = await account(context);
  const env = {
    KUBERNETES_SERVICE_HOST: '192.0.2.10',
    KUBERNETES_SERVICE_PORT: '6443',
    KUBERNETES_SERVICE_PORT_HTTPS: '443',
  };
  assert.equal((await inClusterApiServer({ env, folder })).url.host, '192.0.2.10:6443');
});

test('a token that was renewed is used within seconds, and one that cannot be read does not lose the last', async (context) => {
  const folder = await account(context);
  let now = 0;
  const server = await inClusterApiServer({ env: ENV, folder, now: () => now });
  const token = async () => (await server.credentials()).headers['authorization'];
  assert.equal(await token(), 'Bearer first');
  await writeFile(join(folder, 'token'), 'second');
  now += 9_000;
  assert.equal(await token(), 'Bearer first');
  now += 2_000;
  assert.equal(await token(), 'Bearer second');
  await rm(join(folder, 'token'));
  now += 11_000;
  assert.equal(await token(), 'Bearer second');
});

test('what is missing is named, with what to do about it', async (context) => {
  await assert.rejects(
    inClusterApiServer({ env: {} }),
    saying(/KUBERNETES_SERVICE_HOST is not set.*--kubeconfig/),
  );
  await assert.rejects(
    inClusterApiServer({ env: ENV, folder: await account(context, { token: '-' }) }),
    saying(/token: ENOENT.*automountServiceAccountToken/),
  );
  await assert.rejects(
    inClusterApiServer({ env: ENV, folder: await account(context, { token: '\n' }) }),
    saying(/token is empty/),
  );
  const folder = await account(context);
  await assert.rejects(
    inClusterApiServer({ env: { ...ENV, KUBERNETES_SERVICE_PORT: 'tcp' }, folder }),
    saying(/KUBERNETES_SERVICE_PORT=tcp are not an address and a port/),
  );
  await assert.rejects(
    findApiServer({ env: {} }),
    saying(/not a pod, and neither --kubeconfig FILE nor KUBECONFIG/),
  );
});

/** A kubeconfig with a client certificate in files beside it, as kubeadm's. */
const kubeconfig = (server: string, context = 'lab'): string => `
apiVersion: v1
kind: Config
current-context: ${context}
contexts: [{name: lab, context: {cluster: lab, user: admin, namespace: edge}}]
clusters: [{name: lab, cluster: {server: '${server}', certificate-authority: ca.crt, tls-server-name: kubernetes}}]
users: [{name: admin, user: {client-certificate: ca.crt, client-key-data: ${btoa('KEY')}, token: abc}}]
`;

test('a kubeconfig file tells the server, the context’s namespace and the credentials', async (context) => {
  const { cert } = testCertificate();
  const folder = await account(context, { config: kubeconfig('https://192.0.2.1:6443/lab'), 'ca.crt': cert });
  const server = await findApiServer({ env: { ...ENV, KUBECONFIG: join(folder, 'config') } });
  assert.equal(server.url.href, 'https://192.0.2.1:6443/lab');
  assert.equal(server.namespace, 'edge');
  const { headers, tls, agent } = await server.credentials();
  assert.deepEqual(headers, { authorization: 'Bearer abc' });
  assert.deepEqual(
    { ...tls, ca: String(tls.ca), cert: String(tls.cert), key: String(tls.key) },
    { ca: cert, cert, key: 'KEY', servername: 'kubernetes' },
  );
  assert.equal(agent, undefined);
});

test('what a kubeconfig file lacks is named', async (context) => {
  const folder = await account(context, {
    plain: kubeconfig('http://192.0.2.1'),
    elsewhere: kubeconfig('https://192.0.2.1', 'nowhere'),
    broken: 'clusters: [',
  });
  const find = (name: string) => findApiServer({ kubeconfig: join(folder, name), env: {} });
  await assert.rejects(find('none'), saying(/none: ENOENT/));
  await assert.rejects(find('broken'), saying(/broken: /));
  await assert.rejects(find('plain'), saying(/plain: the server of cluster "lab" is not an https/));
  await assert.rejects(find('elsewhere'), saying(/the current context "nowhere" names no cluster/));
});
