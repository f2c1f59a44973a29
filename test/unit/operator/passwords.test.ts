import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { KubeApiError, type KubeObject } from '../../../src/platform/kube/ports.js';
import { SECRETS, VIRTUAL_IPS } from '../../../src/platform/kube/resources.js';
import type { KubeSecret } from '../../../src/operator/gather/password.js';
import { NAMESPACE, TestCluster } from './cluster.fixture.js';

const AGENTS_SECRET = { name: 'kube-vrrp-agents', namespace: NAMESPACE };

describe('passwords', () => {
  let cluster: TestCluster;
  beforeEach(() => {
    cluster = new TestCluster();
  });
  afterEach(() => {
    // Whatever happens, no password is logged.
    assert.doesNotMatch(JSON.stringify(cluster.logged), /s3cret/);
    cluster.close();
  });

  const putSecret = (
    password: string,
    { name = 'vrrp', namespace = NAMESPACE, key = 'password' } = {},
  ): void => {
    cluster.api.put(SECRETS, {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } },
      data: { [key]: Buffer.from(password).toString('base64') },
    } as KubeObject);
  };

  const withPassword = (name: string, secretRef: Readonly<Record<string, string>> = { name: 'vrrp' }): void =>
    cluster.virtualIP(name, {
      ...{ vrrpVersion: 2, authentication: { type: 'Password', secretRef } as never },
      ...(name === 'web' ? {} : { addresses: ['192.0.2.101/24'], vrid: 52 }),
    });

  const agentsSecret = (): Readonly<Record<string, string>> | null => {
    const data = cluster.api.peek<KubeSecret>(SECRETS, AGENTS_SECRET)?.data;
    if (data === undefined) return null;
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
    );
  };

  it('go from the Secrets that VirtualIPs name into the one of the agents, and follow them', async () => {
    putSecret('s3cret1\n');
    await cluster.start();
    withPassword('web');
    await cluster.clock.advance(5_000);
    assert.deepEqual(agentsSecret(), { web: 's3cret1' });
    assert.equal(cluster.router('web-ipv4')?.spec.authentication?.secretKey, 'web');
    putSecret('s3cret2');
    await cluster.clock.advance(5_000);
    assert.deepEqual(agentsSecret(), { web: 's3cret2' });
  });

  it('leave with their VirtualIP, and the Secret with the last one', async () => {
    putSecret('s3cret1');
    await cluster.start();
    withPassword('web');
    withPassword('mail');
    await cluster.clock.advance(5_000);
    assert.deepEqual(agentsSecret(), { mail: 's3cret1', web: 's3cret1' });
    cluster.api.remove(VIRTUAL_IPS, { name: 'web' });
    await cluster.clock.advance(5_000);
    assert.deepEqual(agentsSecret(), { mail: 's3cret1' });
    cluster.api.remove(VIRTUAL_IPS, { name: 'mail' });
    await cluster.clock.advance(5_000);
    assert.equal(agentsSecret(), null);
  });

  it('that are missing or unfit are told, and put right as soon as they are there', async () => {
    await cluster.start();
    withPassword('web');
    await cluster.clock.advance(5_000);
    assert.equal(cluster.condition('web', 'Accepted')?.status, 'False');
    assert.match(
      cluster.condition('web', 'Accepted')?.message ?? '',
      /Secret kube-vrrp\/vrrp does not exist/,
    );
    putSecret('s3cret-too-long');
    await cluster.clock.advance(5_000);
    assert.match(cluster.condition('web', 'Accepted')?.message ?? '', /1 to 8 octets long, is 15/);
    putSecret('s3cret1', { key: 'other' });
    await cluster.clock.advance(5_000);
    assert.match(
      cluster.condition('web', 'Accepted')?.message ?? '',
      /has no entry "password"; it has other/,
    );
    putSecret('s3cret1');
    await cluster.clock.advance(5_000);
    assert.equal(cluster.condition('web', 'Accepted')?.status, 'True');
  });

  it('stay what they were while their Secret is gone', async () => {
    putSecret('s3cret1');
    await cluster.start();
    withPassword('web');
    await cluster.clock.advance(5_000);
    const spec = cluster.router('web-ipv4')?.spec;
    cluster.api.remove(SECRETS, { name: 'vrrp', namespace: NAMESPACE });
    await cluster.clock.advance(5_000);
    assert.deepEqual(agentsSecret(), { web: 's3cret1' });
    assert.deepEqual(cluster.router('web-ipv4')?.spec, spec);
  });

  it('in a namespace that the operator may not read are told, and hold up no others', async () => {
    await cluster.start();
    const forbidden = new KubeApiError('secrets "vrrp" is forbidden', 403, 'Forbidden');
    const permit = cluster.api.failNext(forbidden, { plural: 'secrets', verb: 'list' }, Infinity);
    putSecret('s3cret1', { namespace: 'shop' });
    withPassword('web', { name: 'vrrp', namespace: 'shop' });
    cluster.virtualIP('mail', { addresses: ['192.0.2.101/24'], vrid: 52 });
    await cluster.clock.advance(5_000);
    assert.match(
      cluster.condition('web', 'Accepted')?.message ?? '',
      /Secret shop\/vrrp cannot be read: secrets "vrrp" is forbidden; let the operator/,
    );
    assert.equal(cluster.condition('mail', 'Accepted')?.status, 'True');
    permit();
    await cluster.clock.advance(60_000);
    assert.equal(cluster.condition('web', 'Accepted')?.status, 'True');
  });
});
