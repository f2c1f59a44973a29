import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { KubeApiError, type KubeObject, type WatchEvent } from '../../../src/platform/kube/ports.js';
import { LEASES, VIRTUAL_ROUTERS } from '../../../src/platform/kube/resources.js';
import { FakeKubeApi } from '../../support/fake-kube-api.js';

/* The stand-in behaves like an API server where our programs rely on it. */

type Router = KubeObject & {
  readonly spec?: { readonly vrid: number; readonly note?: string };
  readonly status?: { readonly members: readonly { readonly node: string; readonly state?: string }[] };
};

const KEY = { name: 'web-ipv4' };

const router = (rest: Partial<Router> = {}): Router => ({ metadata: KEY, ...rest });
const member = (node: string, state = 'Backup'): Router => router({ status: { members: [{ node, state }] } });
const agent = (node: string) => ({ fieldManager: `agent-${node}`, subresource: 'status' }) as const;
const operator = { fieldManager: 'operator' } as const;

const members = (api: FakeKubeApi) => api.peek<Router>(VIRTUAL_ROUTERS, KEY)?.status?.members;

function recorded(): { events: string[]; onEvent: (event: WatchEvent<KubeObject>) => void } {
  const events: string[] = [];
  return {
    events,
    onEvent: (event) =>
      events.push(
        event.type === 'BOOKMARK' ? event.type : `${event.type} ${event.object.metadata?.name ?? ''}`,
      ),
  };
}

const isReason = (reason: string) => (error: unknown) =>
  error instanceof KubeApiError && error.reason === reason;

test('each agent owns its entry of the members, and what it leaves out goes', async () => {
  const api = new FakeKubeApi();
  await api.apply(VIRTUAL_ROUTERS, router({ spec: { vrid: 51 } }), operator);
  await api.apply(VIRTUAL_ROUTERS, member('w1', 'Active'), agent('w1'));
  await api.apply(VIRTUAL_ROUTERS, member('w2'), agent('w2'));
  assert.deepEqual(members(api), [
    { node: 'w1', state: 'Active' },
    { node: 'w2', state: 'Backup' },
  ]);
  await api.apply(VIRTUAL_ROUTERS, router({ status: { members: [{ node: 'w1' }] } }), agent('w1'));
  assert.deepEqual(members(api), [{ node: 'w1' }, { node: 'w2', state: 'Backup' }]);
  await api.apply(VIRTUAL_ROUTERS, router({ status: { members: [] } }), agent('w1'));
  assert.deepEqual(members(api), [{ node: 'w2', state: 'Backup' }]);
});

test('a field of another manager with another value is a conflict, unless it is taken by force', async () => {
  const api = new FakeKubeApi();
  await api.apply(VIRTUAL_ROUTERS, router({ spec: { vrid: 51 } }), operator);
  const wanted = router({ spec: { vrid: 52 } });
  await assert.rejects(
    api.apply(VIRTUAL_ROUTERS, wanted, { fieldManager: 'somebody' }),
    (error: unknown) => isReason('Conflict')(error) && /spec\.vrid/.test(String(error)),
  );
  await api.apply(VIRTUAL_ROUTERS, wanted, { fieldManager: 'somebody', force: true });
  assert.equal(api.peek<Router>(VIRTUAL_ROUTERS, KEY)?.spec?.vrid, 52);
  // It is no longer the operator's, so leaving it out does not remove it.
  await api.apply(VIRTUAL_ROUTERS, router(), operator);
  assert.equal(api.peek<Router>(VIRTUAL_ROUTERS, KEY)?.spec?.vrid, 52);
});

test('two managers may agree on a field, and it stays until both have let it go', async () => {
  const api = new FakeKubeApi();
  const wanted = router({ spec: { vrid: 51, note: 'both' } });
  await api.apply(VIRTUAL_ROUTERS, wanted, operator);
  await api.apply(VIRTUAL_ROUTERS, wanted, { fieldManager: 'somebody' });
  await api.apply(VIRTUAL_ROUTERS, router({ spec: { vrid: 51 } }), operator);
  assert.equal(api.peek<Router>(VIRTUAL_ROUTERS, KEY)?.spec?.note, 'both');
  await api.apply(VIRTUAL_ROUTERS, router({ spec: { vrid: 51 } }), { fieldManager: 'somebody' });
  assert.deepEqual(api.peek<Router>(VIRTUAL_ROUTERS, KEY)?.spec, { vrid: 51 });
});

test('the generation counts changes of the spec, and an apply that changes nothing tells nobody', async () => {
  const api = new FakeKubeApi();
  const first = await api.apply(VIRTUAL_ROUTERS, router({ spec: { vrid: 51 } }), operator);
  assert.equal(first.metadata?.generation, 1);
  const reported = await api.apply(VIRTUAL_ROUTERS, member('w1'), agent('w1'));
  assert.equal(reported.metadata?.generation, 1);
  const again = await api.apply(VIRTUAL_ROUTERS, member('w1'), agent('w1'));
  assert.equal(again.metadata?.resourceVersion, reported.metadata.resourceVersion);
  const renumbered = await api.apply(VIRTUAL_ROUTERS, router({ spec: { vrid: 52 } }), operator);
  assert.equal(renumbered.metadata?.generation, 2);
});

