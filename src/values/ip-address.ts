import type { Brand } from './brand.js';
import { type Result, ok, refused } from './result.js';

export type AddressFamily = 'IPv4' | 'IPv6';

/**
 * An IPv4 or IPv6 address in its one canonical text form (dotted quad; RFC 5952), so that `===` is equality and JSON
 * needs no conversion.
 */
export type IpAddress = Brand<string, 'IpAddress'>;

/** Reads `text`; any legal spelling is accepted, a zone (`%eth0`) is not. */
export function parseIpAddress(text: string): Result<IpAddress, string> {
  const bytes = text.includes(':') ? parseIPv6(text) : parseIPv4(text);
  return bytes === null ? refused(`"${text}" is not an IPv4 or IPv6 address`) : ok(addressFromBytes(bytes));
}

/** The address written `text`; for literals in code and tests. Throws where {@link parseIpAddress} refuses. */
export function ipAddress(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (!parsed.ok) throw new TypeError(parsed.problem);
  return parsed.value;
}

/** The address with these 4 or 16 octets, in network byte order. */
export function addressFromBytes(bytes: Uint8Array): IpAddress {
  return (bytes.length === 4 ? bytes.join('.') : formatIPv6(bytes)) as IpAddress;
}

export const familyOf = (address: IpAddress): AddressFamily => (address.includes(':') ? 'IPv6' : 'IPv4');

/** Octets of an address of this family. */
export const addressSize = (family: AddressFamily): 4 | 16 => (family === 'IPv4' ? 4 : 16);

/** The 4 or 16 octets of `address` in network byte order. */
export function bytesOf(address: IpAddress): Uint8Array {
  const bytes = familyOf(address) === 'IPv4' ? parseIPv4(address) : parseIPv6(address);
  if (bytes === null) throw new TypeError(`not a canonical address: ${address}`);
  return bytes;
}

/**
 * Negative, zero or positive as `a` is smaller than, equal to or greater than `b`, both read as unsigned big-endian
 * integers (RFC 9568 §6.4.3). Only addresses of one family compare meaningfully.
 */
export function compareAddresses(a: IpAddress, b: IpAddress): number {
  if (a === b) return 0;
  const left = bytesOf(a);
  const right = bytesOf(b);
  for (const [index, octet] of left.entries()) {
    const difference = octet - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** The first octet (IPv4), or the first two as one number (IPv6): the canonical text begins with them, so nothing else is read. */
function beginning(address: IpAddress): number {
  const number = Number.parseInt(address, familyOf(address) === 'IPv4' ? 10 : 16);
  // It begins with "::".
  return Number.isNaN(number) ? 0 : number;
}

/** fe80::/10. */
export const isLinkLocal = (address: IpAddress): boolean =>
  familyOf(address) === 'IPv6' && (beginning(address) & 0xffc0) === 0xfe80;

/** 224.0.0.0/4 or ff00::/8. */
export function isMulticast(address: IpAddress): boolean {
  const first = beginning(address);
  return familyOf(address) === 'IPv4' ? first >= 224 && first <= 239 : first >> 8 === 0xff;
}

/** 0.0.0.0 or ::. */
export const isUnspecified = (address: IpAddress): boolean => address === '0.0.0.0' || address === '::';

/** 127.0.0.0/8 or ::1. */
export const isLoopback = (address: IpAddress): boolean => address.startsWith('127.') || address === '::1';

function parseIPv4(text: string): Uint8Array | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return null;
  return Uint8Array.from(parts, Number);
}

function parseIPv6(text: string): Uint8Array | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const groups = halves.map(parseGroups);
  const [head, tail = []] = groups;
  if (head === undefined || head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const words = [...head, ...Array<number>(missing).fill(0), ...tail];
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

/** The 16-bit groups of one side of `::`; a dotted quad may stand for the last two. */
function parseGroups(text: string): number[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  const words: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (part.includes('.') && index === parts.length - 1) {
      const quad = parseIPv4(part);
      if (quad === null) return null;
      const [a = 0, b = 0, c = 0, d = 0] = quad;
      words.push((a << 8) | b, (c << 8) | d);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
      words.push(Number.parseInt(part, 16));
    }
  }
  return words;
}

function formatIPv6(bytes: Uint8Array): string {
  const words = Array.from(
    { length: 8 },
    (_, index) => ((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0),
  );
  // RFC 5952 §4.2: shorten the longest run of two or more zero groups, the first one of equals.
  let start = 0;
  let longest = 1;
  for (let index = 0; index < 8; index++) {
    let end = index;
    while (end < 8 && words[end] === 0) end++;
    if (end - index > longest) [start, longest] = [index, end - index];
  }
  const hex = words.map((word) => word.toString(16));
  if (longest === 1) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + longest).join(':')}`;
}
