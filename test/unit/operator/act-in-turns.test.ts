import assert from 'node:assert/strict';
import { type TestContext, describe, it } from 'node:test';
import { actInTurns } from '../../../src/operator/act-in-turns.js';
import type { Lease } from '../../../src/platform/kube/lease-record.js';
import { LEASES, VIRTUAL_ROUTERS } from '../../../src/platform/kube/resources.js';
import { TestCluster, settled } from './cluster.fixture.js';

const LEASE = { name: 'kube-vrrp-operator', namespace: 'kube-vrrp' };

/** An operator that knows the cluster and wants to lead. */
async function started(context: TestContext, cluster: TestCluster, identity: string) {
  const { api, log, clock } = cluster;
  const stop = new AbortController();
  const operator = cluster.operator();
  const watching = operator.watch(stop.signal);
  await operator.synced;
  const self = { turns: 0, leading: false, stop };
  const acting = actInTurns(
    { api, log, clock, lease: LEASE, identity, random: () => 0 },
    stop.signal,
    async (signal, mayWrite) => {
      self.turns += 1;
      self.leading = true;
      await operator.lead(signal, mayWrite);
      self.leading = false;
    },
  );
  context.after(async () => {
    stop.abort();
    await settled();
    await Promise.all([watching, acting]);
  });
  await clock.advance(2_000);
  return self;
}

/** Two operators, of which the first one acts, and a VirtualIP that is as it should be. */
async function running(context: TestContext) {
  const cluster = new TestCluster();
  const first = await started(context, cluster, 'first');
  const second = await started(context, cluster, 'second');
  cluster.virtualIP('web');
  await cluster.clock.advance(2_000);
  await cluster.agentsReport('web-ipv4');
  await cluster.clock.advance(2_000);
  return {
    cluster,
    first,
    second,
    holder: () => cluster.api.peek<Lease>(LEASES, LEASE)?.spec?.holderIdentity,
  };
}

describe('an operator that loses the Lease', () => {
  it('stands by and acts again after the API server stood still, and writes nothing anew', async (context) => {
    const { cluster, first, second } = await running(context);
    const writes = (): number => cluster.operatorWrites.filter(({ plural }) => plural !== 'leases').length;
    const before = writes();
    cluster.api.goAway();
    await cluster.clock.advance(5_000);
    assert.deepEqual([first.leading, second.leading], [false, false]);
    cluster.api.comeBack();
    await cluster.clock.advance(4_000);
    assert.equal(Number(first.leading) + Number(second.leading), 1);
    assert.equal(first.turns + second.turns, 2);
    assert.equal(writes(), before);
  });

  it('leaves the work to who has it now, also what it had begun', async (context) => {
    const { cluster, first, second, holder } = await running(context);
    // What the first one sends is not answered, the second one's renewals go through later.
    const answer = cluster.api.hold({ verb: 'get', plural: 'virtualips' });
    cluster.virtualIP('web', { vrid: 77 });
    await settled();
    cluster.api.put<Lease>(LEASES, {
      metadata: LEASE,
      spec: { holderIdentity: 'thief', leaseDurationSeconds: 6 },
    });
    await cluster.clock.advance(3_000);
    assert.equal(first.leading && holder() === 'first', false);
    answer();
    await settled();
    assert.notEqual(cluster.router('web-ipv4')?.spec.vrid, 77, 'nobody leads who may write');
    await cluster.clock.advance(20_000);
    assert.equal(cluster.router('web-ipv4')?.spec.vrid, 77);
    assert.equal(Number(first.leading) + Number(second.leading), 1);
  });

  it('is followed by another one within 6 s when it has died', async (context) => {
    const cluster = new TestCluster();
    cluster.api.put<Lease>(LEASES, {
      metadata: LEASE,
      spec: { holderIdentity: 'dead', leaseDurationSeconds: 6 },
    });
    const other = await started(context, cluster, 'other');
    await cluster.clock.advance(3_900);
    assert.equal(other.leading, false);
    await cluster.clock.advance(200);
    assert.equal(other.leading, true);
    assert.deepEqual(cluster.api.all(VIRTUAL_ROUTERS), []);
  });
});
