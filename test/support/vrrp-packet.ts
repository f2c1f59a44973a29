import { ipv4Header, ipv6Header } from '../../src/node-agent/vrrp/ip-header.js';
import { type IpAddress, familyOf } from '../../src/values/ip-address.js';

/** The whole packet that carries `message`; its IPv4 identification is 1. */
export function vrrpPacket(message: Uint8Array, source: IpAddress, destination: IpAddress): Uint8Array {
  const header =
    familyOf(source) === 'IPv4'
      ? ipv4Header(source, destination, message.length, 1)
      : ipv6Header(source, destination, message.length);
  return Uint8Array.from([...header, ...message]);
}
