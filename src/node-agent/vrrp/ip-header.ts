import { type IpAddress, bytesOf } from '../../values/ip-address.js';
import { type Result, ok, refused } from '../../values/result.js';
import { checksumOf, onesComplementSum } from './checksum.js';
import { VRRP_HOP_LIMIT, VRRP_PROTOCOL, VRRP_TRAFFIC_CLASS } from './protocol-numbers.js';
import type { RejectionReason } from './rejection.js';

const AUTHENTICATION_HEADER = 51;
const IPV4_HEADER_SIZE = 20;
const MORE_FRAGMENTS_AND_OFFSET = 0x3fff;

/** A received IPv4 packet, cut open without a copy. */
export type IPv4Packet = Readonly<{
  /** 4 octets. */
  source: Uint8Array;
  /** 4 octets. */
  destination: Uint8Array;
  ttl: number;
  /** What follows the header and its options. */
  payload: Uint8Array;
}>;

/**
 * The packet in `bytes`, which begin with its IP header, as raw sockets deliver it. Refuses what fails receive checks 1
 * and 2 apart from the destination. The header checksum is the kernel's business.
 */
export function readIPv4Packet(bytes: Uint8Array): Result<IPv4Packet, RejectionReason> {
  if (bytes.length < IPV4_HEADER_SIZE) return refused('malformedIpHeader');
  const protocol = bytes[9];
  if (protocol === AUTHENTICATION_HEADER) return refused('authenticationHeader');
  if (protocol !== VRRP_PROTOCOL) return refused('wrongProtocol');
  const versionAndLength = bytes[0] ?? 0;
  const headerSize = (versionAndLength & 0x0f) * 4;
  if (versionAndLength >> 4 !== 4 || headerSize < IPV4_HEADER_SIZE || headerSize > bytes.length)
    return refused('malformedIpHeader');
  if (uint16At(bytes, 2) !== bytes.length) return refused('ipLengthDiffers');
  if ((uint16At(bytes, 6) & MORE_FRAGMENTS_AND_OFFSET) !== 0) return refused('fragmented');
  return ok({
    source: bytes.subarray(12, 16),
    destination: bytes.subarray(16, 20),
    ttl: bytes[8] ?? 0,
    payload: bytes.subarray(headerSize),
  });
}

/**
 * The IPv4 header in front of an advert of `payloadSize` octets: no options, DF clear. `identification` is 1…65535, see
 * {@link nextIdentification}.
 */
export function ipv4Header(
  source: IpAddress,
  destination: IpAddress,
  payloadSize: number,
  identification: number,
): Uint8Array {
  const header = new Uint8Array(IPV4_HEADER_SIZE);
  const view = new DataView(header.buffer);
  view.setUint8(0, 0x45);
  view.setUint8(1, VRRP_TRAFFIC_CLASS);
  view.setUint16(2, IPV4_HEADER_SIZE + payloadSize);
  view.setUint16(4, identification);
  view.setUint8(8, VRRP_HOP_LIMIT);
  view.setUint8(9, VRRP_PROTOCOL);
  header.set(bytesOf(source), 12);
  header.set(bytesOf(destination), 16);
  view.setUint16(10, checksumOf(onesComplementSum(header)));
  return header;
}

/** Gives a packet that begins with an {@link ipv4Header} another identification. */
export function identifyIPv4Packet(packet: Uint8Array, identification: number): void {
  packet[4] = identification >> 8;
  packet[5] = identification & 0xff;
  packet[10] = 0;
  packet[11] = 0;
  let sum = 0;
  for (let at = 0; at < IPV4_HEADER_SIZE; at += 2) sum += uint16At(packet, at);
  const checksum = checksumOf(sum);
  packet[10] = checksum >> 8;
  packet[11] = checksum & 0xff;
}

/** The identification after `previous`; never 0, which Linux takes as "choose one". */
export const nextIdentification = (previous: number): number => (previous % 0xffff) + 1;

/** The IPv6 header in front of an advert of `payloadSize` octets; no flow label, no extension headers. */
export function ipv6Header(source: IpAddress, destination: IpAddress, payloadSize: number): Uint8Array {
  const header = new Uint8Array(40);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0x6000_0000 | (VRRP_TRAFFIC_CLASS << 20));
  view.setUint16(4, payloadSize);
  view.setUint8(6, VRRP_PROTOCOL);
  view.setUint8(7, VRRP_HOP_LIMIT);
  header.set(bytesOf(source), 8);
  header.set(bytesOf(destination), 24);
  return header;
}

const uint16At = (bytes: Uint8Array, offset: number): number =>
  ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
