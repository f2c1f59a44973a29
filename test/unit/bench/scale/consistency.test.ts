import assert from 'node:assert/strict';
import { it } from 'node:test';

import { inconsistencies } from '../../../../bench/scale/measure/consistency.js';
import { virtualIP } from '../../../../bench/scale/workload.js';
import type { VirtualRouter } from '../../../../src/api/v1alpha1/virtual-router.js';

const SIZE = { virtualIPs: 2, nodes: 3, members: 3 };

const owner = (index: number) => {
  const { metadata, ...rest } = virtualIP(index, SIZE);
  return { ...rest, metadata: { ...metadata, uid: `uid-${String(index)}` } };
};

const router = (index: number, name = `r-${String(index)}`): VirtualRouter => ({
  apiVersion: 'kube-vrrp.io/v1alpha1',
  kind: 'VirtualRouter',
  metadata: {
    name,
    ownerReferences: [{ ...{ apiVersion: 'v1', kind: 'VirtualIP' }, name: 'x', uid: `uid-${String(index)}` }],
  },
  spec: {
    virtualIP: owner(index).metadata.name,
    family: 'IPv4',
    vrid: 1 + index,
    addresses: [`198.19.0.${String(index)}/32`],
    members: [{ node: 'a', priority: 100, interface: 'vlan1' }],
  },
});

const both = [owner(0), owner(1)];

it('nothing is wrong when each VirtualIP has its VirtualRouter', () => {
  assert.deepEqual(inconsistencies(both, [router(0), router(1)]), []);
});

it('a VirtualRouter that is missing, double or of nobody is found', () => {
  assert.equal(inconsistencies(both, [router(0)]).length, 1);
  const double = inconsistencies(both, [router(0), router(1), router(1, 'again')]);
  assert.ok(double.some((text) => text.includes('has 2 VirtualRouters')));
  const stranger = inconsistencies([owner(0)], [router(0), router(1)]);
  assert.deepEqual(stranger, ['VirtualRouter r-1 belongs to no VirtualIP that there is']);
});

it('a VRID that two have on one VLAN is found, and one on two VLANs is none', () => {
  const one = router(0);
  const same = { ...router(1), spec: { ...router(1).spec, vrid: one.spec.vrid } };
  assert.deepEqual(inconsistencies(both, [one, same]), ['VRID 1 on vlan1 is that of r-0 and r-1']);
  const members = [{ node: 'a', priority: 100, interface: 'vlan2' }];
  assert.deepEqual(inconsistencies(both, [one, { ...same, spec: { ...same.spec, members } }]), []);
});
