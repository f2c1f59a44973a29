import { readFileSync } from 'node:fs';
import type { Link } from '../engine/ports.js';
import type { Problem } from '../ipc/messages.js';
import type { RouterSpec } from '../ipc/router-spec.js';

/** The integer at `net.…` written with slashes, e.g. `ipv4/conf/eth0.7/arp_ignore`; null where there is none. */
export type ReadSysctl = (path: string) => number | null;

/** Reads the network namespace of this process. */
export const readSysctl: ReadSysctl = (path) => {
  try {
    const value = Number.parseInt(readFileSync(`/proc/sys/net/${path}`, 'latin1'), 10);
    return Number.isNaN(value) ? null : value;
  } catch {
    // No such interface, or a kernel without IPv6: nothing to find fault with.
    return null;
  }
};

/** Whether this host is a router on the interface (RFC 4861 §4.4, R flag). */
export const isForwardingIPv6 = (interfaceName: string): boolean =>
  readSysctl(`ipv6/conf/${interfaceName}/forwarding`) === 1;

/**
 * Settings of the kernel that break the virtual addresses of `spec` on `link`, each with its remedy. Nothing is ever set here: they
 * are the operator's, and other programs count on them.
 */
export function inspectSysctls(
  link: Link,
  spec: RouterSpec,
  read: ReadSysctl = readSysctl,
): readonly Problem[] {
  const host: Host = {
    name: link.name,
    spec,
    read,
    effective: (setting) =>
      Math.max(read(`ipv4/conf/all/${setting}`) ?? 0, read(`ipv4/conf/${link.name}/${setting}`) ?? 0),
  };
  const findings = spec.family === 'IPv4' ? IPV4_FINDINGS : IPV6_FINDINGS;
  return findings.map((find) => find(host)).filter((problem) => problem !== null);
}

type Host = Readonly<{
  name: string;
  spec: RouterSpec;
  read: ReadSysctl;
  /** Of most IPv4 settings the kernel takes the greater one of the interface's and that of all interfaces. */
  effective: (setting: string) => number;
}>;
type Finding = (host: Host) => Problem | null;

/** arp_ignore 8: never answer; 4 to 7 are reserved. 2: answer only senders of the same subnet. */
const arpIgnored: Finding = ({ name, spec, effective }) => {
  const value = effective('arp_ignore');
  const single = spec.addresses.filter(isSingle);
  const alone = value === 2 && single.length > 0 && !spec.virtualMAC;
  if (value < 4 && !alone) return null;
  return {
    code: 'ArpIgnored',
    message: alone
      ? `arp_ignore=2 has ${name} answer ARP requests only of senders in the address's own subnet, and ${single.join(', ')} is alone in its subnet`
      : `arp_ignore=${String(value)} keeps ${name} from answering ARP requests, so nobody finds the virtual address`,
    remedy: `sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.${slashed(name)}.arp_ignore=1`,
  };
};

/** The interface below a macvlan must leave the virtual address to it. */
const virtualMacBypassed: Finding = ({ name, spec, effective }) => {
  if (!spec.virtualMAC || (effective('arp_ignore') !== 0 && effective('arp_announce') >= 2)) return null;
  return {
    code: 'VirtualMACBypassed',
    message: `unless arp_ignore is 1 and arp_announce is 2 on ${name}, it speaks of the virtual address in ARP with its own MAC address instead of the virtual one`,
    remedy: `sysctl -w net.ipv4.conf.${slashed(name)}.arp_ignore=1 net.ipv4.conf.${slashed(name)}.arp_announce=2`,
  };
};

const reversePathFilter: Finding = ({ name, spec, read }) =>
  !spec.virtualMAC || read('ipv4/conf/all/rp_filter') !== 1
    ? null
    : {
        code: 'ReversePathFilter',
        message: `net.ipv4.conf.all.rp_filter=1 drops what arrives by the interface of the virtual MAC, because answers leave by ${name}`,
        remedy: 'sysctl -w net.ipv4.conf.all.rp_filter=0 and set it where you want it by interface; or use 2',
      };

const promoteSecondariesOff: Finding = ({ name, spec, effective }) => {
  const wide = spec.addresses.filter((address) => !isSingle(address));
  if (wide.length === 0 || spec.virtualMAC || effective('promote_secondaries') !== 0) return null;
  return {
    code: 'PromoteSecondariesOff',
    message: `with promote_secondaries=0 whoever removes an address of ${name} removes the others of its subnet with it, and ${wide.join(', ')} may be one of them`,
    remedy: `sysctl -w net.ipv4.conf.${slashed(name)}.promote_secondaries=1; or write the address without a prefix length`,
  };
};

const noGroupMembership: Finding = ({ spec, read }) =>
  spec.unicast !== null || read('ipv4/igmp_max_memberships') !== 0
    ? null
    : {
        code: 'NoGroupMembership',
        message: 'net.ipv4.igmp_max_memberships=0 keeps this host from joining the VRRP group',
        remedy: 'sysctl -w net.ipv4.igmp_max_memberships=20',
      };

const ipv6Disabled: Finding = ({ name, read }) =>
  read(`ipv6/conf/${name}/disable_ipv6`) !== 1
    ? null
    : {
        code: 'IPv6Disabled',
        message: `IPv6 is switched off on ${name} (disable_ipv6=1)`,
        remedy: `sysctl -w net.ipv6.conf.${slashed(name)}.disable_ipv6=0`,
      };

const IPV4_FINDINGS: readonly Finding[] = [
  arpIgnored,
  virtualMacBypassed,
  reversePathFilter,
  promoteSecondariesOff,
  noGroupMembership,
];
const IPV6_FINDINGS: readonly Finding[] = [ipv6Disabled];

const isSingle = (address: string): boolean => !address.includes('/') || address.endsWith('/32');

/** sysctl(8) wants the dots of an interface's name (`eth0.7`) written as slashes. */
const slashed = (name: string): string => name.replaceAll('.', '/');
