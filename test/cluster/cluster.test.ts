import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test as anyTest } from 'node:test';

import { holders } from '../../lab/address-watch.js';
import { Cluster, ClusterLab, leftovers, tearDown } from '../../lab/cluster/index.js';
import { REPOSITORY, STATE } from '../../lab/cluster/folders.js';
import { Prober } from '../../lab/prober.js';

/* The test cluster itself: what it promises to those who write tests with it. */

const NGINX = `
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: nginx }
spec:
  selector: { matchLabels: { app: nginx } }
  template:
    metadata: { labels: { app: nginx } }
    spec:
      hostNetwork: true
      containers: [{ name: nginx, image: 'nginx:1.27' }]
`;

/** Built before by `make image`. */
const ARCHIVE = join(REPOSITORY, 'build', 'image', 'kube-vrrp.tar');

/** `make e2e KUBECONFIG=FILE` is about another cluster. */
const skip = (process.env['E2E_KUBECONFIG'] ?? '') === '' ? false : "it is about the laboratory's cluster";
const test = (title: string, body: () => Promise<void>): void => void anyTest(title, { skip }, body);

let cluster: Cluster;
let view: ClusterLab;
/** Whether this file starts it. */
const isOurs = skip === false && Cluster.running() === null;

before(async () => {
  if (skip !== false) return;
  cluster = isOurs ? await Cluster.up() : Cluster.attach();
  await cluster.recover();
  view = await ClusterLab.open(cluster);
});

after(async () => {
  if (skip !== false) return;
  await view.close();
  if (isOurs) await tearDown();
  else
    await cluster.kubectl(['delete', '--filename=-', '--ignore-not-found', '--timeout=60s'], {
      input: NGINX,
    });
});

const page = (node: string): Promise<string> => view.client.fetch(`http://${cluster.node(node).address}/`);

const readyPods = async (): Promise<readonly string[]> => {
  const pods = await cluster.pods('default', 'app=nginx');
  return pods
    .filter(({ status }) => status.containerStatuses?.every(({ ready }) => ready))
    .map(({ spec }) => spec.nodeName ?? '');
};

test('three nodes are Ready, and a second cluster is refused', async () => {
  const { items } = await cluster.get<{ items: { metadata: { name: string } }[] }>('nodes');
  assert.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ['w1', 'w2', 'w3'],
  );
  await cluster.nodesReady();
  await assert.rejects(Cluster.up(), /is up already/);
});

test('a DaemonSet of nginx answers the client on every node', async () => {
  await cluster.apply(NGINX);
  await cluster.rolledOut('daemonset/nginx');
  for (const { name } of cluster.nodes) assert.match(await page(name), /nginx/);
});

describe('each node has troubles of its own', { concurrency: 3 }, () => {
  test('a node without power is gone from the network at once, and comes back with its pods', async () => {
    const node = cluster.node('w2');
    const prober = await Prober.start(view.lan, view.client, node.address);
    await node.powerOff();
    assert.equal(node.isOn, false);
    assert.deepEqual(holders(view.timeline, node.address), []);
    assert.deepEqual(node.processes(), []);
    await cluster.nodeUnknown('w2');
    await node.powerOn();
    await cluster.nodesReady();
    await cluster.eventually('nginx runs on w2 again', 30_000, async () =>
      (await readyPods()).includes('w2'),
    );
    assert.match(await page('w2'), /nginx/);
    const { lost, answeredBy } = await prober.stop();
    assert.ok(lost > 5000, `only ${String(lost)} requests were lost`);
    assert.deepEqual(answeredBy, ['w2']);
  });

  test('without its kubelet a node is Unknown, and its containers go on', async () => {
    await cluster.node('w1').hold('kubelet');
    await cluster.nodeUnknown('w1');
    assert.match(await page('w1'), /nginx/);
    await cluster.node('w1').release('kubelet');
    await cluster.nodesReady(['w1']);
  });

  test('a killed container is started again by its node', async () => {
    const pods = await cluster.pods('default', 'app=nginx');
    const pod = pods.find(({ spec }) => spec.nodeName === 'w3')?.metadata.name ?? '';
    const before = await cluster.podProcesses('default', pod, 'nginx');
    await cluster.signalContainer('default', pod, 'nginx', 'SIGKILL');
    await cluster.eventually('it runs again', 30_000, async () => {
      const now = await cluster.podProcesses('default', pod, 'nginx');
      return now.length > 0 && now.every((pid) => !before.includes(pid));
    });
  });
});

test('pulled cables and silent switches are mended by recover', async () => {
  await cluster.node('w1').linkDown();
  await cluster.node('w3').blackhole();
  for (const name of ['w1', 'w3']) await assert.rejects(page(name));
  await cluster.recover();
  for (const name of ['w1', 'w3']) assert.match(await page(name), /nginx/);
});

describe('the API server has troubles while an image is loaded', { concurrency: 2 }, () => {
  test('the API server can be killed, held and started while pods go on', async () => {
    await cluster.killApiServer();
    await assert.rejects(cluster.kubectl(['get', 'nodes'], { seconds: 5 }));
    assert.match(await page('w1'), /nginx/);
    await cluster.startApiServer();
    cluster.pauseApiServer();
    await assert.rejects(cluster.kubectl(['get', 'nodes'], { seconds: 2 }));
    cluster.resumeApiServer();
    await cluster.kubectl(['get', 'nodes']);
  });

  test('an image archive gets into every node, and a file that is not there is refused', async () => {
    await assert.rejects(cluster.loadImage('/nonexistent.tar'), /no image archive/);
    await cluster.loadImage(ARCHIVE);
    for (const node of cluster.nodes)
      assert.match(await node.exec(['ctr', '--namespace=k8s.io', 'images', 'list', '-q']), /kube-vrrp:/);
  });
});

test('what a service account does is audited, and nothing else', async () => {
  await assert.rejects(cluster.kubectlAs('default/default', ['get', 'secrets']), /forbidden/);
  const request = await cluster.eventually('the request is in the log', 5000, async () =>
    cluster.audit('default/default').find(({ resource }) => resource === 'secrets'),
  );
  assert.deepEqual([request.verb, request.namespace, request.code], ['list', 'default', 403]);
  // Where it was up before, others may have been at work.
  if (!isOurs && process.env['KUBE_VRRP_CLUSTER_IS_OURS'] !== 'yes') return;
  const others = cluster.audit().filter(({ serviceAccount }) => serviceAccount !== 'default/default');
  assert.deepEqual(others, []);
});

// Whoever has started it sees to its end: test/e2e/90-uninstall.test.ts.
if (isOurs)
  test('nothing is left when it is down, and down is nothing new the second time', async () => {
    await view.close();
    await cluster.down();
    assert.deepEqual(await leftovers(), []);
    assert.equal(existsSync(STATE), false);
    await tearDown();
  });
