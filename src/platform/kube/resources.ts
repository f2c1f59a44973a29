import type { Resource } from './ports.js';

/** The kinds that operator and agent deal with. */
export const VIRTUAL_IPS: Resource = {
  group: 'kube-vrrp.io',
  version: 'v1alpha1',
  plural: 'virtualips',
  kind: 'VirtualIP',
  namespaced: false,
};
export const VIRTUAL_ROUTERS: Resource = {
  group: 'kube-vrrp.io',
  version: 'v1alpha1',
  plural: 'virtualrouters',
  kind: 'VirtualRouter',
  namespaced: false,
};
export const NODES: Resource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };
export const PODS: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
export const SECRETS: Resource = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
};
/**
 * Of the core group: in events.k8s.io, API servers before 1.21 refuse events about objects without a namespace unless
 * these events are in kube-system.
 */
export const EVENTS: Resource = {
  group: '',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};
export const LEASES: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};
export const DAEMON_SETS: Resource = {
  group: 'apps',
  version: 'v1',
  plural: 'daemonsets',
  kind: 'DaemonSet',
  namespaced: true,
};
export const SERVICE_ACCOUNTS: Resource = {
  group: '',
  version: 'v1',
  plural: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
};
