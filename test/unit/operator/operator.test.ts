import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { OPERATOR_FIELD_MANAGER } from '../../../src/operator/apply/field-manager.js';
import { SHORTEST_PERIOD, staleAfter } from '../../../src/api/v1alpha1/heartbeat.js';
import { API_VERSION, VIRTUAL_IP_KIND } from '../../../src/api/v1alpha1/virtual-ip.js';
import type { VirtualRouter } from '../../../src/api/v1alpha1/virtual-router.js';
import { KubeApiError, type KubeObject } from '../../../src/platform/kube/ports.js';
import {
  DAEMON_SETS,
  NODES,
  SERVICE_ACCOUNTS,
  VIRTUAL_IPS,
  VIRTUAL_ROUTERS,
} from '../../../src/platform/kube/resources.js';
import { NAMESPACE, SETTINGS, TestCluster, settled } from './cluster.fixture.js';

const MINUTE = 60_000;

describe('the operator', () => {
  let cluster: TestCluster;
  beforeEach(() => {
    cluster = new TestCluster();
  });
  afterEach(() => {
    cluster.close();
  });

  /** A VirtualIP that runs on all nodes and is held by the first. */
  const runWeb = async (): Promise<void> => {
    cluster.virtualIP('web');
    await cluster.clock.advance(2_000);
    await cluster.agentsReport('web-ipv4');
    await cluster.clock.advance(2_000);
    assert.equal(cluster.condition('web', 'Ready')?.status, 'True');
  };

  const membersOf = (router: string): readonly string[] =>
    cluster.router(router)?.spec.members.map(({ node }) => node) ?? [];

  it('makes VirtualRouters, agents and a status of a VirtualIP', async () => {
    await cluster.start();
    assert.equal(cluster.daemonSets.length, 0);
    cluster.virtualIP('web', { addresses: ['192.0.2.100/24', '2001:db8::100/64'] });
    await cluster.clock.advance(2_000);
    for (const name of ['web-ipv4', 'web-ipv6']) {
      assert.equal(cluster.router(name)?.spec.vrid, 51);
      assert.equal(cluster.router(name)?.spec.members.length, 3);
    }
    assert.deepEqual(
      cluster.daemonSets.map(({ metadata }) => metadata?.name),
      ['kube-vrrp-agent'],
    );
    assert.equal(cluster.condition('web', 'Accepted')?.status, 'True');
    await cluster.agentsReport('web-ipv4');
    await cluster.agentsReport('web-ipv6');
    assert.equal(cluster.status('web')?.holder, membersOf('web-ipv4')[0]);
    assert.equal(cluster.condition('web', 'Ready')?.status, 'True');
  });

  it('writes nothing while nothing changes but heartbeats', async () => {
    await cluster.start();
    await runWeb();
    const before = cluster.operatorWrites.length;
    for (let minute = 0; minute < 5; minute += 1) {
      for (const node of membersOf('web-ipv4'))
        await cluster.agentSays('web-ipv4', {
          ...cluster.router('web-ipv4')?.status?.members?.find((entry) => entry.node === node),
          node,
          heartbeat: new Date(cluster.clock.wallClock()).toISOString(),
        });
      cluster.node('edge-1', { address: '192.0.2.1' });
      await cluster.clock.advance(staleAfter(SHORTEST_PERIOD) / 2);
    }
    assert.deepEqual(cluster.writesSince(before), []);
  });

  it('writes each object once for one change, although its cache lags behind', async () => {
    await cluster.start();
    await runWeb();
    const before = cluster.operatorWrites.length;
    cluster.virtualIP('web', { vrid: 52 });
    await settled();
    cluster.api.pauseWatches();
    // Queues it again while the watch has not yet told of the operator's own writes.
    cluster.virtualIP('other', { addresses: ['192.0.2.101/24'], vrid: 53 });
    cluster.api.resumeWatches();
    await cluster.clock.advance(2_000);
    const routerWrites = cluster.writesSince(before).filter(({ plural }) => plural === 'virtualrouters');
    assert.deepEqual(
      routerWrites.map(({ verb, name }) => `${verb} ${name}`),
      ['apply web-ipv4', 'apply other-ipv4'],
    );
  });

  it('tells events once, also across a restart', async () => {
    const stop = await cluster.start();
    await runWeb();
    const told = cluster.events.length;
    assert.ok(told > 0, 'nothing was told at all');
    await stop();
    const before = cluster.operatorWrites.length;
    await cluster.start();
    await cluster.clock.advance(2_000);
    assert.equal(cluster.events.length, told);
    assert.deepEqual(cluster.writesSince(before), []);
  });

  it('does not tell an event again when writing the status had failed', async () => {
    await cluster.start();
    await runWeb();
    const told = cluster.events.length;
    cluster.api.failNext(
      new KubeApiError('try later', 503, 'ServiceUnavailable'),
      { plural: 'virtualips' },
      3,
    );
    const [, second = ''] = membersOf('web-ipv4');
    await cluster.agentSays('web-ipv4', { node: membersOf('web-ipv4')[0] ?? '', state: 'Backup' });
    await cluster.agentSays('web-ipv4', { node: second, state: 'Active', held: ['192.0.2.100/24'] });
    await cluster.clock.advance(10_000);
    assert.equal(cluster.status('web')?.holder, second);
    const more = cluster.events.slice(told).map(({ reason, message }) => `${reason}: ${message}`);
    assert.deepEqual(more, [...new Set(more)]);
    assert.ok(more.length > 0);
  });

  it('removes VirtualRouters and agents at once when their VirtualIP is deleted', async () => {
    await cluster.start();
    await runWeb();
    cluster.api.remove(VIRTUAL_IPS, { name: 'web' });
    await settled();
    assert.equal(cluster.router('web-ipv4'), undefined);
    await cluster.clock.advance(2_000);
    assert.equal(cluster.daemonSets.length, 0);
  });

  it('removes VirtualRouters when a finalizer of somebody keeps the VirtualIP', async () => {
    await cluster.start();
    await runWeb();
    const virtualIP = cluster.api.peek(VIRTUAL_IPS, { name: 'web' });
    const finalizers = { metadata: { ...virtualIP?.metadata, finalizers: ['example.org/hold'] } };
    cluster.api.put(VIRTUAL_IPS, { ...virtualIP, ...finalizers });
    cluster.api.remove(VIRTUAL_IPS, { name: 'web' });
    await cluster.clock.advance(2_000);
    assert.notEqual(cluster.api.peek(VIRTUAL_IPS, { name: 'web' }), undefined);
    assert.equal(cluster.router('web-ipv4'), undefined);
    assert.equal(cluster.daemonSets.length, 0);
  });

  it('removes what VirtualIPs have left that were deleted while no operator ran', async () => {
    const stop = await cluster.start();
    await runWeb();
    await stop();
    cluster.api.remove(VIRTUAL_IPS, { name: 'web' });
    await cluster.start();
    assert.equal(cluster.router('web-ipv4'), undefined);
    assert.equal(cluster.daemonSets.length, 0);
  });

  it('leaves what runs alone when an edit cannot be used, and says all that is wrong with it', async () => {
    await cluster.start();
    await runWeb();
    const spec = cluster.router('web-ipv4')?.spec;
    cluster.virtualIP('web', {
      addresses: ['192.0.2.300/24'],
      vrrpVersion: 2,
      advertisementInterval: '100ms',
    });
    await cluster.clock.advance(2_000);
    const accepted = cluster.condition('web', 'Accepted');
    assert.equal(accepted?.status, 'False');
    assert.match(accepted.message, /spec\.addresses\[0\]/);
    assert.match(accepted.message, /spec\.advertisementInterval/);
    assert.deepEqual(cluster.router('web-ipv4')?.spec, spec);
    assert.equal(cluster.daemonSets.length, 1);
  });

  it('gives two VirtualIPs that leave the VRID open different ones, and keeps them', async () => {
    await cluster.start();
    for (const [index, name] of ['a', 'b', 'c', 'd'].entries()) {
      const addresses = [`192.0.2.${String(100 + index)}/24`];
      cluster.api.put(VIRTUAL_IPS, {
        apiVersion: 'kube-vrrp.io/v1alpha1',
        kind: 'VirtualIP',
        metadata: { name },
        spec: { addresses },
      } as never);
    }
    await cluster.clock.advance(2_000);
    const vrids = ['a', 'b', 'c', 'd'].map((name) => cluster.router(`${name}-ipv4`)?.spec.vrid);
    assert.equal(new Set(vrids).size, 4);
    cluster.api.remove(VIRTUAL_IPS, { name: 'a' });
    await cluster.clock.advance(2_000);
    assert.deepEqual(
      ['b', 'c', 'd'].map((name) => cluster.router(`${name}-ipv4`)?.spec.vrid),
      vrids.slice(1),
    );
  });

  it('accepts a VirtualIP that was refused as soon as what it wants is free', async () => {
    await cluster.start();
    await runWeb();
    cluster.virtualIP('rival', { addresses: ['192.0.2.101/24'] });
    await cluster.clock.advance(2_000);
    assert.equal(cluster.condition('rival', 'Accepted')?.status, 'False');
    assert.equal(cluster.router('rival-ipv4'), undefined);
    cluster.virtualIP('web', { vrid: 60 });
    await cluster.clock.advance(2_000);
    assert.equal(cluster.condition('rival', 'Accepted')?.status, 'True');
    assert.equal(cluster.router('rival-ipv4')?.spec.vrid, 51);
  });

  it('puts a cordoned node last, and leaves it where it was when the cordon is taken back', async () => {
    await cluster.start();
    await runWeb();
    const before = membersOf('web-ipv4');
    const [first = ''] = before;
    cluster.node(first, { address: '192.0.2.77', cordoned: true });
    await cluster.clock.advance(2_000);
    const lowest = cluster.router('web-ipv4')?.spec.members.toSorted((a, b) => a.priority - b.priority)[0];
    assert.equal(lowest?.node, first);
    cluster.node(first, { address: '192.0.2.77' });
    await cluster.clock.advance(2_000);
    const highest = cluster.router('web-ipv4')?.spec.members.toSorted((a, b) => b.priority - a.priority)[0];
    assert.equal(highest?.node, first);
  });

  it('takes a node in when it appears or gets the labels, and out when it is gone', async () => {
    await cluster.start();
    cluster.virtualIP('web', { nodeSelector: { matchLabels: { role: 'edge' } } });
    await cluster.clock.advance(2_000);
    assert.deepEqual(membersOf('web-ipv4'), []);
    cluster.node('edge-1', { labels: { role: 'edge' } });
    cluster.node('edge-9', { labels: { role: 'edge' } });
    await cluster.clock.advance(2_000);
    assert.deepEqual([...membersOf('web-ipv4')].sort(), ['edge-1', 'edge-9']);
    await cluster.agentsReport('web-ipv4');
    cluster.api.remove(NODES, { name: 'edge-9' });
    await cluster.clock.advance(MINUTE);
    assert.deepEqual(membersOf('web-ipv4'), ['edge-1']);
    assert.deepEqual(
      cluster.router('web-ipv4')?.status?.members?.map(({ node }) => node),
      ['edge-1'],
    );
  });

  it('does not believe agents any more that say nothing, and believes them all again by one word', async () => {
    await cluster.start();
    cluster.virtualIP('web');
    cluster.virtualIP('mail', { addresses: ['192.0.2.101/24'], vrid: 52 });
    await cluster.clock.advance(2_000);
    await cluster.agentsReport('web-ipv4');
    await cluster.agentsReport('mail-ipv4');
    await cluster.clock.advance(staleAfter(SHORTEST_PERIOD) + 10_000);
    assert.notEqual(cluster.condition('web', 'Ready')?.status, 'True');
    assert.notEqual(cluster.condition('mail', 'Ready')?.status, 'True');
    for (const node of membersOf('web-ipv4')) {
      const entry = cluster.router('web-ipv4')?.status?.members?.find((each) => each.node === node);
      await cluster.agentSays('web-ipv4', { ...entry, node, heartbeat: '2026-01-01T09:00:00Z' });
    }
    await cluster.clock.advance(1_000);
    assert.equal(cluster.condition('web', 'Ready')?.status, 'True');
    assert.equal(cluster.condition('mail', 'Ready')?.status, 'True');
  });

  it('puts a VirtualRouter right that somebody has changed or deleted', async () => {
    await cluster.start();
    await runWeb();
    const router = cluster.router('web-ipv4');
    cluster.api.put(VIRTUAL_ROUTERS, { ...router, spec: { ...router?.spec, vrid: 99 } } as never);
    await cluster.clock.advance(2_000);
    assert.equal(cluster.router('web-ipv4')?.spec.vrid, 51);
    cluster.api.remove(VIRTUAL_ROUTERS, { name: 'web-ipv4' });
    await cluster.clock.advance(2_000);
    assert.equal(cluster.router('web-ipv4')?.spec.vrid, 51);
  });

  it('puts the DaemonSet right that somebody has deleted', async () => {
    await cluster.start();
    await runWeb();
    cluster.api.remove(DAEMON_SETS, { name: 'kube-vrrp-agent', namespace: NAMESPACE });
    await cluster.clock.advance(2_000);
    assert.equal(cluster.daemonSets.length, 1);
  });

  it('leaves running agents alone when another VirtualIP needs other nodes', async () => {
    cluster.node('edge-1', { labels: { role: 'edge' } });
    await cluster.start();
    cluster.virtualIP('web', { nodeSelector: { matchLabels: { role: 'edge' } } });
    await cluster.clock.advance(2_000);
    cluster.agentPods(['edge-1']);
    cluster.virtualIP('mail', {
      ...{ addresses: ['192.0.2.101/24'], vrid: 52 },
      nodeSelector: { matchLabels: { role: 'core' } },
    });
    await cluster.clock.advance(MINUTE);
    assert.deepEqual(cluster.podNames, ['agent-edge-1']);
  });

  it('replaces outdated agents one at a time, the holder last', async () => {
    const stop = await cluster.start();
    await runWeb();
    cluster.agentPods(membersOf('web-ipv4'));
    const [holder = '', ...others] = membersOf('web-ipv4');
    await stop();
    await cluster.start(cluster.operator({ image: 'registry.example/kube-vrrp:2' }));
    await cluster.clock.advance(MINUTE);
    assert.equal(cluster.podNames.length, 2);
    for (let rest = 2; rest > 0; rest -= 1) {
      const gone = membersOf('web-ipv4').filter((node) => !cluster.podNames.includes(`agent-${node}`));
      await cluster.clock.advance(MINUTE);
      assert.equal(cluster.podNames.length, 2, 'the next one had to wait for the last one');
      if (rest === 2) assert.ok(others.includes(gone[0] ?? ''));
      cluster.agentPods(gone);
      await cluster.clock.advance(MINUTE);
      assert.equal(cluster.podNames.length, 2);
    }
    assert.ok(!cluster.podNames.includes(`agent-${holder}`));
  });

  it('goes on after faults of the API server, one VirtualIP not held up by another', async () => {
    await cluster.start();
    const refuse = new KubeApiError('no space', 500, 'InternalError');
    const mend = cluster.api.failNext(
      refuse,
      { verb: 'apply', plural: 'virtualrouters', name: 'web-ipv4' },
      Infinity,
    );
    cluster.virtualIP('web');
    cluster.virtualIP('mail', { addresses: ['192.0.2.101/24'], vrid: 52 });
    await cluster.clock.advance(30_000);
    assert.equal(cluster.router('web-ipv4'), undefined);
    assert.notEqual(cluster.router('mail-ipv4'), undefined);
    const attempts = cluster.api.calls.filter(
      ({ name, verb }) => name === 'web-ipv4' && verb === 'apply',
    ).length;
    assert.ok(attempts > 3 && attempts < 30, `${String(attempts)} attempts in 30 s`);
    mend();
    await cluster.clock.advance(MINUTE);
    assert.notEqual(cluster.router('web-ipv4'), undefined);
    assert.ok(cluster.logged.some(({ level, message }) => level === 'warn' && /^Failed/.test(message)));
  });

  it('loses nothing while the API server is away, and catches up afterwards', async () => {
    await cluster.start();
    await runWeb();
    const spec = cluster.router('web-ipv4')?.spec;
    cluster.api.goAway();
    cluster.virtualIP('mail', { addresses: ['192.0.2.101/24'], vrid: 52 });
    await cluster.clock.advance(5 * MINUTE);
    assert.deepEqual(cluster.router('web-ipv4')?.spec, spec);
    cluster.api.comeBack();
    await cluster.clock.advance(MINUTE);
    assert.notEqual(cluster.router('mail-ipv4'), undefined);
  });

  it('makes no agents while their ServiceAccount is missing: an installation may be on its way out', async () => {
    const account = { name: SETTINGS.serviceAccountName, namespace: NAMESPACE };
    await cluster.start();
    await runWeb();
    cluster.api.remove(SERVICE_ACCOUNTS, account);
    cluster.api.remove(DAEMON_SETS, { name: SETTINGS.daemonSetName, namespace: NAMESPACE });
    await cluster.clock.advance(MINUTE);
    assert.equal(cluster.daemonSets.length, 0);
    assert.equal(cluster.logged.filter(({ message }) => /no ServiceAccount/.test(message)).length, 1);
    cluster.api.put(SERVICE_ACCOUNTS, { metadata: account });
    await cluster.clock.advance(MINUTE);
    const uid = cluster.api.peek(SERVICE_ACCOUNTS, account)?.metadata?.uid;
    assert.match(
      JSON.stringify(cluster.daemonSets[0]?.metadata),
      new RegExp(`"ownerReferences":.*"uid":"${uid ?? '?'}"`),
    );
  });

  it('does not call agents silent for time in which it could not hear them', async () => {
    await cluster.start();
    await runWeb();
    const states = () => cluster.status('web')?.nodes?.map(({ state }) => state);
    const before = cluster.operatorWrites.length;
    cluster.api.goAway();
    await cluster.clock.advance(2 * MINUTE);
    cluster.api.comeBack();
    await cluster.clock.advance(10_000);
    assert.deepEqual(states(), ['Active', 'Backup', 'Backup']);
    assert.deepEqual(cluster.writesSince(before), []);
    await cluster.clock.advance(MINUTE);
    assert.deepEqual(states(), ['Unknown', 'Unknown', 'Unknown']);
  });

  it('waits for the definitions, says so, and begins when they are there', async () => {
    const missing = new KubeApiError('the API server does not know virtualips', 404, 'NotFound');
    const install = cluster.api.failNext(missing, { plural: 'virtualips' }, Infinity);
    const operator = cluster.operator();
    const stopping = new AbortController();
    const watching = operator.watch(stopping.signal);
    await cluster.clock.advance(MINUTE);
    assert.equal(operator.readiness.ok, false);
    assert.match(operator.readiness.reasons.join(), /virtualIPs are not known.*does not know virtualips/);
    install();
    await cluster.clock.advance(MINUTE);
    assert.deepEqual(operator.readiness, { ok: true, reasons: [] });
    stopping.abort();
    await watching;
  });

  it('does nothing while another one leads, and everything when it leads itself', async () => {
    const operator = cluster.operator();
    const stopping = new AbortController();
    const watching = operator.watch(stopping.signal);
    await operator.synced;
    cluster.virtualIP('web');
    await cluster.clock.advance(MINUTE);
    assert.deepEqual(cluster.operatorWrites, []);
    assert.equal(operator.virtualIPs.length, 0);
    const leading = operator.lead(stopping.signal);
    await cluster.clock.advance(2_000);
    assert.notEqual(cluster.router('web-ipv4'), undefined);
    assert.deepEqual(
      operator.virtualIPs.map(({ metadata }) => metadata.name),
      ['web'],
    );
    stopping.abort();
    await settled();
    await Promise.all([watching, leading]);
  });

  describe('that takes over with a cache that lags behind', () => {
    /** An operator that stands by, and has heard nothing of this kind since its first list. */
    const deafTo = async (plural: string): Promise<() => Promise<void>> => {
      const hear = cluster.api.hold({ verb: 'watch', plural });
      const operator = cluster.operator();
      const stopping = new AbortController();
      const watching = operator.watch(stopping.signal);
      await operator.synced;
      return async () => {
        const leading = operator.lead(stopping.signal);
        await cluster.clock.advance(5_000);
        hear();
        await cluster.clock.advance(MINUTE);
        stopping.abort();
        await settled();
        await Promise.all([watching, leading]);
      };
    };

    it('removes nothing of a VirtualIP that it has not heard of yet', async () => {
      const stop = await cluster.start();
      const takeOver = await deafTo('virtualips');
      await runWeb();
      const uid = cluster.router('web-ipv4')?.metadata.uid;
      await stop();
      await takeOver();
      assert.equal(cluster.router('web-ipv4')?.metadata.uid, uid);
      assert.equal(cluster.condition('web', 'Accepted')?.status, 'True');
    });

    it('does not bring back what an older spec asked for', async () => {
      const stop = await cluster.start();
      await runWeb();
      const takeOver = await deafTo('virtualips');
      cluster.virtualIP('web', { addresses: ['192.0.2.101/24'] });
      await cluster.clock.advance(2_000);
      await stop();
      await takeOver();
      assert.deepEqual(
        cluster.operatorWrites.flatMap(({ plural, object }) =>
          plural === 'virtualrouters' && object?.metadata?.name === 'web-ipv4'
            ? (object as unknown as VirtualRouter).spec.addresses
            : [],
        ),
        ['192.0.2.100/24', '192.0.2.101/24'],
      );
    });

    it('gives no other VRID to what runs already', async () => {
      const stop = await cluster.start();
      const takeOver = await deafTo('virtualrouters');
      cluster.virtualIP('first', { vrid: 1, addresses: ['192.0.2.99/24'] });
      await cluster.clock.advance(2_000);
      cluster.api.put(VIRTUAL_IPS, {
        apiVersion: API_VERSION,
        kind: VIRTUAL_IP_KIND,
        metadata: { name: 'web' },
        spec: { addresses: ['192.0.2.100/24'] },
      } as KubeObject);
      await cluster.clock.advance(2_000);
      assert.equal(cluster.router('web-ipv4')?.spec.vrid, 2);
      cluster.api.remove(VIRTUAL_IPS, { name: 'first' });
      await cluster.clock.advance(2_000);
      await stop();
      await takeOver();
      assert.equal(cluster.router('web-ipv4')?.spec.vrid, 2);
      assert.deepEqual(
        cluster.operatorWrites.flatMap(({ plural, object }) =>
          plural === 'virtualrouters' && object?.metadata?.name === 'web-ipv4'
            ? [(object as unknown as VirtualRouter).spec.vrid]
            : [],
        ),
        [2],
      );
    });
  });

  it('gives nobody else a VRID that it may have written without having heard so', async () => {
    await cluster.start();
    const unanswered = new KubeApiError('no answer', 0, '');
    cluster.api.failNext(unanswered, { verb: 'apply', plural: 'virtualrouters', name: 'first-ipv4' });
    cluster.virtualIP('first', { addresses: ['192.0.2.100/24'], vrid: undefined });
    await settled();
    // So that it is not written again.
    cluster.api.remove(VIRTUAL_IPS, { name: 'first' });
    cluster.virtualIP('second', { addresses: ['192.0.2.101/24'], vrid: undefined });
    await cluster.clock.advance(2_000);
    assert.equal(cluster.router('second-ipv4')?.spec.vrid, 2);
    // The same address under another name has to wait, and is not forgotten.
    cluster.virtualIP('renamed', { addresses: ['192.0.2.100/24'], vrid: undefined });
    await cluster.clock.advance(60_000);
    assert.equal(cluster.router('renamed-ipv4'), undefined);
    await cluster.clock.advance(20_000);
    assert.equal(cluster.router('renamed-ipv4')?.spec.vrid, 1);
  });

  it('writes a VRID again that it may have written, also when a lower one is free by now', async () => {
    await cluster.start();
    cluster.virtualIP('old', { addresses: ['192.0.2.99/24'], vrid: 1 });
    await cluster.clock.advance(2_000);
    const unanswered = new KubeApiError('no answer', 0, '');
    cluster.api.failNext(unanswered, { verb: 'apply', plural: 'virtualrouters', name: 'first-ipv4' });
    cluster.virtualIP('first', { addresses: ['192.0.2.100/24'], vrid: undefined });
    await settled();
    cluster.virtualIP('old', { addresses: ['192.0.2.99/24'], vrid: 9 });
    await cluster.clock.advance(5_000);
    assert.equal(cluster.router('old-ipv4')?.spec.vrid, 9);
    assert.equal(cluster.router('first-ipv4')?.spec.vrid, 2);
  });

  it('keeps that VRID also when the next attempt is refused', async () => {
    await cluster.start();
    const pattern = { verb: 'apply', plural: 'virtualrouters', name: 'first-ipv4' } as const;
    cluster.api.failNext(new KubeApiError('no answer', 0, ''), pattern);
    cluster.api.failNext(new KubeApiError('slow down', 429, 'TooManyRequests', 30), pattern);
    cluster.virtualIP('first', { addresses: ['192.0.2.100/24'], vrid: undefined });
    await cluster.clock.advance(5_000);
    assert.equal(cluster.router('first-ipv4'), undefined);
    // So that it is not written again.
    cluster.api.remove(VIRTUAL_IPS, { name: 'first' });
    cluster.virtualIP('second', { addresses: ['192.0.2.101/24'], vrid: undefined });
    await cluster.clock.advance(2_000);
    assert.equal(cluster.router('second-ipv4')?.spec.vrid, 2);
  });

  it('makes what others wait for before it tells of what is made', async () => {
    await cluster.start();
    const names = Array.from({ length: 12 }, (_, index) => `vip-${String(index)}`);
    const release = cluster.api.hold({ verb: 'apply', plural: 'virtualrouters' });
    names.forEach((name, index) => {
      cluster.virtualIP(name, { addresses: [`192.0.2.${String(100 + index)}/24`], vrid: 100 + index });
    });
    await settled();
    const before = cluster.operatorWrites.length;
    release();
    await cluster.clock.advance(5_000);
    const written = cluster
      .writesSince(before)
      .filter(({ plural }) => ['virtualrouters', 'virtualips'].includes(plural))
      .map(({ plural }) => plural);
    const told = written
      .slice(0, written.lastIndexOf('virtualrouters'))
      .filter((kind) => kind === 'virtualips');
    // One in four may be told of meanwhile.
    assert.ok(told.length <= names.length / 2, `${String(told.length)} were told of before all were made`);
    for (const name of names) assert.equal(cluster.condition(name, 'Accepted')?.status, 'True');
  });

  it('finishes what it has begun when it is told to stop', async () => {
    const stop = await cluster.start();
    const release = cluster.api.hold({ verb: 'apply', plural: 'virtualrouters' });
    cluster.virtualIP('web');
    await settled();
    const stopped = stop();
    await settled();
    release();
    await settled();
    await stopped;
    assert.notEqual(cluster.router('web-ipv4'), undefined);
    assert.ok(cluster.status('web') !== undefined, 'the status belongs to what had begun');
  });

  it('does not wait for ever for an API server that does not answer when it is told to stop', async () => {
    const stop = await cluster.start();
    cluster.api.hold({ verb: 'apply', plural: 'virtualrouters' });
    cluster.virtualIP('web');
    await settled();
    const stopped = stop();
    await cluster.clock.advance(5_000);
    await stopped;
    assert.equal(cluster.router('web-ipv4'), undefined);
  });

  it('owns what it writes by its own name', async () => {
    await cluster.start();
    await runWeb();
    const managers = new Set(cluster.operatorWrites.map(({ fieldManager }) => fieldManager));
    assert.deepEqual([...managers], [OPERATOR_FIELD_MANAGER]);
  });
});
