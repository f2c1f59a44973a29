import { memberLabel } from '../../api/v1alpha1/member-label.js';
import { readablePrefixes } from '../../api/v1alpha1/rules/addresses.js';
import {
  API_VERSION,
  type DefaultedVirtualIP,
  VIRTUAL_IP_KIND,
  type VirtualIP,
} from '../../api/v1alpha1/virtual-ip.js';
import {
  type Member,
  VIRTUAL_ROUTER_KIND,
  type VirtualRouter,
  type VirtualRouterSpec,
  virtualRouterName,
} from '../../api/v1alpha1/virtual-router.js';
import { type AddressFamily, familyOf, parseIpAddress } from '../../values/ip-address.js';
import { formatPrefix } from '../../values/prefix.js';
import type { Placed, Placement } from './placement.js';
import { sameContent } from './same-content.js';
import { annotationsOf, keptAnnotations } from './remembered.js';
import type { NodeFacts } from './types.js';

/** Who wrote an object, as Kubernetes' recommended labels have it. */
export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'kube-vrrp' } as const;

/** Of which VirtualIP a VirtualRouter is a part, for `kubectl get virtualrouters -l`. */
const VIRTUAL_IP_LABEL = 'kube-vrrp.io/virtual-ip';

const FAMILIES = ['IPv4', 'IPv6'] as const;

/**
 * The entry of the agents' Secret that holds the password of a VirtualIP. A VirtualIP's name is a legal key.
 */
export const agentSecretKey = (virtualIP: string): string => virtualIP;

/** The VirtualRouters that an accepted VirtualIP is made of, one per address family. */
export const wantedVirtualRouters = (
  virtualIP: DefaultedVirtualIP,
  vrid: number,
  { members, latecomers, kept }: Pick<Placement, 'members' | 'latecomers' | 'kept'>,
  existing: readonly VirtualRouter[] = [],
): readonly VirtualRouter[] =>
  FAMILIES.map((family) => ({ family, addresses: prefixesOf(virtualIP, family) }))
    .filter(({ addresses }) => addresses.length > 0)
    .map(({ family, addresses }) =>
      virtualRouter(virtualIP, annotationsOf(virtualIP.spec.nodeSelector, { latecomers, kept }), {
        virtualIP: virtualIP.metadata.name,
        family,
        vrid,
        addresses,
        ...agreedUpon(virtualIP, family),
        members: membersOf(
          virtualIP,
          members,
          (node) => addressOf(node, family) ?? lastAddress(node, existing, family),
        ),
      }),
    );

/**
 * VirtualRouters as they are, for a VirtualIP whose present spec cannot be used: the members are kept but for nodes that
 * are no more. Everything else has to wait for a spec that says what is wanted.
 */
export const keptVirtualRouters = (
  virtualIP: VirtualIP,
  existing: readonly VirtualRouter[],
  nodes: readonly NodeFacts[],
): readonly VirtualRouter[] => {
  const there = new Set(nodes.filter(({ leaving }) => !leaving).map(({ name }) => name));
  return existing.map((router) => {
    const members = router.spec.members.filter(({ node }) => there.has(node));
    return virtualRouter(virtualIP, keptAnnotations(router), { ...router.spec, members });
  });
};

/** Nodes that take no part in the election by unicast because they have no address of this family. */
export const nodesWithoutAddress = (
  { spec }: Pick<VirtualRouter, 'spec'>,
  members: readonly Placed[],
): readonly string[] => {
  const present = new Set(spec.members.map(({ node }) => node));
  return members.map(({ node }) => node.name).filter((name) => !present.has(name));
};

/**
 * Whether an existing object has everything that is wanted, so that nothing needs to be written. Labels and annotations of
 * others are none of our business.
 */
export const isUpToDate = (wanted: VirtualRouter, existing: VirtualRouter | undefined): boolean =>
  existing !== undefined &&
  hasAll(existing.metadata.labels, wanted.metadata.labels) &&
  hasAll(existing.metadata.annotations, wanted.metadata.annotations) &&
  (wanted.metadata.ownerReferences ?? []).every(({ uid }) =>
    existing.metadata.ownerReferences?.some((owner) => owner.uid === uid),
  ) &&
  (sameContent(wanted.spec, existing.spec) ||
    sameContent(withoutListOrder(wanted.spec), withoutListOrder(existing.spec)));

