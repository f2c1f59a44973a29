import type { AddressFamily } from './ip-address.js';
import type { Brand } from './brand.js';

/** An Ethernet address as six lower-case hexadecimal octets joined by colons. */
export type MacAddress = Brand<string, 'MacAddress'>;

export const macFromBytes = (bytes: Uint8Array): MacAddress =>
  Array.from(bytes.subarray(0, 6), (octet) => octet.toString(16).padStart(2, '0')).join(':') as MacAddress;

export const macBytes = (mac: MacAddress): Uint8Array =>
  Uint8Array.from(mac.split(':'), (octet) => Number.parseInt(octet, 16));

/** RFC 9568 §7.3: 00-00-5E-00-01-{VRID} for IPv4, 00-00-5E-00-02-{VRID} for IPv6. */
export const virtualRouterMac = (vrid: number, family: AddressFamily): MacAddress =>
  macFromBytes(Uint8Array.of(0x00, 0x00, 0x5e, 0x00, family === 'IPv4' ? 0x01 : 0x02, vrid));
