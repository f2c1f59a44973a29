import assert from 'node:assert/strict';
import { test } from 'node:test';

import { auditedRequest } from '../../../lab/cluster/audit.js';

test('a request is told with its account, its resource and its answer', () => {
  const event = {
    requestReceivedTimestamp: '2026-01-02T03:04:05.678901Z',
    user: { username: 'system:serviceaccount:kube-vrrp-system:kube-vrrp-agent' },
    verb: 'patch',
    requestURI: '/apis/kube-vrrp.io/v1alpha1/virtualrouters/web-4/status?fieldManager=w1',
    objectRef: {
      ...{ apiGroup: 'kube-vrrp.io', resource: 'virtualrouters', subresource: 'status', name: 'web-4' },
    },
    sourceIPs: ['192.0.2.11'],
    responseStatus: { code: 200 },
  };
  assert.deepEqual(auditedRequest(event), {
    at: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    serviceAccount: 'kube-vrrp-system/kube-vrrp-agent',
    verb: 'patch',
    group: 'kube-vrrp.io',
    resource: 'virtualrouters/status',
    namespace: '',
    name: 'web-4',
    uri: event.requestURI,
    source: '192.0.2.11',
    code: 200,
  });
});

test('a request for no resource has its path alone', () => {
  const event = {
    requestReceivedTimestamp: '2026-01-02T03:04:05Z',
    user: { username: 'system:serviceaccount:default:default' },
    verb: 'get',
    requestURI: '/version',
  };
  const { resource, group, uri, code } = auditedRequest(event);
  assert.deepEqual([resource, group, uri, code], ['', '', '/version', 0]);
});
