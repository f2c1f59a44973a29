import type { DefaultedSpec } from '../../api/v1alpha1/virtual-ip.js';
import { type KeptNodes, NO_KEPT_NODES } from './kept-nodes.js';
import type { Membership } from './membership.js';
import { selects } from './node-selector.js';
import { preferenceOrder } from './preference.js';
import type { NodeFacts } from './types.js';

/*
 * Who takes part in a VirtualIP, and how much each node is preferred.
 *
 * A node that is added first stands behind all others (membership.ts). When it is there, it takes the place that the hash gives it, and every node behind it gets the next lower priority. The
 * addresses move only if that place is the first one: with n nodes in one of n VirtualIPs. A node that goes gives its place to the
 * next one; only the addresses that it held move.
 */

export type Placed = Readonly<{ node: NodeFacts; priority: number; interface: string | null }>;

export type Placement = Readonly<{
  /** Highest priority first. */
  members: readonly Placed[];
  /** Nodes that are selected and for which there is no priority left. */
  surplus: readonly string[];
  /** Members that stand behind the others because they came later, by name. */
  latecomers: readonly string[];
  /** Members that are not selected any more, by name: kept-nodes.ts. */
  kept: readonly string[];
  /** Indices in `spec.nodes` of entries that are about nobody who takes part. */
  idleOverrides: readonly number[];
}>;

const OWNER = 255;
const HIGHEST = 254;

/**
 * A node that is not Ready stays a member, because the election is on the wire
 * and the API server's opinion moves no address; but it does not become one before it is Ready.
 */
export function placement(
  virtualIP: string,
  spec: DefaultedSpec,
  nodes: readonly NodeFacts[],
  { present, isLate }: Pick<Membership, 'present' | 'isLate'>,
  kept: KeptNodes = NO_KEPT_NODES,
): Placement {
  const isKept = (name: string): boolean => kept.members.has(name);
  const eligible = new Map(
    nodes
      .filter(
        ({ name, ready, leaving, labels }) =>
          isKept(name) || (!leaving && selects(spec.nodeSelector, labels) && (ready || present.has(name))),
      )
      .map((node) => [node.name, node]),
  );
  const overrides = new Map((spec.nodes ?? []).map((entry) => [entry.name, entry]));
  const fixed = new Map(
    [...overrides.values()].flatMap(({ name, priority }) =>
      priority === undefined || !eligible.has(name) || isKept(name) || isLate(name)
        ? []
        : [[name, priority] as const],
    ),
  );
  const preferred = preferenceOrder(
    virtualIP,
    [...eligible.keys()].filter((name) => !fixed.has(name)),
  );
  const old = preferred.filter(isKept);
  const late = preferred.filter((name) => !isKept(name) && isLate(name));
  const others = [...preferred.filter((name) => !isKept(name) && !isLate(name)), ...old, ...late];
  const free = freePriorities(spec.priority, new Set(fixed.values()), others.length, old.length);
  const intended = new Map([
    ...fixed,
    ...others.slice(0, free.length).map((name, index) => [name, free[index] ?? 1] as const),
  ]);
  const isToYield = (name: string): boolean =>
    isKept(name) ? kept.handOver : spec.onCordon === 'HandOver' && eligible.get(name)?.cordoned === true;
  const interfaceOf = (name: string): string | null =>
    kept.members.has(name)
      ? (kept.members.get(name)?.interface ?? null)
      : (overrides.get(name)?.interface ?? spec.interface ?? null);
  const members = handOver(intended, isToYield).flatMap(([name, priority]) => {
    const node = eligible.get(name);
    return node === undefined ? [] : [{ node, priority, interface: interfaceOf(name) }];
  });
  return {
    members,
    surplus: others.slice(free.length),
    latecomers: late.filter((name) => intended.has(name)).sort(),
    kept: old.filter((name) => intended.has(name)).sort(),
    idleOverrides: (spec.nodes ?? []).flatMap(({ name }, index) =>
      eligible.has(name) && !isKept(name) ? [] : [index],
    ),
  };
}

/**
 * From the highest downwards, without those that are given away. Nodes that are kept for a while must not take the place of
 * others: where there are not enough below `highest`, there are as many above it, if it can be.
 */
function freePriorities(
  highest: number,
  taken: ReadonlySet<number>,
  needed: number,
  kept: number,
): readonly number[] {
  const downFrom = (from: number): readonly number[] =>
    Array.from({ length: from }, (_, index) => from - index).filter((priority) => !taken.has(priority));
  const usual = downFrom(Math.min(highest, HIGHEST));
  return usual.length >= needed ? usual : downFrom(Math.min(highest + kept, HIGHEST));
}

type Ranked = readonly [name: string, priority: number];

/**
 * Puts the nodes that are to hand over, e.g. cordoned ones, behind all others; the others keep their priorities as long as there are
 * values below them. An owner stays what it is: its interface has the addresses whatever the election says.
 */
function handOver(
  intended: ReadonlyMap<string, number>,
  isToYield: (name: string) => boolean,
): readonly Ranked[] {
  const ranked: readonly Ranked[] = [...intended].sort(
    ([a, one], [b, other]) => other - one || (a < b ? -1 : 1),
  );
  const yields = ([name, priority]: Ranked): boolean => isToYield(name) && priority !== OWNER;
  const yielding = ranked.filter(yields);
  const staying = ranked.filter((one) => !yields(one));
  if (staying.length === 0 || yielding.length === 0) return ranked;
  let floor = yielding.length + 1;
  const raised = staying
    .toReversed()
    .map(([name, priority]): Ranked => {
      if (priority >= floor) return [name, priority];
      floor += 1;
      return [name, floor - 1];
    })
    .toReversed();
  const lowest = raised.at(-1)?.[1] ?? floor;
  return [...raised, ...yielding.map(([name], index): Ranked => [name, Math.min(lowest, OWNER) - 1 - index])];
}
