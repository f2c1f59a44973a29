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
  return spec.family === 'IPv4' ? inspectIPv4(link.name, spec, read) : inspectIPv6(link.name, read);
}

function inspectIPv4(name: string, spec: RouterSpec, read: ReadSysctl): Problem[] {
  const problems: Problem[] = [];
  /** Of these settings the kernel takes the greater one of the interface's and that of all interfaces. */
  const effective = (setting: string): number =>
    Math.max(read(`ipv4/conf/all/${setting}`) ?? 0, read(`ipv4/conf/${name}/${setting}`) ?? 0);
  const remedy = (setting: string, value: number): string =>
    `sysctl -w net.ipv4.conf.all.${setting}=${String(value)} net.ipv4.conf.${slashed(name)}.${setting}=${String(value)}`;

  const arpIgnore = effective('arp_ignore');
  const single = spec.addresses.filter((address) => !address.includes('/') || address.endsWith('/32'));
  if (arpIgnore >= 4)
    problems.push({
      code: 'ArpIgnored',
      message: `arp_ignore=${String(arpIgnore)} keeps ${name} from answering ARP requests, so nobody finds the virtual address`,
      remedy: remedy('arp_ignore', 1),
    });
  else if (arpIgnore === 2 && single.length > 0 && !spec.virtualMAC)
    problems.push({
      code: 'ArpIgnored',
      message: `arp_ignore=2 has ${name} answer ARP requests only of senders in the address's own subnet, and ${single.join(', ')} is alone in its subnet`,
      remedy: remedy('arp_ignore', 1),
    });
  if (spec.virtualMAC && arpIgnore === 0)
    problems.push({
      code: 'VirtualMACBypassed',
      message: `with arp_ignore=0 ${name} answers ARP requests for the virtual address too, with its own MAC address instead of the virtual one`,
      remedy: `sysctl -w net.ipv4.conf.${slashed(name)}.arp_ignore=1`,
    });
  if (spec.virtualMAC && effective('arp_announce') < 2)
    problems.push({
      code: 'VirtualMACBypassed',
      message: `with arp_announce below 2 ${name} names the virtual address as the sender of its own ARP requests, and neighbours learn its own MAC address for it`,
      remedy: `sysctl -w net.ipv4.conf.${slashed(name)}.arp_announce=2`,
    });
  if (spec.virtualMAC && read('ipv4/conf/all/rp_filter') === 1)
    problems.push({
      code: 'ReversePathFilter',
      message: `net.ipv4.conf.all.rp_filter=1 drops what arrives by the interface of the virtual MAC, because answers leave by ${name}`,
      remedy: 'sysctl -w net.ipv4.conf.all.rp_filter=0, and set it where you want it by interface; or use 2',
    });
  const wide = spec.addresses.filter((address) => address.includes('/') && !address.endsWith('/32'));
  if (wide.length > 0 && !spec.virtualMAC && effective('promote_secondaries') === 0)
    problems.push({
      code: 'PromoteSecondariesOff',
      message: `promote_secondaries=0: whoever removes an address of ${name} removes the others of its subnet with it, and ${wide.join(', ')} may be one of them`,
      remedy: `sysctl -w net.ipv4.conf.${slashed(name)}.promote_secondaries=1; or write the address without a prefix length`,
    });
  if (spec.unicast === null && read('ipv4/igmp_max_memberships') === 0)
    problems.push({
      code: 'NoGroupMembership',
      message: 'net.ipv4.igmp_max_memberships=0 keeps this host from joining the VRRP group',
      remedy: 'sysctl -w net.ipv4.igmp_max_memberships=20',
    });
  return problems;
}

function inspectIPv6(name: string, read: ReadSysctl): Problem[] {
  if (read(`ipv6/conf/${name}/disable_ipv6`) !== 1) return [];
  return [
    {
      code: 'IPv6Disabled',
      message: `IPv6 is switched off on ${name} (disable_ipv6=1)`,
      remedy: `sysctl -w net.ipv6.conf.${slashed(name)}.disable_ipv6=0`,
    },
  ];
}

/** sysctl(8) wants the dots of an interface's name (`eth0.7`) written as slashes. */
const slashed = (name: string): string => name.replaceAll('.', '/');
