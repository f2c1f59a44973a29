import type { VirtualIPStatus } from '../../api/v1alpha1/virtual-ip.js';
import { readablePrefixes } from '../../api/v1alpha1/rules/addresses.js';
import { backups } from './conditions/redundant.js';
import { conditions } from './conditions/conditions.js';
import { instant } from './instant.js';
import { nodeStatuses } from './node-status.js';
import { type RouterView, heldBy } from './observed.js';
import { sameContent } from './same-content.js';
import type { Situation } from './situation.js';

const MOST_ADDRESSES = 2;

/** The whole status. The same object as before when it says the same. */
export function virtualIPStatus(situation: Situation): VirtualIPStatus {
  const { input, plan, routers } = situation;
  const { metadata, status: before } = input.virtualIP;
  const vrid = plan.virtualRouters[0]?.spec.vrid;
  const holding = holderOf(situation);
  const addresses = shortList(routers.flatMap(({ router }) => router.spec.addresses));
  const after: VirtualIPStatus = {
    ...(metadata.generation === undefined ? {} : { observedGeneration: metadata.generation }),
    conditions: conditions(situation),
    ...(holding ?? {}),
    // Server-side apply of Kubernetes 1.20 makes null of an empty text, and refuses it then.
    ...(addresses === '' ? {} : { addresses }),
    backups: backups(situation).length,
    ...(vrid === undefined ? {} : { vrid }),
    nodes: nodeStatuses(situation),
  };
  return before !== undefined && sameContent(before, after) ? before : after;
}

/** With different holders of the families it is the one of IPv4. */
function holderOf({
  routers,
  input,
}: Situation): Pick<VirtualIPStatus, 'holder' | 'holderSince' | 'interface'> | null {
  const [held] = routers.flatMap((view) => {
    const node = heldBy(view);
    return node === null ? [] : [{ node, entry: entryOf(view, node) }];
  });
  if (held === undefined) return null;
  const { node, entry } = held;
  const before = input.virtualIP.status;
  const known = before?.holder === node ? before.holderSince : undefined;
  const since = entry?.state === 'Active' ? entry.since : undefined;
  return {
    holder: node,
    holderSince: since ?? known ?? instant(input.now.wall),
    ...(entry?.interface === undefined ? {} : { interface: entry.interface }),
  };
}

const entryOf = ({ holder, members }: RouterView, node: string) =>
  holder?.node === node ? holder : members.find((member) => member.node === node)?.entry;

/** `192.0.2.100, 2001:db8::100, +3` */
function shortList(addresses: readonly string[]): string {
  const all = readablePrefixes(addresses).map(({ address }) => address);
  const rest = all.length - MOST_ADDRESSES;
  return [...all.slice(0, MOST_ADDRESSES), ...(rest > 0 ? [`+${String(rest)}`] : [])].join(', ');
}
