import { type AddressFamily, type IpAddress, ipAddress } from '../../src/values/ip-address.js';

const IPV4 = Array.from({ length: 16 }, (_, host) => ipAddress(`192.0.2.${String(host + 1)}`));
const IPV6 = Array.from({ length: 16 }, (_, host) => ipAddress(`fe80::${(host + 1).toString(16)}`));

/** 192.0.2.1 and fe80::1 for the first host, and so on. */
export function hostAddress(family: AddressFamily, host: number): IpAddress {
  const address = (family === 'IPv4' ? IPV4 : IPV6)[host];
  if (address === undefined) throw new RangeError(`no address for host ${String(host)}`);
  return address;
}
