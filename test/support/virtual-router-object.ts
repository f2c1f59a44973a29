import type { VirtualRouter, VirtualRouterSpec } from '../../src/api/v1alpha1/virtual-router.js';
import { memberLabel } from '../../src/api/v1alpha1/member-label.js';

export const virtualRouterSpec = (changes: Partial<VirtualRouterSpec> = {}): VirtualRouterSpec => ({
  virtualIP: 'web',
  family: 'IPv4',
  vrid: 51,
  addresses: ['192.0.2.100/24'],
  members: [
    { node: 'edge-1', priority: 254 },
    { node: 'edge-2', priority: 253, interface: 'bond0' },
  ],
  ...changes,
});

/** As the operator writes it, with the labels of its members. */
export function virtualRouter(
  name: string,
  changes: Partial<VirtualRouterSpec> = {},
  metadata: Partial<VirtualRouter['metadata']> = {},
): VirtualRouter {
  const spec = virtualRouterSpec(changes);
  return {
    apiVersion: 'kube-vrrp.io/v1alpha1',
    kind: 'VirtualRouter',
    metadata: {
      name,
      labels: Object.fromEntries(spec.members.map(({ node }) => [memberLabel(node), ''])),
      ...metadata,
    },
    spec,
  };
}
