import { systemClock } from '../../../src/platform/clock.js';
import { HttpsKubeApi } from '../../../src/platform/kube/api.js';
import { type Access, apiServerFor } from '../cluster/users.js';
import { each } from '../each.js';
import { QUIET_LOG } from '../quiet-log.js';
import type { SimulatedNode } from '../workload.js';
import type { FleetFigures, FromFleet, ToFleet } from './messages.js';
import { SimulatedAgent } from './simulated-agent.js';
import { AGENT_HEADER, countWatchedBytes } from './watched-bytes.js';
import { Wire } from './wire.js';

/* The simulated agents of all nodes, in a process of their own: what they cost is not what the operator costs. */

/** Agents that start at the same time, as when a DaemonSet is rolled out. */
const STARTING = 40;
/** Milliseconds between two signs of life of a VRRP process. */
const SIGN_OF_LIFE = 1_000;

const watched = new Map<string, number>();
const wires = new Map<string, Wire>();
let agents: readonly SimulatedAgent[] = [];

function wireOf(virtualRouter: string): Wire {
  const known = wires.get(virtualRouter) ?? new Wire(systemClock);
  wires.set(virtualRouter, known);
  return known;
}

async function start(access: Access, nodes: readonly SimulatedNode[]): Promise<void> {
  const addresses = new Map(nodes.map(({ name, address }) => [name, address]));
  const addressOf = (node: string): string => addresses.get(node) ?? '';
  for (const { name } of nodes) watched.set(name, 0);
  countWatchedBytes((agent, bytes) => watched.set(agent, (watched.get(agent) ?? 0) + bytes));
  agents = nodes.map((node) => {
    const server = apiServerFor(access, { [AGENT_HEADER]: node.name });
    const api = new HttpsKubeApi({ server, version: 'bench', component: 'agent', log: QUIET_LOG });
    return new SimulatedAgent(node, api, { wireOf, addressOf });
  });
  const { signal } = new AbortController();
  await each(agents, STARTING, (agent) => agent.start(signal));
  setInterval(() => {
    for (const agent of agents) agent.heard();
  }, SIGN_OF_LIFE);
}

function move(virtualRouter: string, backAfter: number): void {
  const wire = wireOf(virtualRouter);
  const node = wire.withdrawActive();
  if (node !== null) systemClock.after(backAfter, () => wire.restore(node));
}

function figures(): FleetFigures {
  const sum = (field: 'written' | 'failed'): number =>
    agents.reduce((total, { counts }) => total + counts[field], 0);
  return { watched: [...watched.values()], written: sum('written'), failed: sum('failed') };
}

const say = (message: FromFleet): void => void process.send?.(message);

process.on('message', (message: ToFleet) => {
  switch (message.kind) {
    case 'start':
      void start(message.access, message.nodes).then(() => say({ kind: 'started' }));
      break;
    case 'tell':
      say({ kind: 'figures', figures: figures() });
      break;
    case 'move':
      move(message.virtualRouter, message.backAfter);
      break;
  }
});
// Whoever started it is gone.
process.on('disconnect', () => process.exit());
// A terminal tells both; who began it sees to its end.
process.on('SIGINT', () => undefined);
