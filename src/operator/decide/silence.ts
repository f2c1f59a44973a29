import type { NodeView } from './situation.js';
import type { Input } from './types.js';

const POD: Readonly<Record<'Running' | 'Pending' | 'Failing' | 'None', string>> = {
  Running: 'its agent pod runs; see in its log whether it reaches the API server',
  Pending: 'its agent pod is being started',
  Failing: 'its agent pod fails; see its events and log',
  None: 'no agent pod runs there; look for taints that agents do not tolerate, and at the events of the DaemonSet',
};

/** Why nothing is heard from a node, as far as can be told, and what to look at. */
export function silenceOf({ name, facts }: NodeView, agentPods: Input['agentPods']): string {
  if (facts?.ready !== true) return 'the node is not Ready';
  return agentPods === null ? 'look at its agent pod' : POD[agentPods.get(name) ?? 'None'];
}
