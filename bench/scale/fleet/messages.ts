import type { Access } from '../cluster/users.js';
import type { SimulatedNode } from '../workload.js';

/* What the bench and the process of the simulated agents say to each other. */

export type ToFleet =
  /** Start an agent for each node; answered by `started`. */
  | Readonly<{ kind: 'start'; access: Access; nodes: readonly SimulatedNode[] }>
  /** Answered by `figures`. */
  | Readonly<{ kind: 'tell' }>
  /** Whoever is Active in this VirtualRouter hands over, and takes it back after so many milliseconds. */
  | Readonly<{ kind: 'move'; virtualRouter: string; backAfter: number }>;

export type FromFleet = Readonly<{ kind: 'started' }> | Readonly<{ kind: 'figures'; figures: FleetFigures }>;

/** Since the agents started. */
export type FleetFigures = Readonly<{
  /** Bytes of the bodies of watches, agent by agent, in the order of the nodes. */
  watched: readonly number[];
  /** Entries that were written. */
  written: number;
  /** Writes that failed, and were made again. */
  failed: number;
}>;