test('spec and status are written apart', async () => {
  const api = new FakeKubeApi();
  await assert.rejects(api.apply(VIRTUAL_ROUTERS, member('w1'), agent('w1')), isReason('NotFound'));
  await api.apply(VIRTUAL_ROUTERS, { ...member('w1'), spec: { vrid: 51 } }, operator);
  assert.equal(members(api), undefined);
  await api.apply(VIRTUAL_ROUTERS, { ...member('w1'), spec: { vrid: 52 } }, agent('w1'));
  assert.equal(api.peek<Router>(VIRTUAL_ROUTERS, KEY)?.spec?.vrid, 51);
});

test('replacing an object that somebody else has changed is a conflict', async () => {
  const api = new FakeKubeApi();
  const lease = { metadata: { name: 'operator', namespace: 'kube-vrrp' }, spec: { holderIdentity: 'a' } };
  const created = await api.create(LEASES, lease);
  await assert.rejects(api.create(LEASES, lease), isReason('AlreadyExists'));
  await api.replace(LEASES, { ...created, spec: { holderIdentity: 'b' } });
  await assert.rejects(
    api.replace(LEASES, { ...created, spec: { holderIdentity: 'c' } }),
    isReason('Conflict'),
  );
});

test('a watch tells what happened since its version, as seen through its selector', async () => {
  const api = new FakeKubeApi();
  const { resourceVersion } = await api.list(VIRTUAL_ROUTERS, {});
  const { events, onEvent } = recorded();
  const stop = new AbortController();
  api.put(VIRTUAL_ROUTERS, { metadata: { name: 'early', labels: { mine: '' } } });
  const ended = api.watch(VIRTUAL_ROUTERS, { labelSelector: 'mine', resourceVersion }, onEvent, stop.signal);
  api.put(VIRTUAL_ROUTERS, { metadata: { name: 'other' } });
  api.put(VIRTUAL_ROUTERS, { metadata: { name: 'other', labels: { mine: '' } } });
  api.put(VIRTUAL_ROUTERS, { metadata: { name: 'other', labels: { mine: 'yes' } } });
  api.put(VIRTUAL_ROUTERS, { metadata: { name: 'other', labels: {} } });
  await setImmediate();
  assert.deepEqual(events, ['BOOKMARK', 'ADDED early', 'ADDED other', 'MODIFIED other', 'DELETED other']);
  stop.abort();
  await ended;
  assert.equal(api.watching, 0);
});

test('after the history is forgotten no watch goes on, and none starts from before', async () => {
  const api = new FakeKubeApi();
  const { resourceVersion } = await api.list(VIRTUAL_ROUTERS, {});
  const { signal } = new AbortController();
  const watch = () => api.watch(VIRTUAL_ROUTERS, { resourceVersion }, () => undefined, signal);
  const running = assert.rejects(watch(), isReason('Expired'));
  await setImmediate();
  api.expire();
  await running;
  await assert.rejects(watch(), isReason('Expired'));
});

test('an object with a finalizer stays until the finalizer is gone', async () => {
  const api = new FakeKubeApi();
  api.put(VIRTUAL_ROUTERS, { metadata: { name: 'web-ipv4', finalizers: ['kube-vrrp.io/x'] } });
  await api.delete(VIRTUAL_ROUTERS, KEY);
  const marked = await api.get<Router>(VIRTUAL_ROUTERS, KEY);
  assert.ok(marked?.metadata?.deletionTimestamp);
  await api.replace(VIRTUAL_ROUTERS, {
    ...marked,
    metadata: { ...marked.metadata, finalizers: [] },
  });
  assert.equal(await api.get(VIRTUAL_ROUTERS, KEY), null);
});

test('it fails as it is told to: refused once, held, away', async () => {
  const api = new FakeKubeApi();
  api.failNext(new KubeApiError('no', 403, 'Forbidden'), { verb: 'get', plural: 'virtualrouters' });
  await api.list(VIRTUAL_ROUTERS, {});
  await assert.rejects(api.get(VIRTUAL_ROUTERS, KEY), isReason('Forbidden'));
  await api.get(VIRTUAL_ROUTERS, KEY);

  const release = api.hold({ verb: 'get' });
  let answered = false;
  const held = api.get(VIRTUAL_ROUTERS, KEY).then(() => (answered = true));
  await setImmediate();
  assert.equal(answered, false);
  release();
  await held;

  api.goAway();
  await assert.rejects(api.version(), (error: KubeApiError) => error.status === 0);
  api.comeBack();
  await api.version();
});

test('an empty string in a custom resource is refused, as by Kubernetes 1.20', async () => {
  const api = new FakeKubeApi();
  const empty = router({ spec: { vrid: 51, note: '' } });
  await assert.rejects(
    api.apply(VIRTUAL_ROUTERS, empty, operator),
    (error: unknown) => isReason('Invalid')(error) && /spec\.note/.test(String(error)),
  );
  await api.apply(
    VIRTUAL_ROUTERS,
    { metadata: { ...KEY, labels: { 'member.kube-vrrp.io/w1': '' } } },
    operator,
  );
});