type Texts = Readonly<Record<string, string>>;

const hasAll = (existing: Texts = {}, wanted: Texts = {}): boolean =>
  Object.entries(wanted).every(([key, value]) => existing[key] === value);

/** Server-side apply merges these lists by key, and promises no order of the result. */
const withoutListOrder = (spec: VirtualRouterSpec): unknown => ({
  ...spec,
  members: spec.members.toSorted((a, b) => (a.node < b.node ? -1 : 1)),
  unicast: { ...spec.unicast, peers: (spec.unicast?.peers ?? []).toSorted() },
});

/** Of all members alike, with nothing left to default. */
function agreedUpon({ metadata, spec }: DefaultedVirtualIP, family: AddressFamily) {
  const { authentication, unicast } = spec;
  return {
    vrrpVersion: spec.vrrpVersion,
    advertisementInterval: spec.advertisementInterval,
    preemption: spec.preemption,
    authentication:
      authentication.type === 'None'
        ? { type: authentication.type }
        : { type: authentication.type, secretKey: agentSecretKey(metadata.name) },
    unicast: {
      // The nodes are peers, so Auto always has some.
      mode: unicast.mode === 'Multicast' ? ('Multicast' as const) : ('Unicast' as const),
      peers: (unicast.peers ?? []).filter((text) => isOfFamily(text, family)),
      minHopLimit: unicast.minHopLimit,
      maxHopLimit: unicast.maxHopLimit,
    },
    virtualMAC: spec.virtualMAC,
    ...(spec.track === undefined ? {} : { track: spec.track }),
    announcement: spec.announcement,
    checksum: spec.checksum,
  };
}

const membersOf = (
  { spec: { unicast } }: DefaultedVirtualIP,
  members: readonly Placed[],
  ownAddress: (node: NodeFacts) => string | null,
): readonly Member[] =>
  members.flatMap(({ node, priority, interface: name }) => {
    const address = unicast.mode === 'Multicast' ? undefined : ownAddress(node);
    if (address === null) return [];
    return {
      node: node.name,
      priority,
      ...(name === null ? {} : { interface: name }),
      ...(address === undefined ? {} : { address }),
    };
  });

function virtualRouter(
  { metadata }: Pick<VirtualIP, 'metadata'>,
  annotations: Readonly<Record<string, string>>,
  spec: VirtualRouterSpec,
): VirtualRouter {
  return {
    apiVersion: API_VERSION,
    kind: VIRTUAL_ROUTER_KIND,
    metadata: {
      name: virtualRouterName(metadata.name, spec.family),
      labels: {
        ...MANAGED_BY,
        [VIRTUAL_IP_LABEL]: metadata.name,
        ...Object.fromEntries(spec.members.map(({ node }) => [memberLabel(node), ''])),
      },
      annotations,
      ownerReferences: [
        {
          apiVersion: API_VERSION,
          kind: VIRTUAL_IP_KIND,
          name: metadata.name,
          uid: metadata.uid ?? '',
          controller: true,
        },
      ],
    },
    spec,
  };
}

const prefixesOf = ({ spec }: DefaultedVirtualIP, family: AddressFamily): readonly string[] =>
  readablePrefixes(spec.addresses)
    .filter(({ address }) => familyOf(address) === family)
    .map(formatPrefix);

/** The node's first InternalIP of the family. */
function addressOf({ addresses }: NodeFacts, family: AddressFamily): string | null {
  for (const text of addresses) {
    const parsed = parseIpAddress(text);
    if (parsed.ok && familyOf(parsed.value) === family) return parsed.value;
  }
  return null;
}

/**
 * What a member spoke from so far. A node may lack its address for a moment, while a cloud provider or the kubelet starts again;
 * that is no reason to take the addresses from it.
 */
function lastAddress(
  { name }: NodeFacts,
  existing: readonly VirtualRouter[],
  family: AddressFamily,
): string | null {
  const member = existing
    .filter(({ spec }) => spec.family === family)
    .flatMap(({ spec }) => spec.members)
    .find(({ node }) => node === name);
  return member?.address ?? null;
}

function isOfFamily(text: string, family: AddressFamily): boolean {
  const parsed = parseIpAddress(text);
  return parsed.ok && familyOf(parsed.value) === family;
}
