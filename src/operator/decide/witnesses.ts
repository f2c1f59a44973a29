import type { MemberStatus, VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import { type IpAddress, parseIpAddress } from '../../values/ip-address.js';
import type { NodeFacts } from './types.js';

/** Who is Active, as Backups hear it. */
export type HeardActive = Readonly<{
  source: string;
  /** The node that has this address; null: none that takes part. */
  node: string | null;
  /** Nodes that hear it. */
  by: readonly string[];
}>;

/**
 * Whom the Backups hear. A node that is cut off from the API server can report nothing, but its adverts tell the others that it
 * is there. null: nobody says that it hears anybody.
 */
export function heardActive(
  router: VirtualRouter,
  entries: readonly MemberStatus[],
  fresh: readonly MemberStatus[],
  nodes: readonly NodeFacts[],
): HeardActive | null {
  const hearers = new Map<string, string[]>();
  for (const { node, state, active } of fresh)
    if (state === 'Backup' && active !== undefined)
      hearers.set(active.source, [...(hearers.get(active.source) ?? []), node]);
  const [most] = [...hearers].sort(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1));
  if (most === undefined) return null;
  const [source, by] = most;
  const node = nodeWith(source, router, entries, nodes);
  // It has said something else in the meantime; the others will notice.
  if (node !== null && fresh.some((entry) => entry.node === node)) return null;
  return { source, node, by: by.toSorted() };
}

function nodeWith(
  source: string,
  router: VirtualRouter,
  entries: readonly MemberStatus[],
  nodes: readonly NodeFacts[],
): string | null {
  const wanted = canonical(source);
  const said = entries.find((entry) => entry.source !== undefined && canonical(entry.source) === wanted);
  if (said !== undefined) return said.node;
  const given = router.spec.members.find(
    ({ address }) => address !== undefined && canonical(address) === wanted,
  );
  if (given !== undefined) return given.node;
  const members = new Set(router.spec.members.map(({ node }) => node));
  return (
    nodes.find(
      ({ name, addresses }) => members.has(name) && addresses.some((text) => canonical(text) === wanted),
    )?.name ?? null
  );
}

function canonical(text: string): IpAddress | null {
  const parsed = parseIpAddress(text);
  return parsed.ok ? parsed.value : null;
}
