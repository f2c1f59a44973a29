import { type IpAddress, isLinkLocal } from '../../values/ip-address.js';
import { contains, type Prefix } from '../../values/prefix.js';
import type { RouterSpec } from '../ipc/router-spec.js';
import { OWNER_PRIORITY } from '../vrrp/config.js';
import type { ShutdownReason } from '../vrrp/event.js';
import type { InterfaceAddress, Link } from './ports.js';

/** Where a router runs on this host, or why it cannot. */
export type Binding =
  | Readonly<{ usable: true; link: Link; source: IpAddress }>
  | Readonly<{
      usable: false;
      /** The interface as far as it was found. */
      link: Link | null;
      because: Extract<ShutdownReason, 'interfaceMissing' | 'linkDown' | 'noSourceAddress'>;
      message: string;
      remedy: string;
    }>;

/** Finds the interface and the source address for a router's adverts among what the host has at the moment. */
export function bind(
  spec: RouterSpec,
  prefixes: readonly Prefix[],
  links: readonly Link[],
  addresses: readonly InterfaceAddress[],
): Binding {
  const link = findLink(spec, prefixes, links, addresses);
  if (link === null) return missing(spec);
  if (!link.running)
    return {
      usable: false,
      link,
      because: 'linkDown',
      message: `interface ${link.name} is ${link.up ? 'up but has no carrier' : 'down'}`,
      remedy: link.up ? 'check the cable, the switch port or the bond' : `ip link set ${link.name} up`,
    };
  const source = findSource(spec, prefixes, link, addresses);
  if (source === null) return withoutSource(spec, link);
  return { usable: true, link, source };
}

function findLink(
  spec: RouterSpec,
  prefixes: readonly Prefix[],
  links: readonly Link[],
  addresses: readonly InterfaceAddress[],
): Link | null {
  if (spec.interface !== null) return links.find(({ name }) => name === spec.interface) ?? null;
  const [first] = prefixes;
  if (first === undefined) return null;
  const connected = addresses
    .filter(({ ours, prefix }) => !ours && contains(prefix, first.address))
    // The owner's interface has the address as its own (RFC 9568 §1.6).
    .filter(({ prefix }) => spec.priority === OWNER_PRIORITY || prefix.address !== first.address)
    .sort((one, other) => other.prefix.length - one.prefix.length);
  for (const { interfaceIndex } of connected) {
    const link = links.find(({ index, loopback }) => index === interfaceIndex && !loopback);
    if (link !== undefined) return link;
  }
  return null;
}

function missing(spec: RouterSpec): Binding {
  const [first = ''] = spec.addresses;
  const name = spec.interface;
  return {
    usable: false,
    link: null,
    because: 'interfaceMissing',
    message:
      name === null
        ? `no interface of this host has an address of its own in a subnet that holds ${first}`
        : `there is no interface ${name} on this host`,
    remedy:
      name === null
        ? 'name the interface in spec.interface, or give one an address in that subnet'
        : 'correct spec.interface, or the entry of this host in spec.nodes; the router starts by itself when the interface appears',
  };
}

/**
 * RFC 9568 §5.1.1.1, §5.1.2.1: the primary IPv4 address of the interface; the IPv6 link-local one. Never one of the
 * virtual addresses. Unicast needs what the peers can answer to: for IPv6 a link-local address only if theirs are. What the
 * peers know this host by goes first, wherever on the host it is: they refuse adverts from any other address, and would
 * take this host for dead.
 */
function findSource(
  spec: RouterSpec,
  prefixes: readonly Prefix[],
  link: Link,
  addresses: readonly InterfaceAddress[],
): IpAddress | null {
  const isUsable = usableFor(spec, prefixes);
  const announced = spec.unicast?.source ?? null;
  const known = addresses.find((each) => each.prefix.address === announced && isUsable(each));
  if (known !== undefined) return known.prefix.address;
  // By interface first: a host may have thousands of other addresses.
  const candidates = addresses.filter((each) => each.interfaceIndex === link.index && isUsable(each));
  const peer = spec.unicast?.peers[0] as IpAddress | undefined;
  if (peer !== undefined) {
    const nearest = candidates.find(({ prefix }) => contains(prefix, peer));
    if (nearest !== undefined) return nearest.prefix.address;
  }
  const linkLocal = spec.family === 'IPv6' && (peer === undefined || isLinkLocal(peer));
  const suitable = candidates.filter(
    ({ prefix }) => spec.family === 'IPv4' || isLinkLocal(prefix.address) === linkLocal,
  );
  const primary = suitable.find(({ secondary }) => !secondary) ?? suitable[0];
  return primary?.prefix.address ?? null;
}

/** Whether adverts of the router may come from an address of this host. */
function usableFor(spec: RouterSpec, prefixes: readonly Prefix[]): (address: InterfaceAddress) => boolean {
  // The owner's interface has the address as its own (RFC 9568 §1.6).
  const virtual = new Set<string>(
    spec.priority === OWNER_PRIORITY ? [] : prefixes.map(({ address }) => address),
  );
  const isIPv6 = spec.family === 'IPv6';
  return ({ prefix: { address }, ours, tentative }) =>
    !ours && !tentative && address.includes(':') === isIPv6 && !virtual.has(address);
}

function withoutSource(spec: RouterSpec, link: Link): Binding {
  const what =
    spec.family === 'IPv4'
      ? 'IPv4 address'
      : spec.unicast === null
        ? 'usable link-local IPv6 address'
        : 'usable IPv6 address';
  return {
    usable: false,
    link,
    because: 'noSourceAddress',
    message: `interface ${link.name} has no ${what} to send adverts from`,
    remedy:
      spec.family === 'IPv4'
        ? `give ${link.name} an address of its own besides the virtual ones`
        : `check net.ipv6.conf.${link.name}.disable_ipv6 and duplicate address detection on ${link.name}`,
  };
}
