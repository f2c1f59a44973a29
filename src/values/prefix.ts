import {
  type AddressFamily,
  type IpAddress,
  addressSize,
  bytesOf,
  familyOf,
  parseIpAddress,
} from './ip-address.js';
import { type Result, ok, refused } from './result.js';

/** An address as an interface carries it: with the length of its prefix in bits. */
export type Prefix = Readonly<{ address: IpAddress; length: number }>;

/** 32 or 128: the prefix length of a single address. */
export const fullLength = (family: AddressFamily): number => addressSize(family) * 8;

/** Reads `192.0.2.100/24` or `2001:db8::1`; without a length it is the single address. */
export function parsePrefix(text: string): Result<Prefix, string> {
  const slash = text.indexOf('/');
  const parsed = parseIpAddress(slash < 0 ? text : text.slice(0, slash));
  if (!parsed.ok) return parsed;
  const bits = fullLength(familyOf(parsed.value));
  if (slash < 0) return ok({ address: parsed.value, length: bits });
  const digits = text.slice(slash + 1);
  if (!/^(0|[1-9]\d{0,2})$/.test(digits) || Number(digits) > bits)
    return refused(`"${text}" has a prefix length that is not a whole number from 0 to ${String(bits)}`);
  return ok({ address: parsed.value, length: Number(digits) });
}

export const formatPrefix = ({ address, length }: Prefix): string => `${address}/${String(length)}`;

/** Whether `address` lies in the subnet that `subnet` describes; false across families. */
export function contains(subnet: Prefix, address: IpAddress): boolean {
  if (familyOf(subnet.address) !== familyOf(address)) return false;
  const left = bytesOf(subnet.address);
  const right = bytesOf(address);
  for (let bit = 0; bit < subnet.length; bit += 8) {
    const index = bit >> 3;
    const mask = subnet.length - bit >= 8 ? 0xff : (0xff << (8 - (subnet.length - bit))) & 0xff;
    if ((((left[index] ?? 0) ^ (right[index] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}
