import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { STATE } from '../../lab/cluster/folders.js';
import { Cluster, leftovers, tearDown } from '../../lab/cluster/index.js';
import { isForeign, openAccess } from './support/access.js';
import { figures } from './support/figures.js';
import { deleteVirtualIPs, removeEverything } from './support/installation.js';
import { virtualIP } from './support/objects.js';
import { ensureReady } from './support/preparation.js';
import { anywhere, scenario } from './support/scenario.js';
import { NAMESPACE, RELEASE, freeAddress, freeVRID } from './support/settings.js';

/* The way out: in an orderly manner, in haste, and the end of the cluster. */

const ADDRESS = freeAddress(0);

before(() => ensureReady());

after(async () => {
  console.log(`Measured:\n${figures()}`);
  if (isForeign() || Cluster.running() !== null) await removeEverything((await openAccess()).access);
});

scenario(
  'helm uninstall while a VirtualIP is there removes agents and addresses from every node, and keeps what people wrote',
  async (stage) => {
    await stage.applyVirtualIP('left', { addresses: [ADDRESS] });
    await stage.settled('left');
    await stage.access.helm(['uninstall', RELEASE, `--namespace=${NAMESPACE}`, '--wait', '--timeout=90s']);
    await stage.eventually('no pod of ours is left', 60_000, () => stage.pods.objects.length === 0);
    await stage.heldBy(ADDRESS, [], 5000);
    assert.equal(stage.virtualIPs.get('left')?.metadata.name, 'left', 'the VirtualIP is kept');
    await stage.kubectl('delete', 'virtualip', 'left', '--timeout=30s');
  },
);

scenario('installed again it takes up the VirtualIPs that are there', async (stage) => {
  await stage.applyVirtualIP('found', { addresses: [ADDRESS] });
  await ensureReady();
  await stage.settled('found', 60_000);
  await stage.heldBy(ADDRESS, stage.preference('found').slice(0, 1), 10_000);
});

anywhere('when everything is removed, nothing of it is left in the cluster', async (stage) => {
  // Not for the stage to clean up: afterwards nobody knows what a VirtualIP is.
  await stage.access.kubectl(['apply', '--filename=-'], {
    input: virtualIP('last', { addresses: [ADDRESS], vrid: freeVRID(0) }),
  });
  await stage.settled('last', 60_000);
  await deleteVirtualIPs(stage.access);
  await stage.eventually('no agent is left', 180_000, () => stage.agents.length === 0);
  await removeEverything(stage.access);
  const kinds = await stage.kubectl('api-resources', '--output=name', '--namespaced=false', '--verbs=list');
  assert.doesNotMatch(kinds, /kube-vrrp/);
  const left = await stage.kubectl(
    ...['get', 'clusterroles,clusterrolebindings,namespaces', '--output=name'],
  );
  assert.doesNotMatch(left, /kube-vrrp/);
});

test(
  'the cluster goes down and leaves no process, namespace, mount or file',
  {
    // Others may be using one that was up before, or wanted it to stay.
    skip:
      process.env['KUBE_VRRP_CLUSTER_IS_OURS'] === 'yes'
        ? false
        : 'this run did not start the cluster, or is to keep it',
  },
  async () => {
    await Cluster.attach().down();
    assert.deepEqual(await leftovers(STATE), []);
    // Once more is nothing new.
    await tearDown();
  },
);
