import { type AddressFamily, bytesOf } from '../../values/ip-address.js';
import type { Link } from '../engine/ports.js';
import { VRRP_GROUP } from '../vrrp/protocol-numbers.js';
import { type Libc, SOL_SOCKET } from './libc.js';

const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;
const SO_BINDTODEVICE = 25;
const IP_ADD_MEMBERSHIP = 35;
const IPV6_JOIN_GROUP = 20;

/** The socket sends and receives by this interface only. Throws a `HostError` when the kernel refuses. */
export function bindToLink(libc: Libc, descriptor: number, { name }: Link): void {
  libc.setOption(descriptor, SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${name}\0`), 'SO_BINDTODEVICE');
}

/** The socket becomes a member of the VRRP group on this interface. Throws a `HostError` when the kernel refuses. */
export function joinVrrpGroup(libc: Libc, descriptor: number, { index }: Link, family: AddressFamily): void {
  const group = bytesOf(VRRP_GROUP[family]);
  if (family === 'IPv4') {
    // struct ip_mreqn: the group, no address, the interface.
    const membership = Buffer.alloc(12);
    membership.set(group);
    membership.writeInt32LE(index, 8);
    libc.setOption(descriptor, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership, 'IP_ADD_MEMBERSHIP');
    return;
  }
  // struct ipv6_mreq: the group, the interface.
  const membership = Buffer.alloc(20);
  membership.set(group);
  membership.writeInt32LE(index, 16);
  libc.setOption(descriptor, IPPROTO_IPV6, IPV6_JOIN_GROUP, membership, 'IPV6_JOIN_GROUP');
}
