import {
  type AddressFamily,
  addressFromBytes,
  addressSize,
  bytesOf,
  familyOf,
} from '../../values/ip-address.js';
import type { Prefix } from '../../values/prefix.js';
import { AF, decodeAttributes, encodeAttribute, text, textOf, word } from './netlink-wire.js';

/*
 * rtnetlink(7) messages about addresses: struct ifaddrmsg and its attributes. Pure.
 */

/** Address flags (IFA_F_*). */
export const AddressFlag = {
  secondary: 0x01,
  noDad: 0x02,
  dadFailed: 0x08,
  deprecated: 0x20,
  tentative: 0x40,
  permanent: 0x80,
  noPrefixRoute: 0x200,
} as const;

export const FOREVER = 0xffff_ffff;
const IFA = { address: 1, local: 2, label: 3, cacheInfo: 6, flags: 8, protocol: 11 } as const;

export type AddressMessage = Readonly<{
  interfaceIndex: number;
  prefix: Prefix;
  /** IFA_F_*, all 32 bits. */
  flags: number;
  /** RT_SCOPE_*. */
  scope: number;
  /** IPv4 only. */
  label: string | null;
  /** IFA_PROTO; null: the kernel did not say. */
  protocol: number | null;
  /** Seconds; {@link FOREVER} for an address without an end. */
  validLifetime: number;
  preferredLifetime: number;
}>;

/** The address that an RTM_NEWADDR or RTM_DELADDR is about; null for other families and for what cannot be read. */
export function decodeAddress(body: Buffer): AddressMessage | null {
  if (body.length < 8) return null;
  const family = familyOfCode(body.readUInt8(0));
  if (family === null) return null;
  const attributes = decodeAttributes(body.subarray(8));
  // Of an IPv4 address with a peer IFA_ADDRESS is the peer.
  const raw = attributes.get(IFA.local) ?? attributes.get(IFA.address);
  const length = body.readUInt8(1);
  if (raw?.length !== addressSize(family) || length > raw.length * 8) return null;
  const flags = attributes.get(IFA.flags);
  return {
    interfaceIndex: body.readUInt32LE(4),
    prefix: { address: addressFromBytes(raw), length },
    flags: flags?.length === 4 ? flags.readUInt32LE(0) : body.readUInt8(2),
    scope: body.readUInt8(3),
    label: textOf(attributes.get(IFA.label)),
    protocol: attributes.get(IFA.protocol)?.[0] ?? null,
    ...lifetimesOf(attributes.get(IFA.cacheInfo)),
  };
}

/** The first half of a `struct ifa_cacheinfo`. */
const lifetimesOf = (
  cache: Buffer | undefined,
): Pick<AddressMessage, 'validLifetime' | 'preferredLifetime'> =>
  cache === undefined || cache.length < 8
    ? { preferredLifetime: FOREVER, validLifetime: FOREVER }
    : { preferredLifetime: cache.readUInt32LE(0), validLifetime: cache.readUInt32LE(4) };

/** The body of an RTM_NEWADDR. */
export function encodeAddress(message: Omit<AddressMessage, 'scope'>): Buffer {
  const { interfaceIndex, prefix, flags, label, protocol, validLifetime, preferredLifetime } = message;
  const address = bytesOf(prefix.address);
  const attributes = [
    encodeAttribute(IFA.local, address),
    encodeAttribute(IFA.address, address),
    encodeAttribute(IFA.flags, word(flags)),
    encodeAttribute(
      IFA.cacheInfo,
      Buffer.concat([word(preferredLifetime), word(validLifetime), word(0), word(0)]),
    ),
  ];
  if (protocol !== null) attributes.push(encodeAttribute(IFA.protocol, Uint8Array.of(protocol)));
  if (label !== null) attributes.push(encodeAttribute(IFA.label, text(label)));
  return Buffer.concat([addressHeader(interfaceIndex, prefix, flags), ...attributes]);
}

/** The body of an RTM_DELADDR: exactly this address with this prefix length. */
export function encodeAddressKey(interfaceIndex: number, prefix: Prefix): Buffer {
  const address = bytesOf(prefix.address);
  return Buffer.concat([
    addressHeader(interfaceIndex, prefix, 0),
    encodeAttribute(IFA.local, address),
    encodeAttribute(IFA.address, address),
  ]);
}

/** The body of an RTM_GETADDR dump: all families. */
export const encodeAddressDump = (): Buffer => Buffer.alloc(8);

function addressHeader(interfaceIndex: number, { address, length }: Prefix, flags: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(AF[familyOf(address)], 0);
  header.writeUInt8(length, 1);
  header.writeUInt8(flags & 0xff, 2);
  header.writeUInt32LE(interfaceIndex, 4);
  return header;
}

const familyOfCode = (code: number): AddressFamily | null =>
  code === AF.IPv4 ? 'IPv4' : code === AF.IPv6 ? 'IPv6' : null;
