import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { agentFieldManager } from '../../../src/api/v1alpha1/agent-field-manager.js';
import { SHORTEST_PERIOD } from '../../../src/api/v1alpha1/heartbeat.js';
import type { MemberStatus, VirtualRouter } from '../../../src/api/v1alpha1/virtual-router.js';
import { ClusterCounts } from '../../../src/node-agent/control/cluster-counts.js';
import { ClusterSide } from '../../../src/node-agent/control/cluster-side.js';
import type { ClusterUpdate } from '../../../src/node-agent/desired/kubernetes-source.js';
import { revisionOf } from '../../../src/node-agent/desired/revision.js';
import type { RouterStatus } from '../../../src/node-agent/ipc/messages.js';
import { KubeApiError } from '../../../src/platform/kube/ports.js';
import { VIRTUAL_ROUTERS } from '../../../src/platform/kube/resources.js';
import { FakeKubeApi } from '../../support/fake-kube-api.js';
import { ManualClock, settled } from '../../support/manual-clock.js';
import { RecordedLog } from '../../support/recorded-log.js';
import { virtualRouter } from '../../support/virtual-router-object.js';
import { router, status } from './agent-view.fixture.js';

const WEB = { name: 'web-ipv4' };

describe('the Kubernetes half of an agent', () => {
  let directory: string;
  let api: FakeKubeApi;
  let clock: ManualClock;
  let log: RecordedLog;
  let problems: Map<string, string>;
  let found: EventEmitter;
  const nodes: Node[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kube-vrrp-cluster-'));
    api = new FakeKubeApi();
    clock = new ManualClock();
    log = new RecordedLog();
    problems = new Map();
    found = new EventEmitter();
  });
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.leave();
    await rm(directory, { recursive: true, force: true });
  });

  /** One node, with this test as its VRRP process. */
  class Node {
    readonly updates: ClusterUpdate[] = [];
    readonly side: ClusterSide;
    reachable = true;

    constructor(readonly name: string) {
      this.side = new ClusterSide({
        node: name,
        secretName: 'kube-vrrp-agents',
        stateDir: join(directory, name),
        connect: () =>
          this.reachable
            ? Promise.resolve({ api, namespace: 'kube-vrrp' })
            : Promise.reject(new Error('there is no token')),
        counts: new ClusterCounts(),
        log,
        clock,
        timers: {
          now: () => clock.now(),
          at: (time, callback) => clock.after(time - clock.now(), callback),
        },
        bootId: 'boot',
        run: (update) => {
          this.updates.push(update);
          return revisionOf(update.desired.routers);
        },
        problemFound: ({ code, message }) => {
          problems.set(code, message);
          found.emit('problem');
        },
        problemSolved: (code) => problems.delete(code),
      });
      nodes.push(this);
    }

    start(routersRun = false): this {
      this.side.start(routersRun);
      return this;
    }

    get keys(): readonly string[] | undefined {
      return this.updates.at(-1)?.desired.routers.map(({ key }) => key);
    }

    /** The VRRP process says that it runs what it was told last, in this state. */
    says(changes: Partial<RouterStatus> = {}, revision?: string): void {
      const routers = this.updates.at(-1)?.desired.routers ?? [];
      const reports = routers.map(({ key, virtualIP }) => router({ key, virtualIP, ...changes }));
      this.side.reported({ ...status(reports), revision: revision ?? revisionOf(routers) });
    }

    async leave(): Promise<void> {
      const left = this.side.close();
      await clock.advance(2_000);
      await left;
    }
  }

  const members = (name = WEB): readonly MemberStatus[] =>
    api.peek<VirtualRouter>(VIRTUAL_ROUTERS, name)?.status?.members ?? [];
  const memberOf = (node: string): MemberStatus | undefined => members().find((each) => each.node === node);
  const writes = (): readonly string[] =>
    api.writes.map(({ name, fieldManager }) => `${name} by ${String(fieldManager)}`);

  async function running(name = 'edge-1'): Promise<Node> {
    if (api.peek(VIRTUAL_ROUTERS, WEB) === undefined) api.put(VIRTUAL_ROUTERS, virtualRouter('web-ipv4'));
    const node = new Node(name).start();
    await clock.advance(200);
    assert.deepEqual(node.keys, ['web/IPv4']);
    node.says();
    await clock.advance(200);
    return node;
  }

  it('runs what names the node, and writes its own entry', async () => {
    await running();
    assert.deepEqual(writes(), [`web-ipv4 by ${agentFieldManager('edge-1')}`]);
    assert.equal(memberOf('edge-1')?.state, 'Backup');
    assert.equal(memberOf('edge-1')?.observedGeneration, 1);
  });

  it('leaves the entries of others as they are', async () => {
    await running('edge-1');
    const second = await running('edge-2');
    second.says({ state: 'Active' });
    await clock.advance(200);
    assert.deepEqual(
      members().map(({ node, state }) => [node, state]),
      [
        ['edge-1', 'Backup'],
        ['edge-2', 'Active'],
      ],
    );
  });

  it('says that a generation runs when the VRRP process does', async () => {
    const node = await running();
    const before = node.updates.at(-1);
    api.put(VIRTUAL_ROUTERS, virtualRouter('web-ipv4', { vrid: 52 }));
    await clock.advance(200);
    node.says({ priority: 7 }, before === undefined ? '' : revisionOf(before.desired.routers));
    await clock.advance(2_000);
    assert.equal(memberOf('edge-1')?.priority, 7);
    assert.equal(memberOf('edge-1')?.observedGeneration, 1);
    node.says({ priority: 8 });
    await clock.advance(2_000);
    assert.equal(memberOf('edge-1')?.observedGeneration, 2);
  });

  it('reports a spec that it cannot use, while what ran before goes on', async () => {
    const node = await running();
    api.put(VIRTUAL_ROUTERS, virtualRouter('web-ipv4', { vrid: 1_000 }));
    await clock.advance(2_000);
    node.says();
    await clock.advance(2_000);
    const entry = memberOf('edge-1');
    assert.equal(entry?.observedGeneration, 1);
    assert.equal(entry.problems?.[0]?.code, 'VirtualRouterUnusable');
    assert.deepEqual(node.keys, ['web/IPv4']);
  });

  it('reports a spec that it could never use', async () => {
    api.put(VIRTUAL_ROUTERS, virtualRouter('web-ipv4', { vrid: 1_000 }));
    const node = new Node('edge-1').start();
    await clock.advance(200);
    node.says();
    await clock.advance(200);
    assert.equal(memberOf('edge-1')?.state, 'Initialize');
    assert.match(memberOf('edge-1')?.problems?.[0]?.message ?? '', /spec\.vrid/);
  });

  it('takes its entry away when the node is no member any more', async () => {
    const node = await running();
    await running('edge-2');
    api.put(VIRTUAL_ROUTERS, {
      ...virtualRouter('web-ipv4', { members: [{ node: 'edge-2', priority: 254 }] }),
      status: { members: members() },
    });
    await clock.advance(500);
    assert.deepEqual(node.keys, []);
    assert.deepEqual(
      members().map((each) => each.node),
      ['edge-2'],
    );
  });

  it('stops what is deleted, and writes nothing to it', async () => {
    const node = await running();
    const before = api.writes.length;
    api.remove(VIRTUAL_ROUTERS, WEB);
    await clock.advance(60_000);
    assert.deepEqual(node.keys, []);
    assert.equal(api.writes.length, before + 1);
    assert.equal(api.peek(VIRTUAL_ROUTERS, WEB), undefined);
    assert.deepEqual([...problems], []);
  });

  it('says it again, once, when another node has become Active beside it and both stay so', async () => {
    const first = await running('edge-1');
    first.says({ state: 'Active' });
    await clock.advance(2_000);
    const heartbeat = memberOf('edge-1')?.heartbeat;
    const second = await running('edge-2');
    second.says({ state: 'Active', since: 5 });
    await clock.advance(2_000);
    assert.equal(memberOf('edge-1')?.heartbeat, heartbeat, 'it may be about to yield');
    first.says({ state: 'Active' });
    await clock.advance(1_000);
    assert.notEqual(memberOf('edge-1')?.heartbeat, heartbeat);
    const before = api.writes.length;
    await clock.advance(6_000);
    assert.equal(api.writes.length, before);
  });

  it('says nothing again when it hands over to the node that has become Active', async () => {
    const first = await running('edge-1');
    first.says({ state: 'Active' });
    await clock.advance(2_000);
    const second = await running('edge-2');
    second.says({ state: 'Active', since: 5 });
    await clock.advance(1_000);
    first.says({ state: 'Backup', since: 6 });
    await clock.advance(1_000);
    const before = api.writes.length;
    await clock.advance(6_000);
    assert.equal(api.writes.length, before);
  });

  it('vouches for nothing that a VRRP process has said which hangs: another node has its addresses by then', async () => {
    const first = await running('edge-1');
    first.says({ state: 'Active' });
    await clock.advance(2_000);
    const { heartbeat } = memberOf('edge-1') ?? {};
    const second = await running('edge-2');
    second.says({ state: 'Active', since: 5 });
    for (let passed = 0; passed < 60_000; passed += 1_000) {
      second.side.heard();
      await clock.advance(1_000);
    }
    assert.equal(memberOf('edge-1')?.heartbeat, heartbeat);
    first.side.heard();
    await clock.advance(1_000);
    assert.notEqual(memberOf('edge-1')?.heartbeat, heartbeat, 'it has come to itself, and says so');
  });

  it('is silent at first when it is asked to be, but not after a restart', async () => {
    const object = virtualRouter('web-ipv4', { reportAfterSeconds: 20 });
    api.put(VIRTUAL_ROUTERS, object);
    const first = await running();
    await clock.advance(30_000);
    assert.deepEqual(members(), []);
    first.says();
    await clock.advance(31_000);
    assert.equal(memberOf('edge-1')?.state, 'Backup');
    await first.leave();
    for (const forgets of [false, true]) {
      if (forgets) await rm(join(directory, 'edge-1'), { recursive: true });
      const left = memberOf('edge-1');
      const next = await running();
      assert.notDeepEqual(memberOf('edge-1'), left);
      await next.leave();
    }
  });

  it('puts its entry back when somebody wipes the status', async () => {
    await running();
    const object = api.peek<VirtualRouter>(VIRTUAL_ROUTERS, WEB);
    assert.ok(object !== undefined);
    api.put(VIRTUAL_ROUTERS, { ...object, status: {} });
    await clock.advance(2_000);
    assert.equal(memberOf('edge-1')?.state, 'Backup');
  });

  it('is heard once a period while nothing happens', async () => {
    const node = await running();
    const before = api.writes.length;
    for (let second = 0; second < 60; second++) {
      node.side.heard();
      await clock.advance(1_000);
    }
    assert.equal(api.writes.length - before, 60_000 / SHORTEST_PERIOD);
  });

  it('goes on without the API server, and writes then what is newest, once', async () => {
    const node = await running();
    api.goAway();
    for (let minute = 0; minute < 10; minute++) {
      node.says({ state: minute % 2 === 0 ? 'Active' : 'Backup', since: minute, priority: 100 + minute });
      await clock.advance(60_000);
    }
    assert.match(problems.get('StatusNotReported') ?? '', /ECONNREFUSED/);
    const told = log.lines.filter(({ message }) => message.startsWith('Status not reported'));
    assert.ok(told.length >= 1 && told.length <= 11, `${String(told.length)} lines in ten minutes`);
    api.comeBack();
    const before = api.writes.length;
    await clock.advance(61_000);
    assert.deepEqual(node.keys, ['web/IPv4']);
    assert.equal(memberOf('edge-1')?.priority, 109);
    assert.ok(api.writes.length - before < 9);
    assert.deepEqual([...problems], []);
  });

  it('says what to do when it may not write', async () => {
    const node = await running();
    api.failNext(new KubeApiError('forbidden: no', 403, 'Forbidden'), { verb: 'apply' }, Infinity);
    node.says({ state: 'Active' });
    await clock.advance(500);
    const line = log.lines.find(({ message }) => message.startsWith('Status not reported'));
    assert.match(String(line?.fields['remedy']), /patch virtualrouters\/status/);
  });

  it('says goodbye before it leaves, and in vain for a second at most', async () => {
    const node = await running();
    await node.leave();
    assert.equal(memberOf('edge-1')?.state, 'Initialize');
    assert.equal(memberOf('edge-1')?.because, 'stopping');
    const other = await running('edge-2');
    api.hold({ verb: 'apply' });
    const left = other.side.close();
    await clock.advance(1_000);
    await left;
  });

  it('says once that a file cannot be kept, and for as long as it is so, whatever becomes of the other file', async () => {
    const stateDir = join(directory, 'edge-1');
    await mkdir(join(stateDir, 'virtual-routers.json'), { recursive: true });
    const ofPodsThatNobodyTracks = { format: 1, bootId: 'boot', pods: { forgotten: true } };
    await writeFile(join(stateDir, 'pods.json'), JSON.stringify(ofPodsThatNobodyTracks));
    api.put(VIRTUAL_ROUTERS, virtualRouter('web-ipv4'));
    const node = new Node('edge-1').start();
    await clock.advance(200);
    while (problems.size === 0) await once(found, 'problem');
    await clock.advance(60_000);
    await node.leave();
    assert.doesNotMatch(await readFile(join(stateDir, 'pods.json'), 'utf8'), /forgotten/);
    assert.match(problems.get('StateDirectoryFailed') ?? '', /virtual-routers\.json could not be written/);
    const told = log.lines.filter(({ message }) => message.startsWith('State directory'));
    assert.equal(told.length, 1);
  });

  it('starts with what it knew when there is no way to the API server, and keeps looking for one', async () => {
    const first = await running();
    await first.leave();
    const again = new Node('edge-1');
    again.reachable = false;
    again.start();
    assert.deepEqual(again.keys, ['web/IPv4']);
    await clock.advance(30_000);
    assert.equal(problems.get('ClusterUnknown'), 'there is no token');
    again.reachable = true;
    again.says({ state: 'Active' });
    await clock.advance(10_000);
    assert.deepEqual([...problems], []);
    assert.equal(memberOf('edge-1')?.state, 'Active');
  });

  it('takes up after a crash of its own what the VRRP process runs, if that is what it kept', async () => {
    const first = await running();
    const revision = revisionOf(first.updates.at(-1)?.desired.routers ?? []);
    await first.leave();
    api.goAway();
    const same = new Node('edge-1').start(true);
    assert.equal(same.keys, undefined);
    same.side.reported({ ...status([]), revision });
    assert.deepEqual(same.keys, ['web/IPv4']);
    const other = new Node('edge-1').start(true);
    other.side.reported({ ...status([]), revision: 'something newer' });
    assert.equal(other.keys, undefined);
  });

  it('shows how it gets along with the API server', async () => {
    const node = await running();
    await settled();
    const { watches, requests, reports } = node.side.view();
    assert.ok(watches.some(({ resource, current }) => resource === 'virtualrouters' && current));
    assert.ok(Array.isArray(requests));
    assert.equal(reports.written, 1);
    assert.equal(typeof reports.age, 'number');
  });
});
