import { longestPeriod } from '../../api/v1alpha1/heartbeat.js';
import type { VirtualIPSpec } from '../../api/v1alpha1/virtual-ip.js';
import type { Member, VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import { freshness } from './freshness.js';
import { selects } from './node-selector.js';
import { type RouterView, heldBy, observe } from './observed.js';
import type { Input } from './types.js';

/**
 * Members that the spec does not want any more, and that stay until one that it wants holds the addresses: an address that is
 * held by the wrong node is better than one that nobody holds. They go one after the other's arrival:
 *
 * 1. The new members start behind them, and their agents with them.
 * 2. As soon as one of the new ones waits as Backup, the old ones stand behind all others, so the holder hands over.
 * 3. As soon as a new one holds the addresses, the old ones go.
 *
 * If none of the new ones ever comes, the old ones stay, and Programmed tells so.
 */
export type KeptNodes = Readonly<{
  /** As they take part: a node keeps its interface, whatever the new ones are to use. */
  members: ReadonlyMap<string, Member>;
  /** Whether a node that is wanted is ready to take over. */
  handOver: boolean;
}>;

export const NO_KEPT_NODES: KeptNodes = { members: new Map(), handOver: false };

/**
 * So many that one of them may fail meanwhile. Not all: a VirtualRouter has room for 254 members, and those that are wanted
 * could not come if those that are not were in their place.
 */
const MOST = 8;

export function keptNodes(input: Input, { nodeSelector }: Pick<VirtualIPSpec, 'nodeSelector'>): KeptNodes {
  const { nodes, virtualRouters } = input;
  const there = new Map(nodes.map((node) => [node.name, node]));
  const isWanted = (name: string): boolean => {
    const node = there.get(name);
    return node !== undefined && !node.leaving && selects(nodeSelector, node.labels);
  };
  const views = viewsOf(virtualRouters, input);
  if (views.every((view) => isWanted(heldBy(view) ?? ''))) return NO_KEPT_NODES;
  const old = new Map(
    virtualRouters
      .flatMap(({ spec }) => spec.members)
      // Of a node that is deleted nobody sees to the agent any more.
      .filter(({ node }) => there.has(node) && !isWanted(node))
      .map((member) => [member.node, member]),
  );
  const usefulness = (name: string): number =>
    2 * views.filter((view) => heldBy(view) === name).length +
    views.filter((view) => canTakeOver(view, name)).length;
  const kept = [...old].sort(([a], [b]) => usefulness(b) - usefulness(a) || (a < b ? -1 : 1)).slice(0, MOST);
  return {
    members: new Map(kept),
    handOver: views.every((view) =>
      view.members.some(({ node }) => isWanted(node) && canTakeOver(view, node)),
    ),
  };
}

/** The VirtualRouters as they are now. */
function viewsOf(virtualRouters: readonly VirtualRouter[], input: Input): readonly RouterView[] {
  const fresh = freshness(input, longestPeriod(virtualRouters.map(({ spec }) => spec)));
  return virtualRouters.map((router) => observe(router, router, true, input, fresh));
}

const canTakeOver = ({ members }: RouterView, name: string): boolean =>
  members.some(
    ({ node, entry, fresh, superseded }) =>
      node === name && fresh && !superseded && (entry?.state === 'Backup' || entry?.state === 'Active'),
  );
