import type { VirtualIP } from '../../api/v1alpha1/virtual-ip.js';
import type { Input } from '../decide/types.js';
import type { Cluster } from './cluster.js';

/** Everything that is known about one VirtualIP now. */
export const gatherInput = (
  virtualIP: VirtualIP,
  cluster: Cluster,
  password: Input['password'],
  wall: Date,
): Input => {
  const virtualRouters = cluster.virtualRoutersOf(virtualIP.metadata.name);
  return {
    virtualIP,
    virtualRouters,
    nodes: cluster.nodes,
    claims: cluster.claims.list,
    observations: cluster.observations.entries,
    agentHeardAt: cluster.observations.agentHeardAt,
    heartbeats: cluster.heartbeats,
    backlog: virtualRouters.length === 0 ? cluster.backlog : NO_BACKLOG,
    watchingSince: cluster.watchingSince,
    password,
    agentPods: cluster.agentPods,
    now: { monotonic: cluster.watched, wall },
  };
};

const NO_BACKLOG: Input['backlog'] = { waiting: 0, untilWritten: 0, untilTold: 0 };
