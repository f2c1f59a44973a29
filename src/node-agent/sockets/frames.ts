import { type IpAddress, addressFromBytes, bytesOf } from '../../values/ip-address.js';
import { type MacAddress, macBytes, macFromBytes } from '../../values/mac-address.js';

/*
 * Ethernet frames that tell the neighbours where an address is. Pure.
 */

export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_IPV6 = 0x86dd;

export const BROADCAST = macFromBytes(new Uint8Array(6).fill(0xff));
const ALL_NODES = addressFromBytes(Uint8Array.of(0xff, 0x02, ...Array<number>(13).fill(0), 0x01));
const ALL_NODES_MAC = macFromBytes(Uint8Array.of(0x33, 0x33, 0, 0, 0, 1));

/** RFC 826. */
const ArpOperation = { request: 1, reply: 2 } as const;
const IPPROTO_ICMPV6 = 58;
const NEIGHBOUR_ADVERTISEMENT = 136;
/** RFC 4861 §4.4. */
const NaFlag = { router: 0x80, override: 0x20 } as const;
const TARGET_LINK_LAYER_ADDRESS = 2;

/** An Ethernet frame with what AF_PACKET wants to know besides. */
export type Frame = Readonly<{ bytes: Uint8Array; destination: MacAddress; etherType: number }>;

/**
 * Gratuitous ARP (RFC 9568 §8.1.2): a broadcast whose sender and target address are both `address`. Some neighbours update their
 * tables on the request form only, some on the reply form only. The target hardware address is that of keepalived.
 */
export const gratuitousArp = (address: IpAddress, mac: MacAddress, form: 'request' | 'reply'): Frame =>
  arp(ArpOperation[form], { mac, address }, { mac: BROADCAST, address }, mac);

type ArpEnd = Readonly<{ mac: MacAddress; address: IpAddress }>;

function arp(operation: number, sender: ArpEnd, target: ArpEnd, source: MacAddress): Frame {
  const bytes = ethernet(BROADCAST, source, ETHERTYPE_ARP, 28);
  const view = new DataView(bytes.buffer, 14);
  view.setUint16(0, 1); // hardware: Ethernet
  view.setUint16(2, 0x0800); // protocol: IPv4
  view.setUint8(4, 6);
  view.setUint8(5, 4);
  view.setUint16(6, operation);
  bytes.set(macBytes(sender.mac), 22);
  bytes.set(bytesOf(sender.address), 28);
  bytes.set(macBytes(target.mac), 32);
  bytes.set(bytesOf(target.address), 38);
  return { bytes, destination: BROADCAST, etherType: ETHERTYPE_ARP };
}

/**
 * Unsolicited neighbour advertisement (RFC 9568 §8.2.2, RFC 4861 §4.4) from `address` to all nodes: not solicited, overriding, with the
 * target's link-layer address. `router` is the R flag: set when this host forwards IPv6.
 */
export function neighbourAdvertisement(address: IpAddress, mac: MacAddress, router: boolean): Frame {
  const size = 32;
  const bytes = ethernet(ALL_NODES_MAC, mac, ETHERTYPE_IPV6, 40 + size);
  const view = new DataView(bytes.buffer, 14);
  view.setUint32(0, 0x6000_0000);
  view.setUint16(4, size);
  view.setUint8(6, IPPROTO_ICMPV6);
  view.setUint8(7, 255);
  bytes.set(bytesOf(address), 14 + 8);
  bytes.set(bytesOf(ALL_NODES), 14 + 24);
  view.setUint8(40, NEIGHBOUR_ADVERTISEMENT);
  view.setUint8(44, NaFlag.override | (router ? NaFlag.router : 0));
  bytes.set(bytesOf(address), 14 + 48);
  view.setUint8(64, TARGET_LINK_LAYER_ADDRESS);
  view.setUint8(65, 1); // length in units of 8 octets
  bytes.set(macBytes(mac), 14 + 66);
  view.setUint16(42, icmpv6Checksum(bytes.subarray(14)));
  return { bytes, destination: ALL_NODES_MAC, etherType: ETHERTYPE_IPV6 };
}

function ethernet(
  destination: MacAddress,
  source: MacAddress,
  etherType: number,
  payload: number,
): Uint8Array {
  const bytes = new Uint8Array(14 + payload);
  bytes.set(macBytes(destination), 0);
  bytes.set(macBytes(source), 6);
  new DataView(bytes.buffer).setUint16(12, etherType);
  return bytes;
}

/** Over the pseudo-header (RFC 8200 §8.1) and the message of `packet`, an IPv6 packet without extension headers. */
function icmpv6Checksum(packet: Uint8Array): number {
  const length = packet.length - 40;
  let sum = length + IPPROTO_ICMPV6;
  // Both addresses, which the pseudo-header begins with, stand right in front of the message.
  for (let at = 8; at < packet.length; at += 2) sum += ((packet[at] ?? 0) << 8) | (packet[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
