import type { VirtualIP } from '../../../src/api/v1alpha1/virtual-ip.js';
import type { VirtualRouter } from '../../../src/api/v1alpha1/virtual-router.js';

/**
 * What is wrong, in sentences: VirtualIPs without their VirtualRouter, VirtualRouters too many, numbers and addresses that two of
 * them have on one VLAN. Empty: each VirtualIP has exactly one VirtualRouter of its own. Pure.
 */
export function inconsistencies(
  virtualIPs: readonly VirtualIP[],
  virtualRouters: readonly VirtualRouter[],
): readonly string[] {
  const known = new Map(virtualIPs.map((each) => [each.metadata.name, each]));
  const owned = grouped(virtualRouters, ({ spec }) => spec.virtualIP);
  return [
    ...virtualIPs
      .filter(({ metadata }) => owned.get(metadata.name)?.length !== 1)
      .map(
        ({ metadata }) =>
          `VirtualIP ${metadata.name} has ${String(owned.get(metadata.name)?.length ?? 0)} VirtualRouters`,
      ),
    ...virtualRouters
      .filter(({ spec, metadata }) => {
        const owner = known.get(spec.virtualIP)?.metadata.uid;
        return owner === undefined || !metadata.ownerReferences?.some(({ uid }) => uid === owner);
      })
      .map(({ metadata }) => `VirtualRouter ${metadata.name} belongs to no VirtualIP that there is`),
    ...shared(virtualRouters, ({ spec }) =>
      vlansOf(spec).map((vlan) => `VRID ${String(spec.vrid)} on ${vlan}`),
    ),
    ...shared(virtualRouters, ({ spec }) => spec.addresses.map((address) => `address ${address}`)),
  ];
}

const vlansOf = ({ members }: VirtualRouter['spec']): readonly string[] => [
  ...new Set(members.map((member) => member.interface ?? 'any interface')),
];

function shared(
  all: readonly VirtualRouter[],
  thingsOf: (router: VirtualRouter) => readonly string[],
): readonly string[] {
  const holders = new Map<string, string[]>();
  for (const router of all)
    for (const thing of thingsOf(router))
      holders.set(thing, [...(holders.get(thing) ?? []), router.metadata.name]);
  return [...holders]
    .filter(([, names]) => names.length > 1)
    .map(([thing, names]) => `${thing} is that of ${names.join(' and ')}`);
}

function grouped<Item>(all: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of all) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
