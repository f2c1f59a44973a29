import type { NodeView } from './situation.js';
import type { Input } from './types.js';
import { enumerate } from './wording.js';

const POD: Readonly<Record<'Running' | 'Pending' | 'Failing' | 'None', string>> = {
  Running: 'the agent pod runs; see in its log whether it reaches the API server',
  Pending: 'the agent pod is being started',
  Failing: 'the agent pod fails; see its events and log',
  None: 'no agent pod runs there; look for taints that agents do not tolerate, and at the events of the DaemonSet',
};

/** Why nothing is heard from a node, as far as can be told, and what to look at. */
export function silenceOf({ name, facts }: NodeView, agentPods: Input['agentPods']): string {
  if (facts?.ready !== true) return 'the node is not Ready';
  return agentPods === null ? 'look at the agent pod there' : POD[agentPods.get(name) ?? 'None'];
}

/** The same about several nodes, those with the same reason together: `a and b`, `the node is not Ready`. */
export function silences(
  nodes: readonly NodeView[],
  agentPods: Input['agentPods'],
): readonly Readonly<{ names: string; why: string }>[] {
  const groups = new Map<string, string[]>();
  for (const node of nodes) {
    const why = silenceOf(node, agentPods);
    groups.set(why, [...(groups.get(why) ?? []), node.name]);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([why, names]) => ({ names: enumerate(names.sort()), why }));
}
