import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VirtualRouter } from '../../../src/api/v1alpha1/virtual-router.js';
import { FreshView } from '../../../src/operator/gather/fresh-view.js';
import { type KubeNode, nodeFacts, slimNode } from '../../../src/operator/gather/node-facts.js';
import { NodeTable } from '../../../src/operator/gather/node-table.js';
import { Observations } from '../../../src/operator/gather/observations.js';
import { findOwner } from '../../../src/operator/gather/owner.js';
import { type Change, KubeApiError, type KubeObject } from '../../../src/platform/kube/ports.js';
import { SERVICE_ACCOUNTS } from '../../../src/platform/kube/resources.js';
import { FakeKubeApi } from '../../support/fake-kube-api.js';

type Entry = Readonly<{ node: string; state: string; heartbeat: string; since?: string }>;

const router = (members: readonly Entry[]): VirtualRouter =>
  ({ metadata: { name: 'web-ipv4', generation: 1 }, spec: { members: [] }, status: { members } }) as never;

describe('observations', () => {
  const early = { node: 'a', state: 'Backup', heartbeat: '1', since: '0' };

  it('say nothing about entries that were there before', () => {
    const seen = new Observations();
    assert.equal(seen.record({ before: undefined, after: router([early]) }, 5).news, true);
    assert.equal(seen.entries.size, 0);
    assert.equal(seen.agentHeardAt.size, 0);
  });

  it('tell a heartbeat from news, and when the agent was heard before', () => {
    const seen = new Observations();
    const beat = seen.record({ before: router([early]), after: router([{ ...early, heartbeat: '2' }]) }, 5);
    assert.deepEqual(beat, { agents: [{ node: 'a', before: null }], news: false });
    assert.deepEqual(seen.entries.get('web-ipv4/a'), { heardAt: 5, stateSeenAt: null });
    const active = { ...early, heartbeat: '3', state: 'Active' };
    const moved = seen.record({ before: router([{ ...early, heartbeat: '2' }]), after: router([active]) }, 9);
    assert.deepEqual(moved, { agents: [{ node: 'a', before: 5 }], news: true });
    assert.deepEqual(seen.entries.get('web-ipv4/a'), { heardAt: 9, stateSeenAt: 9 });
  });

  it('are forgotten with their entry', () => {
    const seen = new Observations();
    const late = { ...early, heartbeat: '2' };
    seen.record({ before: router([early]), after: router([late]) }, 5);
    assert.equal(seen.record({ before: router([late]), after: router([]) }, 6).news, true);
    assert.equal(seen.entries.size, 0);
  });
});

describe('what we have written ourselves', () => {
  const objects = new Map<string, KubeObject>();
  const listeners: ((change: Change<KubeObject>) => void)[] = [];
  const informer = {
    get: (name: string) => objects.get(name),
    list: () => [...objects.values()],
    onChange: (listener: (change: Change<KubeObject>) => void) => listeners.push(listener),
  };
  const object = (resourceVersion: string, uid = 'one'): KubeObject => ({
    metadata: { name: 'web', uid, resourceVersion },
  });
  const told = (before: KubeObject | undefined, after: KubeObject | undefined): void => {
    if (after === undefined) objects.delete('web');
    else objects.set('web', after);
    for (const listener of listeners) listener({ before, after });
  };

  it('counts until the watch has told as much, and a later write of somebody counts more', () => {
    const view = new FreshView(informer, () => 0);
    told(undefined, object('5'));
    view.wrote(object('9'));
    assert.equal(view.get('web')?.metadata?.resourceVersion, '9');
    told(object('5'), object('7'));
    assert.equal(view.list()[0]?.metadata?.resourceVersion, '9', 'a change from before our write');
    told(object('7'), object('10'));
    assert.equal(view.get('web')?.metadata?.resourceVersion, '10');
    view.removed(object('10'));
    assert.equal(view.get('web'), undefined);
    told(object('10'), undefined);
    told(undefined, object('12', 'two'));
    assert.equal(view.get('web')?.metadata?.uid, 'two');
  });

  it('does not count for ever when its echo is lost', () => {
    let now = 0;
    const view = new FreshView(informer, () => now);
    view.wrote({ metadata: { name: 'ghost', uid: 'x', resourceVersion: '99' } });
    assert.notEqual(view.get('ghost'), undefined);
    now = 31_000;
    assert.equal(view.get('ghost'), undefined);
  });
});

describe('a node', () => {
  it('is the same for us with and without what nobody reads', () => {
    const node = {
      metadata: { name: 'a', labels: { x: 'y' }, annotations: { big: 'b' } },
      spec: { unschedulable: true, podCIDR: '198.18.0.0/24' },
      status: {
        images: [{ sizeBytes: 1 }],
        conditions: [
          { type: 'MemoryPressure', status: 'True' },
          { type: 'Ready', status: 'True', lastHeartbeatTime: 'now' },
        ],
        addresses: [
          { type: 'InternalIP', address: '192.0.2.1' },
          { type: 'Hostname', address: 'a' },
        ],
      },
    } as never;
    assert.deepEqual(nodeFacts(slimNode(node)), nodeFacts(node));
    assert.deepEqual(nodeFacts(node), {
      ...{ name: 'a', labels: { x: 'y' }, cordoned: true, ready: true, leaving: false },
      addresses: ['192.0.2.1'],
    });
  });
});

describe('the table of nodes', () => {
  const node = (...addresses: readonly string[]): KubeNode => ({
    metadata: { name: 'a', labels: {} },
    status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
  });

  it('keeps the last address of a family for as long as the node exists', () => {
    const table = new NodeTable();
    const addresses = (): readonly string[] => table.list.flatMap((each) => each.addresses);
    table.update({ before: undefined, after: node('192.0.2.1', '2001:db8::1') });
    assert.equal(table.update({ before: node(), after: node() }), null);
    table.update({ before: node(), after: node('192.0.2.2') });
    assert.deepEqual(addresses(), ['192.0.2.2', '2001:db8::1']);
    table.update({ before: node(), after: undefined });
    table.update({ before: undefined, after: node() });
    assert.deepEqual(addresses(), []);
  });
});

describe('the owner of the agents', () => {
  const search = { namespace: 'ns', serviceAccountName: 'agent' };

  it('is their ServiceAccount', async () => {
    const api = new FakeKubeApi();
    api.put(SERVICE_ACCOUNTS, { metadata: { name: 'agent', namespace: 'ns' } });
    const uid = api.peek(SERVICE_ACCOUNTS, { name: 'agent', namespace: 'ns' })?.metadata?.uid;
    assert.deepEqual(await findOwner(api, search), {
      kind: 'found',
      owner: { apiVersion: 'v1', kind: 'ServiceAccount', name: 'agent', uid },
    });
  });

  it('is missing when it does not exist, and unknown when it may not be read', async () => {
    const api = new FakeKubeApi();
    assert.deepEqual(await findOwner(api, search), { kind: 'missing' });
    api.failNext(new KubeApiError('no', 403, 'Forbidden'), { verb: 'get' });
    assert.deepEqual(await findOwner(api, search), { kind: 'unknown', problem: 'no' });
  });
});
