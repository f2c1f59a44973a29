import { finding } from '../../api/v1alpha1/finding.js';
import type { FieldPath } from '../../api/v1alpha1/field-path.js';
import { readablePrefixes } from '../../api/v1alpha1/rules/addresses.js';
import { familyOf, isLinkLocal } from '../../values/ip-address.js';
import { type Prefix, contains } from '../../values/prefix.js';
import { type LocatedFinding, formatFinding, locatedAt } from './located-finding.js';
import { interfaceOn } from './router-specs.js';
import type { LocatedVirtualIP } from './yaml-file.js';

/**
 * What keeps valid VirtualIPs from running side by side on the node, whose name chooses the interfaces; null: on any of
 * the nodes that they name, and on one that they do not.
 */
export function conflicts(
  all: readonly LocatedVirtualIP[],
  nodeName: string | null,
): readonly LocatedFinding[] {
  const read = all.map((located) => ({
    ...located,
    name: located.virtualIP.metadata.name,
    prefixes: readablePrefixes(located.virtualIP.spec.addresses),
  }));
  const found = new Map<string, LocatedFinding>();
  for (const node of nodeName === null ? [null, ...namedNodes(all)] : [nodeName]) {
    const placed = read.map((one) => ({ ...one, interface: interfaceOn(one.virtualIP, node) }));
    for (const conflict of [...sameNames(placed), ...sameAddresses(placed), ...sameRouters(placed)])
      found.set(formatFinding(conflict), conflict);
  }
  return [...found.values()];
}

type Placed = LocatedVirtualIP &
  Readonly<{ name: string; interface: string | null; prefixes: readonly Prefix[] }>;

const namedNodes = (all: readonly LocatedVirtualIP[]): ReadonlySet<string> =>
  new Set(all.flatMap(({ virtualIP }) => (virtualIP.spec.nodes ?? []).map(({ name }) => name)));

const problemAt = (placed: Placed, at: FieldPath, problem: string, remedy: string): LocatedFinding =>
  locatedAt(placed.file, placed.locate(at), finding(at, problem, remedy));

/** `web (vip.yaml:3)` */
const nameAndPlace = ({ name, file, locate }: Placed): string =>
  `${name} (${file}:${String(locate(['metadata', 'name']).line)})`;

function sameNames(placed: readonly Placed[]): LocatedFinding[] {
  const first = new Map<string, Placed>();
  return placed.flatMap((one) => {
    const earlier = first.get(one.name);
    if (earlier === undefined) {
      first.set(one.name, one);
      return [];
    }
    const problem = `"${one.name}" is the name of another VirtualIP: ${nameAndPlace(earlier)}`;
    return [problemAt(one, ['metadata', 'name'], problem, 'give each its own name')];
  });
}

function sameAddresses(placed: readonly Placed[]): LocatedFinding[] {
  const holders = new Map<string, Placed>();
  return placed.flatMap((one) =>
    one.prefixes.flatMap(({ address }, index) => {
      // A link-local address means something on its interface only.
      const identity = isLinkLocal(address) ? `${address}%${one.interface ?? ''}` : address;
      const earlier = holders.get(identity);
      if (earlier === undefined) holders.set(identity, one);
      if (earlier === undefined || earlier === one) return [];
      const problem = `${address} is an address of ${nameAndPlace(earlier)} too`;
      return [problemAt(one, ['spec', 'addresses', index], problem, 'keep it in one of them')];
    }),
  );
}

/** RFC 9568 §1.8: a VRID names one virtual router per interface and address family. */
function sameRouters(placed: readonly Placed[]): LocatedFinding[] {
  const byVrid = new Map<number, Placed[]>();
  return placed.flatMap((one) => {
    const { vrid } = one.virtualIP.spec;
    if (vrid === undefined) return [];
    const earlier = byVrid.get(vrid) ?? [];
    byVrid.set(vrid, [...earlier, one]);
    const other = earlier.find((candidate) => shareLink(candidate, one));
    if (other === undefined) return [];
    const where = one.interface ?? other.interface ?? 'the interface of their subnet';
    const problem = `${String(vrid)} is the VRID of ${nameAndPlace(other)} on ${where} too`;
    return [problemAt(one, ['spec', 'vrid'], problem, 'give one of them another vrid')];
  });
}

/** Whether both have a family in common on what is, as far as can be told here, one interface. */
function shareLink(a: Placed, b: Placed): boolean {
  if (a.interface !== null && b.interface !== null) {
    const families = new Set(a.prefixes.map(({ address }) => familyOf(address)));
    return a.interface === b.interface && b.prefixes.some(({ address }) => families.has(familyOf(address)));
  }
  // An interface that is left out is found by the subnet: overlapping subnets lead to the same one.
  return a.prefixes.some((left) =>
    b.prefixes.some((right) => contains(left, right.address) || contains(right, left.address)),
  );
}
