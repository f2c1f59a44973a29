import { type IpAddress, addressFromBytes, bytesOf, familyOf } from '../../values/ip-address.js';
import { type MacAddress, macBytes } from '../../values/mac-address.js';

export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_PACKET = 17;

/** Octets of a `struct sockaddr_in6`, the larger one of the two. */
export const SOCKADDR_IN6_SIZE = 28;

/** `struct sockaddr_in` or `sockaddr_in6`; `scope` is the interface that a link-local or multicast address belongs to. */
export function ipSocketAddress(address: IpAddress, scope: number): Buffer {
  if (familyOf(address) === 'IPv4') {
    const result = Buffer.alloc(16);
    result.writeUInt16LE(AF_INET, 0);
    result.set(bytesOf(address), 4);
    return result;
  }
  const result = Buffer.alloc(SOCKADDR_IN6_SIZE);
  result.writeUInt16LE(AF_INET6, 0);
  result.set(bytesOf(address), 8);
  result.writeUInt32LE(scope, 24);
  return result;
}

/** The address in a `struct sockaddr_in6`. */
export const addressOfSockaddrIn6 = (bytes: Uint8Array): IpAddress => addressFromBytes(bytes.subarray(8, 24));

/** `struct sockaddr_ll` for a frame that carries its own Ethernet header. */
export function linkSocketAddress(
  interfaceIndex: number,
  destination: MacAddress,
  etherType: number,
): Buffer {
  const result = Buffer.alloc(20);
  result.writeUInt16LE(AF_PACKET, 0);
  result.writeUInt16BE(etherType, 2);
  result.writeInt32LE(interfaceIndex, 4);
  result.writeUInt8(6, 11);
  result.set(macBytes(destination), 12);
  return result;
}
