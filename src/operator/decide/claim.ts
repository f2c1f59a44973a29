import { validateVirtualIP } from '../../api/v1alpha1/validate.js';
import { readablePrefixes } from '../../api/v1alpha1/rules/addresses.js';
import type { DefaultedSpec, DefaultedVirtualIP, VirtualIP } from '../../api/v1alpha1/virtual-ip.js';
import type { VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import type { IpAddress } from '../../values/ip-address.js';
import type { Claim, ClaimedThings } from './types.js';

/**
 * What a VirtualIP and its VirtualRouters may get in the way of other VirtualIPs with. Worth keeping until one of them
 * changes: the spec is validated for it.
 */
export const claimOf = (virtualIP: VirtualIP, virtualRouters: readonly VirtualRouter[]): Claim =>
  claimFrom(virtualIP, validateVirtualIP(virtualIP, 'cluster').accepted, virtualRouters);

/** The same when the spec has been validated already; `accepted` is null when it has problems. */
export const claimFrom = (
  { metadata }: Pick<VirtualIP, 'metadata'>,
  accepted: DefaultedVirtualIP | null,
  virtualRouters: readonly VirtualRouter[],
): Claim => ({
  virtualIP: metadata.name,
  creationTimestamp: metadata.creationTimestamp ?? '',
  wanted: accepted === null ? null : wantedThings(accepted.spec),
  running: runningThings(virtualRouters),
});

/** What a spec asks for. */
function wantedThings(spec: DefaultedSpec): ClaimedThings {
  const onNodes = (spec.nodes ?? []).map((node) => node.interface).filter((name) => name !== undefined);
  return {
    vrid: spec.vrid ?? null,
    interfaces: spec.interface === undefined ? null : [...new Set([spec.interface, ...onNodes])],
    addresses: addressesIn(spec.addresses),
  };
}

/** What VirtualRouters have; null: there are none. */
function runningThings(virtualRouters: readonly VirtualRouter[]): ClaimedThings | null {
  const [first] = virtualRouters;
  if (first === undefined) return null;
  const members = virtualRouters.flatMap(({ spec }) => spec.members);
  const named = members.map((member) => member.interface).filter((name) => name !== undefined);
  return {
    vrid: first.spec.vrid,
    // Without members it is on no interface, and what is wanted says where it would be.
    interfaces: named.length < members.length ? null : [...new Set(named)],
    addresses: virtualRouters.flatMap(({ spec }) => addressesIn(spec.addresses)),
  };
}

const addressesIn = (texts: readonly string[]): readonly IpAddress[] =>
  readablePrefixes(texts).map(({ address }) => address);
