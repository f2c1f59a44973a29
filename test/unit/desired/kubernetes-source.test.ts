import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { memberLabel } from '../../../src/api/v1alpha1/member-label.js';
import type { VirtualRouterSpec } from '../../../src/api/v1alpha1/virtual-router.js';
import {
  type ClusterUpdate,
  KubernetesSource,
  type SecretObject,
  type VirtualRouterObject,
} from '../../../src/node-agent/desired/kubernetes-source.js';
import { KubeInformer } from '../../../src/platform/kube/informer.js';
import { KubeApiError, type KubeObject } from '../../../src/platform/kube/ports.js';
import { SECRETS, VIRTUAL_ROUTERS } from '../../../src/platform/kube/resources.js';
import { FakeKubeApi } from '../../support/fake-kube-api.js';
import { ManualClock, settled } from '../../support/manual-clock.js';
import { RecordedLog } from '../../support/recorded-log.js';
import { virtualRouter } from '../../support/virtual-router-object.js';

const FORBIDDEN = new KubeApiError('forbidden', 403, 'Forbidden');
const SECRET = { name: 'kube-vrrp-agents', namespace: 'kube-vrrp' };

describe('the VirtualRouters as the source of what runs', () => {
  let directory: string;
  let api: FakeKubeApi;
  let clock: ManualClock;
  let stop: AbortController;
  let updates: ClusterUpdate[];
  let failures: (string | null)[];
  const sources: KubernetesSource[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kube-vrrp-source-'));
    api = new FakeKubeApi();
    clock = new ManualClock();
    stop = new AbortController();
    updates = [];
    failures = [];
  });
  afterEach(async () => {
    stop.abort();
    for (const source of sources.splice(0)) await source.close();
    await rm(directory, { recursive: true, force: true });
  });

  function source(stateDir = directory): KubernetesSource {
    const made = new KubernetesSource({
      node: 'edge-1',
      stateDir,
      onUpdate: (update) => updates.push(update),
      keepingFailed: (_path, reason) => failures.push(reason),
      startTimer: (milliseconds, callback) => clock.after(milliseconds, callback),
    });
    sources.push(made);
    return made;
  }

  function follow(made: KubernetesSource): void {
    const common = { api, log: new RecordedLog(), clock };
    const virtualRouters = new KubeInformer<VirtualRouterObject>({
      ...{ ...common, resource: VIRTUAL_ROUTERS },
      selection: { labelSelector: memberLabel('edge-1') },
    });
    const secrets = new KubeInformer<SecretObject>({
      ...{ ...common, resource: SECRETS },
      selection: { namespace: SECRET.namespace, fieldSelector: `metadata.name=${SECRET.name}` },
    });
    for (const informer of [virtualRouters, secrets]) void informer.run(stop.signal);
    made.follow(virtualRouters, secrets);
  }

  const put = (virtualIP: string, changes: Partial<VirtualRouterSpec> = {}): void =>
    void api.put(
      VIRTUAL_ROUTERS,
      virtualRouter(`${virtualIP}-ipv4`, { virtualIP, vrid: virtualIP.length, ...changes }),
    );
  const putPasswords = (data: Readonly<Record<string, string>>): void => {
    const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
    const secret = { metadata: SECRET, data: Object.fromEntries(encoded) as unknown };
    api.put(SECRETS, secret);
  };
  const keys = (update = updates.at(-1)): readonly string[] | undefined =>
    update?.desired.routers.map(({ key }) => key);
  const file = (): string => join(directory, 'virtual-routers.json');
  /** What is under way arrives, and what is coalesced is told. */
  const later = async (): Promise<void> => {
    await settled();
    await clock.advance(100);
  };

  it('tells what names the node, and nothing before the first list has come', async () => {
    put('web');
    put('elsewhere', { members: [{ node: 'edge-2', priority: 254 }] });
    const release = api.hold({ plural: 'virtualrouters', verb: 'list' });
    follow(source());
    await later();
    assert.equal(updates.length, 0);
    release();
    await later();
    assert.deepEqual(keys(), ['web/IPv4']);
    assert.equal(updates[0]?.source, 'virtualRouters');
  });

  it('tells that there is nothing to run when the API server says so', async () => {
    follow(source());
    await later();
    assert.deepEqual(keys(), []);
  });

  it('tells a burst of changes at once', async () => {
    follow(source());
    await later();
    updates = [];
    for (let number = 0; number < 50; number++) put(`v${'x'.repeat(number)}`);
    await later();
    assert.equal(updates.length, 1);
    assert.equal(keys()?.length, 50);
  });

  it('tells nothing when only a status has changed', async () => {
    put('web');
    follow(source());
    await later();
    updates = [];
    const object = api.peek(VIRTUAL_ROUTERS, { name: 'web-ipv4' });
    const status = { members: [{ node: 'edge-2', state: 'Active', heartbeat: '2026-01-01T00:00:00.000Z' }] };
    api.put(VIRTUAL_ROUTERS, { ...object, status } as KubeObject);
    await later();
    assert.deepEqual(updates, []);
  });

  it('runs at the next start what is known, before anybody is asked, and only then what is new', async () => {
    put('web');
    const first = source();
    follow(first);
    await later();
    await first.close();
    api.goAway();
    updates = [];
    const second = source();
    assert.equal(second.restore(), true);
    assert.deepEqual(keys(), ['web/IPv4']);
    assert.equal(updates[0]?.source, 'lastKnown');
    follow(second);
    await clock.advance(60_000);
    assert.equal(updates.length, 1);
    api.comeBack();
    api.remove(VIRTUAL_ROUTERS, { name: 'web-ipv4' });
    await clock.advance(60_000);
    assert.deepEqual(keys(), []);
    assert.equal(updates.at(-1)?.source, 'virtualRouters');
  });

  it('loses nothing while the list is refused, fails or makes no sense', async () => {
    put('web');
    const first = source();
    follow(first);
    await later();
    await first.close();
    // The last one for ever: how often it is tried in a while is left to chance.
    const missing = new KubeApiError('unknown', 404, 'NotFound');
    for (const [error, times] of [
      [FORBIDDEN, 1],
      [missing, 1],
      [new Error('garbage'), Infinity],
    ] as const)
      api.failNext(error as KubeApiError, { verb: 'list' }, times);
    const second = source();
    second.restore();
    updates = [];
    follow(second);
    await clock.advance(4_000);
    assert.deepEqual(updates, []);
  });

  it('keeps a router whose new spec cannot be used, also across a start', async () => {
    put('web');
    const first = source();
    follow(first);
    await later();
    put('web', { vrid: 999 });
    await later();
    assert.deepEqual(keys(), ['web/IPv4']);
    assert.match(updates.at(-1)?.routers[0]?.problem ?? '', /spec\.vrid/);
    await first.close();
    updates = [];
    source().restore();
    assert.equal(updates[0]?.desired.routers[0]?.vrid, 3);
  });

  it('fetches passwords from the Secret, keeps them to itself on disk, and survives their loss', async () => {
    put('web', { vrrpVersion: 2, authentication: { type: 'Password', secretKey: 'web' } });
    const first = source();
    follow(first);
    await later();
    assert.deepEqual(keys(), []);
    putPasswords({ web: 'secret' });
    await later();
    const authentication = () => updates.at(-1)?.desired.routers[0]?.authentication;
    assert.deepEqual(authentication(), { type: 'Password', password: 'secret' });
    api.remove(SECRETS, SECRET);
    await later();
    assert.deepEqual(authentication(), { type: 'Password', password: 'secret' });
    assert.match(updates.at(-1)?.routers[0]?.problem ?? '', /has no entry web/);
    await first.close();
    assert.equal((await stat(file())).mode & 0o777, 0o600);
    updates = [];
    source().restore();
    assert.deepEqual(authentication(), { type: 'Password', password: 'secret' });
  });

  it('runs nothing of a file that is not its own, or damaged', async () => {
    put('web');
    const first = source();
    follow(first);
    await later();
    await first.close();
    const kept = await readFile(file(), 'utf8');
    const spoilt = [kept.slice(0, -20), '', 'null', '[]', kept.replace('edge-1', 'edge-9'), '{"format":2}'];
    for (const text of spoilt) {
      await writeFile(file(), text);
      assert.equal(source().restore(), false, text);
    }
  });

  it('runs the rest of a file of which one entry is damaged', async () => {
    put('web');
    put('dns');
    const first = source();
    follow(first);
    await later();
    await first.close();
    const kept = JSON.parse(await readFile(file(), 'utf8')) as { routers: unknown[] };
    kept.routers[0] = { name: 7 };
    await writeFile(file(), JSON.stringify(kept));
    source().restore();
    assert.equal(keys()?.length, 1);
  });

  it('says when what is known cannot be kept, and goes on', async () => {
    await writeFile(join(directory, 'file'), '');
    put('web');
    const made = source(join(directory, 'file', 'state'));
    follow(made);
    await later();
    await made.close();
    assert.deepEqual(keys(), ['web/IPv4']);
    assert.match(failures[0] ?? '', /ENOTDIR/);
  });

  it('restores nothing over what the API server has said', async () => {
    put('web');
    const first = source();
    follow(first);
    await later();
    await first.close();
    const second = source();
    follow(second);
    await later();
    assert.equal(second.restore(), false);
  });
});
