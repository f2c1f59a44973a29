export { Cluster, type Pod, type UpOptions } from './cluster.js';
export { obtainCluster, type Obtained } from './obtain.js';
export { ClusterLab } from './cluster-lab.js';
export type { AuditedRequest } from './audit.js';
export type { ClusterNode, NodeService } from './node.js';
export { PRODUCTION_PACE, TEST_PACE, type Pace } from './settings.js';
export { leftovers, tearDown } from './tear-down.js';
export { until } from './waiting.js';
