import type { MemberStatus, VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import { type IpAddress, parseIpAddress } from '../../values/ip-address.js';
import type { Input } from './types.js';

type NodeFacts = Input['nodes'][number];

/** Who is Active, as Backups hear it. */
export type HeardActive = Readonly<{
  source: string;
  /** The node that has this address; null: none that takes part. */
  node: string | null;
  /** Nodes that hear it. */
  by: readonly string[];
  /**
   * Milliseconds for which the node's own report may still be on its way: one of those that hear it has only just given the addresses
   * up to it. null: its report does not come.
   */
  awaitedFor: number | null;
}>;

/** A successor reports within that time, or something is wrong. */
const REPORT_TIME = 2_000;

/**
 * Whom the Backups hear. A node that is cut off from the API server can report nothing, but its adverts tell the others that it
 * is there. null: nobody says that it hears anybody.
 */
export function heardActive(
  router: VirtualRouter,
  entries: readonly MemberStatus[],
  fresh: readonly MemberStatus[],
  input: Input,
): HeardActive | null {
  const hearers = new Map<string, string[]>();
  for (const { node, state, active } of fresh)
    if (state === 'Backup' && active !== undefined)
      hearers.set(active.source, [...(hearers.get(active.source) ?? []), node]);
  const [most] = [...hearers].sort(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1));
  if (most === undefined) return null;
  const [source, by] = most;
  const node = nodeWith(source, router, entries, input.nodes);
  const said = fresh.find((entry) => entry.node === node);
  const awaitedFor = said === undefined ? null : reportAwaitedFor(router.metadata.name, said, by, input);
  // It has said something else in the meantime; the others will notice.
  if (said !== undefined && awaitedFor === null) return null;
  return { source, node, by: by.toSorted(), awaitedFor };
}

/** In a planned move the report of who gave up may come before that of who took over. */
function reportAwaitedFor(
  virtualRouter: string,
  { node, state }: MemberStatus,
  by: readonly string[],
  { observations, now }: Input,
): number | null {
  const said = observations.get(`${virtualRouter}/${node}`)?.heardAt ?? -Infinity;
  const gaveUp = Math.max(
    ...by.map((hearer) => observations.get(`${virtualRouter}/${hearer}`)?.stateSeenAt ?? -Infinity),
  );
  const left = gaveUp + REPORT_TIME - now.monotonic;
  return state === 'Backup' && gaveUp > said && left > 0 ? left : null;
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
