import {
  type AddressFamily,
  type IpAddress,
  addressSize,
  bytesOf,
  familyOf,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
} from '../../../values/ip-address.js';
import { type Prefix, formatPrefix, fullLength, parsePrefix } from '../../../values/prefix.js';
import { type Rule, rule } from './rule.js';

/**
 * Addresses that one advert holds. IPv4: Count is one octet, and 255 fit an MTU of 1500. IPv6: 90 would fit; keepalived
 * stops at 89, and a router that advertises more than its peer disagrees with it about the list.
 */
export const MOST_ADDRESSES: Readonly<Record<AddressFamily, number>> = { IPv4: 255, IPv6: 89 };

/** The addresses that can be read, in order. */
export const readablePrefixes = (addresses: readonly string[]): readonly Prefix[] =>
  addresses.flatMap((text) => {
    const parsed = parsePrefix(text);
    return parsed.ok ? [parsed.value] : [];
  });

/** The address families of the addresses that can be read. */
export const familiesOf = (addresses: readonly string[]): ReadonlySet<AddressFamily> =>
  new Set(readablePrefixes(addresses).map(({ address }) => familyOf(address)));

/** Why no host can have this address as its own; null: it can. */
export function unusableAddress(address: IpAddress): string | null {
  if (isUnspecified(address)) return 'is the unspecified address';
  if (isLoopback(address)) return 'is a loopback address';
  if (isMulticast(address)) return 'is a multicast address';
  if (address.startsWith('0.')) return 'lies in 0.0.0.0/8, "this network"';
  if (familyOf(address) === 'IPv4' && (bytesOf(address)[0] ?? 0) >= 240)
    return 'lies in 240.0.0.0/4, which is reserved or broadcast';
  if (isIPv4Mapped(address)) return 'is an IPv4-mapped IPv6 address; write the IPv4 address itself';
  return null;
}

function isIPv4Mapped(address: IpAddress): boolean {
  const bytes = bytesOf(address);
  return (
    bytes.length === 16 && bytes.every((octet, index) => index >= 12 || octet === (index >= 10 ? 0xff : 0))
  );
}

/** Whether the host part is all zeroes or all ones: the names of an IPv4 subnet and of everybody in it. */
function isSubnetOrBroadcast({ address, length }: Prefix): boolean {
  if (familyOf(address) !== 'IPv4' || length > 30) return false;
  const value = bytesOf(address).reduce((sum, octet) => sum * 256 + octet, 0);
  const hosts = 2 ** (32 - length);
  return value % hosts === 0 || value % hosts === hosts - 1;
}

function prefixProblem(prefix: Prefix): Readonly<{ problem: string; remedy: string }> | null {
  const unusable = unusableAddress(prefix.address);
  if (unusable !== null) return { problem: unusable, remedy: 'use an address of your network' };
  const full = `${prefix.address}/${String(fullLength(familyOf(prefix.address)))}`;
  if (prefix.length === 0)
    return { problem: 'has the prefix length 0, a subnet that holds everything', remedy: `write ${full}` };
  if (isSubnetOrBroadcast(prefix))
    return {
      problem: `is the network or broadcast address of ${formatPrefix(prefix)}`,
      remedy: `use an address between them, or ${full} if it is a host's`,
    };
  return null;
}

const wellFormed = rule(['addresses'], ({ addresses }, report) => {
  const firstAt = new Map<IpAddress, number>();
  for (const [index, text] of addresses.entries()) {
    const at = ['addresses', index];
    const parsed = parsePrefix(text);
    if (!parsed.ok) {
      report.problem(at, parsed.problem, 'write an address such as 192.0.2.100/24 or 2001:db8::100/64');
      continue;
    }
    const bad = prefixProblem(parsed.value);
    if (bad !== null) report.problem(at, `"${text}" ${bad.problem}`, bad.remedy);
    const earlier = firstAt.get(parsed.value.address);
    if (earlier === undefined) firstAt.set(parsed.value.address, index);
    else report.problem(at, `"${text}" is the same address as addresses[${String(earlier)}]`, 'remove one');
  }
});

const fitsOneAdvert = rule(['addresses'], ({ addresses }, report) => {
  for (const family of ['IPv4', 'IPv6'] as const) {
    const count = readablePrefixes(addresses).filter(({ address }) => familyOf(address) === family).length;
    if (count > MOST_ADDRESSES[family])
      report.problem(
        ['addresses'],
        `has ${String(count)} ${family} addresses, and one advert holds ${String(MOST_ADDRESSES[family])} of ` +
          `${String(addressSize(family))} octets`,
        'put the rest into another VirtualIP with another vrid',
      );
  }
});

const linkLocal = rule(['addresses', 'interface', 'nodes'], (spec, report) => {
  const index = spec.addresses.findIndex((text) => familiesOf([text]).has('IPv6'));
  const [first] = readablePrefixes(spec.addresses.slice(index, index + 1));
  if (index < 0 || first === undefined) return;
  if (!isLinkLocal(first.address)) {
    report.warning(
      ['addresses', index],
      'is the first IPv6 address and not a link-local one, which RFC 9568 §5.2.9 asks for; keepalived and FRR accept it',
      'put a link-local address such as fe80::100/64 before it if a router on the segment is strict',
    );
  } else if (spec.interface === undefined && !spec.nodes?.some((node) => node.interface !== undefined)) {
    report.problem(
      ['addresses', index],
      'is link-local, and so could be on any interface',
      'set spec.interface',
    );
  }
});

export const addressRules: readonly Rule[] = [wellFormed, fitsOneAdvert, linkLocal];
