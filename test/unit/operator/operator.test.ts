import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { TestCluster } from './cluster.fixture.js';

describe('the operator', () => {
  let cluster: TestCluster;
  beforeEach(() => {
    cluster = new TestCluster();
  });
  afterEach(() => {
    cluster.close();
  });

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
    assert.equal(cluster.status('web')?.holder, cluster.router('web-ipv4')?.spec.members[0]?.node);
    assert.equal(cluster.condition('web', 'Ready')?.status, 'True');
  });
});
