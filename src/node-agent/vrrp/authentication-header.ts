import { type IpAddress, addressFromBytes } from '../../values/ip-address.js';
import type { Vrid } from './config.js';
import { VRRP_PROTOCOL } from './protocol-numbers.js';

/** Next header, length, reserved, SPI, sequence number, and 96 bits of HMAC-MD5 (RFC 2338 §5.3.6.3, RFC 2402). */
const AUTHENTICATION_HEADER_SIZE = 24;

/**
 * Whose advert it is that an Authentication Header hides from the sockets of protocol 112: what can be said of an IPv4
 * packet of protocol 51; null when it is no advert. Good for telling an operator, never for believing it.
 */
export function hiddenAdvert(packet: Uint8Array): Readonly<{ vrid: Vrid; source: IpAddress }> | null {
  const headerSize = ((packet[0] ?? 0) & 0x0f) * 4;
  const message = headerSize + AUTHENTICATION_HEADER_SIZE;
  if (packet[headerSize] !== VRRP_PROTOCOL || packet.length < message + 8) return null;
  return { vrid: packet[message + 1] ?? 0, source: addressFromBytes(packet.subarray(12, 16)) };
}
