import type { ChecksumForm } from './config.js';
import { VRRP_PROTOCOL } from './protocol-numbers.js';

/**
 * The form in which a received VRRPv3 checksum over IPv4 is right. OldUnicast: keepalived up to 1.3.6 put the group
 * into the pseudo-header of unicast adverts.
 */
export type ReceivedChecksumForm = ChecksumForm | 'OldUnicast';

/** Where a message goes from and to: 4 or 16 octets each, as in its IP header. */
export type Endpoints = Readonly<{ source: Uint8Array; destination: Uint8Array }>;

const CHECKSUM_OFFSET = 6;
const IPV4_GROUP = Uint8Array.of(224, 0, 0, 18);
const ALL_ONES = 0xffff;

/**
 * The Internet checksum (RFC 1071) as the one's complement sum of big-endian 16-bit words, not yet folded: sums of
 * several pieces of even length may be added. 65,535 octets at most, so that it stays an exact number.
 */
export function onesComplementSum(bytes: Uint8Array): number {
  let sum = 0;
  const even = bytes.length & ~1;
  for (let index = 0; index < even; index += 2) sum += ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0);
  return even === bytes.length ? sum : sum + ((bytes[even] ?? 0) << 8);
}

/** The sum with its carries added back in: 0…0xffff. */
export function folded(sum: number): number {
  let rest = sum;
  while (rest > ALL_ONES) rest = (rest & ALL_ONES) + Math.floor(rest / 0x1_0000);
  return rest;
}

/** What goes into the checksum field of something that sums up to `sum` with a zero in that field. */
export const checksumOf = (sum: number): number => ~folded(sum) & ALL_ONES;

/** RFC 8200 §8.1 for IPv6; the same fields for IPv4 as in RFC 793, which is how RFC 5798 §5.2.8 is commonly read. */
const pseudoHeaderSum = ({ source, destination }: Endpoints, length: number): number =>
  onesComplementSum(source) + onesComplementSum(destination) + VRRP_PROTOCOL + length;

/** RFC 3768 §5.3.8: the message alone, with its authentication data. */
export const writeChecksumV2 = (message: Uint8Array): void => write(message, 0);

/** RFC 9568 §5.2.8: IPv6 always has a pseudo-header; over IPv4 `form` decides. The family is that of the endpoints. */
export function writeChecksumV3(message: Uint8Array, endpoints: Endpoints, form: ChecksumForm): void {
  const bare = endpoints.source.length === 4 && form === 'MessageOnly';
  write(message, bare ? 0 : pseudoHeaderSum(endpoints, message.length));
}

export const checksumV2Fits = (message: Uint8Array): boolean => isRight(onesComplementSum(message));

export const checksumV3FitsIPv6 = (message: Uint8Array, endpoints: Endpoints): boolean =>
  isRight(onesComplementSum(message) + pseudoHeaderSum(endpoints, message.length));

/**
 * The form in which the checksum of a VRRPv3 message over IPv4 is right; null: in none. When several fit, which happens
 * for one pair of addresses in 65,535, it is `expected`.
 */
export function checksumFormV3IPv4(
  message: Uint8Array,
  endpoints: Endpoints,
  expected: ChecksumForm,
): ReceivedChecksumForm | null {
  const sum = onesComplementSum(message);
  const withPseudoHeader = isRight(sum + pseudoHeaderSum(endpoints, message.length));
  const alone = isRight(sum);
  if (withPseudoHeader && alone) return expected;
  if (withPseudoHeader) return 'PseudoHeader';
  if (alone) return 'MessageOnly';
  // To the group itself this is the first form over again.
  const toGroup = { source: endpoints.source, destination: IPV4_GROUP };
  return isRight(sum + pseudoHeaderSum(toGroup, message.length)) ? 'OldUnicast' : null;
}

/** A sum that includes the checksum field is all ones. There is no "0 means none" as in UDP. */
const isRight = (sum: number): boolean => folded(sum) === ALL_ONES;

function write(message: Uint8Array, pseudoHeader: number): void {
  message[CHECKSUM_OFFSET] = 0;
  message[CHECKSUM_OFFSET + 1] = 0;
  const checksum = checksumOf(onesComplementSum(message) + pseudoHeader);
  message[CHECKSUM_OFFSET] = checksum >> 8;
  message[CHECKSUM_OFFSET + 1] = checksum & 0xff;
}
