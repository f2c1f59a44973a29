import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remedyFor } from '../../../../src/platform/kube/remedy.js';

const forbidden = (message: string) => remedyFor({ status: 403, message }) ?? '';

test('a right that is missing is told with verb, resource, place and role', () => {
  const pods = forbidden(
    'pods is forbidden: User "system:serviceaccount:kube-vrrp:kube-vrrp-agent" cannot watch resource "pods" in API group "" in the namespace "shop"',
  );
  assert.match(
    pods,
    /^let system:serviceaccount:kube-vrrp:kube-vrrp-agent watch pods in the namespace shop by a Role/,
  );
  assert.match(
    pods,
    /by a Role or ClusterRole \(the chart has one whose name begins with kube-vrrp-agent\);/,
  );
  assert.match(pods, /"kubectl auth can-i watch pods --as=\S+ -n shop"/);
  const routers = forbidden(
    'virtualrouters.kube-vrrp.io "web-v4" is forbidden: User "somebody" cannot patch resource "virtualrouters/status" in API group "kube-vrrp.io" at the cluster scope',
  );
  assert.match(
    routers,
    /^let somebody patch virtualrouters\.kube-vrrp\.io\/status in the whole cluster by a ClusterRole; .* patch virtualrouters\.kube-vrrp\.io --subresource=status --as/,
  );
});

test('of other refusals nothing is made up', () => {
  assert.equal(forbidden('admission webhook "x" denied the request: no'), '');
  assert.equal(remedyFor({ status: 409, message: 'User "a" cannot get resource "b" in API group ""' }), null);
});
