import type { DefaultedSpec } from '../../api/v1alpha1/virtual-ip.js';
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
  { present, isLate }: Membership,
): Placement {
  const eligible = new Map(
    nodes
      .filter(({ leaving, labels }) => !leaving && selects(spec.nodeSelector, labels))
      .filter(({ name, ready }) => ready || present.has(name))
      .map((node) => [node.name, node]),
  );
  const overrides = new Map((spec.nodes ?? []).map((entry) => [entry.name, entry]));
  const fixed = new Map(
    [...overrides.values()].flatMap(({ name, priority }) =>
      priority === undefined || !eligible.has(name) || isLate(name) ? [] : [[name, priority] as const],
    ),
  );
  const free = freePriorities(spec.priority, new Set(fixed.values()));
  const preferred = preferenceOrder(
    virtualIP,
    [...eligible.keys()].filter((name) => !fixed.has(name)),
  );
  const late = preferred.filter(isLate);
  const others = [...preferred.filter((name) => !isLate(name)), ...late];
  const intended = new Map([
    ...fixed,
    ...others.slice(0, free.length).map((name, index) => [name, free[index] ?? 1] as const),
  ]);
  const cordoned = (name: string): boolean =>
    spec.onCordon === 'HandOver' && eligible.get(name)?.cordoned === true;
  const members = handOver(intended, cordoned).flatMap(([name, priority]) => {
    const node = eligible.get(name);
    return node === undefined
      ? []
      : [{ node, priority, interface: overrides.get(name)?.interface ?? spec.interface ?? null }];
  });
  return {
    members,
    surplus: others.slice(free.length),
    latecomers: late.filter((name) => intended.has(name)).sort(),
    idleOverrides: (spec.nodes ?? []).flatMap(({ name }, index) => (eligible.has(name) ? [] : [index])),
  };
}

/** From the highest downwards, without those that are given away. */
const freePriorities = (highest: number, taken: ReadonlySet<number>): readonly number[] =>
  Array.from({ length: Math.min(highest, HIGHEST) }, (_, index) => Math.min(highest, HIGHEST) - index).filter(
    (priority) => !taken.has(priority),
  );

type Ranked = readonly [name: string, priority: number];

/**
 * Puts the cordoned nodes behind all others, so that they hand over; the others keep their priorities as long as there are
 * values below them. An owner stays what it is: its interface has the addresses whatever the election says.
 */
function handOver(
  intended: ReadonlyMap<string, number>,
  cordoned: (name: string) => boolean,
): readonly Ranked[] {
  const ranked: readonly Ranked[] = [...intended].sort(
    ([a, one], [b, other]) => other - one || (a < b ? -1 : 1),
  );
  const yields = ([name, priority]: Ranked): boolean => cordoned(name) && priority !== OWNER;
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
