import { addressFromBytes } from '../src/values/ip-address.js';
import type { Host } from './host.js';
import type { Lan } from './lan.js';
import type { CapturedFrame } from './pcap.js';
import { startTcpdump } from './tcpdump.js';

/** A VRRP message as it crossed the segment. Decoded here, apart from the product's own decoder, and never refused. */
export type CapturedAdvert = Readonly<{
  version: number;
  vrid: number;
  priority: number;
  /** Milliseconds. */
  interval: number;
  addresses: readonly string[];
  authentication: number;
  source: string;
  destination: string;
  hopLimit: number;
  sourceMac: string;
  /** The VRRP message. */
  message: Buffer;
}>;

/** A gratuitous ARP, an ARP reply, or a neighbour advertisement. */
export type CapturedAnnouncement = Readonly<{
  protocol: 'ARP' | 'NA';
  /** ARP: the sender's and the target's address are the same. NA: not solicited. */
  gratuitous: boolean;
  address: string;
  /** What `address` is said to be at. */
  mac: string;
  /** The frame's source. */
  sourceMac: string;
  /** NA: the octet with the flags R, S and O. ARP: the operation. */
  flags: number;
}>;

/** Frames from this Ethernet address are not recorded: for floods. */
export const UNRECORDED_MAC = '02:00:00:00:ff:ff';

const FILTER = 'ip proto 112 or ip6 proto 112 or arp or (icmp6 and ip6[40] = 136)';
const LINK_HEADER = 20;

/** Records every advert and announcement that enters a segment, with the host it came from. */
export const Capture = {
  async start(lan: Lan): Promise<void> {
    const argv = ['-i', 'any', '-y', 'LINUX_SLL2', '-Q', 'in', '-U', FILTER];
    await startTcpdump(lan.lab, lan.namespace, argv, (frame) => record(lan, frame));
  },
};

function record(lan: Lan, { at, bytes }: CapturedFrame): void {
  const host = lan.hostAt(bytes.readUInt32BE(4));
  const sourceMac = macText(bytes.subarray(12, 18));
  if (host === undefined || sourceMac === UNRECORDED_MAC) return;
  const protocol = bytes.readUInt16BE(0);
  const packet = bytes.subarray(LINK_HEADER);
  if (protocol === 0x0806) recordArp(host, at, packet, sourceMac);
  else if (protocol === 0x86dd && packet[6] === 58) recordNeighbour(host, at, packet, sourceMac);
  else {
    const advert = decodeAdvert(packet, sourceMac);
    if (advert !== null) lan.lab.timeline.record({ at, kind: 'advert', host: host.name, advert });
  }
}

function recordArp(host: Host, at: number, packet: Buffer, sourceMac: string): void {
  const operation = packet.readUInt16BE(6);
  const address = addressFromBytes(packet.subarray(14, 18));
  const gratuitous = address === addressFromBytes(packet.subarray(24, 28));
  if (!gratuitous && operation !== 2) return;
  const mac = macText(packet.subarray(8, 14));
  const announcement = { protocol: 'ARP', gratuitous, address, mac, sourceMac, flags: operation } as const;
  host.lab.timeline.record({ at, kind: 'announcement', host: host.name, announcement });
}

function recordNeighbour(host: Host, at: number, packet: Buffer, sourceMac: string): void {
  const flags = packet.readUInt8(44);
  const address = addressFromBytes(packet.subarray(48, 64));
  // The first option, when there is one, is the target's link-layer address.
  const mac = packet.length >= 72 ? macText(packet.subarray(66, 72)) : sourceMac;
  const announcement = {
    protocol: 'NA',
    gratuitous: (flags & 0x40) === 0,
    address,
    mac,
    sourceMac,
    flags,
  } as const;
  host.lab.timeline.record({ at, kind: 'announcement', host: host.name, announcement });
}

function decodeAdvert(packet: Buffer, sourceMac: string): CapturedAdvert | null {
  const v4 = packet.readUInt8(0) >> 4 === 4;
  const [hopLimit = 0, start, addresses] = v4
    ? [packet[8], (packet.readUInt8(0) & 15) * 4, packet.subarray(12, 20)]
    : [packet[7], 40, packet.subarray(8, 40)];
  const message = packet.subarray(start, v4 ? packet.readUInt16BE(2) : 40 + packet.readUInt16BE(4));
  if (message.length < 8) return null;
  const size = v4 ? 4 : 16;
  const version = message.readUInt8(0) >> 4;
  const count = Math.min(message.readUInt8(3), Math.floor((message.length - 8) / size));
  return {
    version,
    vrid: message.readUInt8(1),
    priority: message.readUInt8(2),
    interval: version === 2 ? message.readUInt8(5) * 1000 : (message.readUInt16BE(4) & 0xfff) * 10,
    addresses: Array.from({ length: count }, (_, index) =>
      addressFromBytes(message.subarray(8 + index * size, 8 + (index + 1) * size)),
    ),
    authentication: version === 2 ? message.readUInt8(4) : 0,
    source: addressFromBytes(addresses.subarray(0, size)),
    destination: addressFromBytes(addresses.subarray(size)),
    hopLimit,
    sourceMac,
    message,
  };
}

const macText = (octets: Uint8Array): string =>
  Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join(':');
