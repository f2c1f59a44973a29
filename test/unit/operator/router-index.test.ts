import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { VirtualRouter } from '../../../src/api/v1alpha1/virtual-router.js';
import { RouterIndex } from '../../../src/operator/gather/router-index.js';
import { virtualRouterSpec } from '../../support/virtual-router-object.js';

const router = (name: string, members: readonly string[], heartbeatSeconds?: number): VirtualRouter => ({
  apiVersion: 'kube-vrrp.io/v1alpha1',
  kind: 'VirtualRouter',
  metadata: { name },
  spec: {
    ...virtualRouterSpec(),
    virtualIP: name,
    members: members.map((node) => ({ node, priority: 100 })),
    ...(heartbeatSeconds === undefined ? {} : { heartbeatSeconds }),
  },
});

test('of an agent the slowest heartbeat counts that any VirtualRouter asks for, as long as it names the node', () => {
  const index = new RouterIndex();
  const web = router('web', ['a', 'b']);
  const slow = router('slow', ['b', 'c'], 50);
  const large = router(
    'large',
    Array.from({ length: 60 }, (_, number) => (number === 0 ? 'c' : `node-${String(number)}`)),
  );
  for (const each of [web, slow, large]) index.update(undefined, each);
  const periods = (): readonly (number | undefined)[] =>
    ['a', 'b', 'c'].map((node) => index.heartbeats.get(node));
  assert.deepEqual(periods(), [10_000, 50_000, 50_000]);
  index.update(slow, router('slow', ['b'], 20));
  assert.deepEqual(periods(), [10_000, 20_000, 15_000]);
  index.update(large, undefined);
  assert.deepEqual(periods(), [10_000, 20_000, undefined]);
});
