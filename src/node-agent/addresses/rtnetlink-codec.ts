import {
  type AddressFamily,
  addressFromBytes,
  addressSize,
  bytesOf,
  familyOf,
} from '../../values/ip-address.js';
import { type MacAddress, macBytes, macFromBytes } from '../../values/mac-address.js';
import type { Prefix } from '../../values/prefix.js';

/*
 * rtnetlink(7) messages: bytes to values and back. Pure. Host byte order is little-endian (see sockets/libc.ts); addresses
 * are in network byte order.
 */

export const MessageType = {
  error: 2,
  done: 3,
  newLink: 16,
  delLink: 17,
  getLink: 18,
  newAddress: 20,
  delAddress: 21,
  getAddress: 22,
  newNeighbour: 28,
  delNeighbour: 29,
  getNeighbour: 30,
} as const;

export const Flag = {
  request: 0x1,
  multi: 0x2,
  ack: 0x4,
  replace: 0x100,
  exclusive: 0x200,
  dump: 0x300,
  create: 0x400,
} as const;

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

const AF: Readonly<Record<AddressFamily, number>> = { IPv4: 2, IPv6: 10 };
export const FOREVER = 0xffff_ffff;

const IFA = { address: 1, local: 2, label: 3, cacheInfo: 6, flags: 8, protocol: 11 } as const;
const IFLA = {
  address: 1,
  name: 3,
  mtu: 4,
  link: 5,
  wireless: 11,
  linkInfo: 18,
  alias: 20,
  afSpec: 26,
} as const;
const IFLA_INFO = { kind: 1, data: 2 } as const;
const IFLA_MACVLAN_MODE = 1;
const MACVLAN_MODE_PRIVATE = 1;
const IFLA_INET_CONF = 1;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const IN6_ADDR_GEN_MODE_NONE = 1;
const IFF = { up: 0x1, loopback: 0x8, running: 0x40, multicast: 0x1000 } as const;
const ATTRIBUTE_TYPE = 0x3fff;
const NESTED = 0x8000;

/** One message without what only the transport needs. */
export type NetlinkMessage = Readonly<{ type: number; flags: number; sequence: number; body: Buffer }>;

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

export type LinkMessage = Readonly<{
  index: number;
  name: string;
  mac: MacAddress | null;
  flags: Readonly<{ up: boolean; running: boolean; loopback: boolean; multicast: boolean }>;
  mtu: number;
  kind: string | null;
  parentIndex: number | null;
  alias: string | null;
}>;

/** The messages of one datagram; what is cut short or makes no sense ends the list. */
export function decodeMessages(datagram: Buffer): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at + 16 <= datagram.length;) {
    const length = datagram.readUInt32LE(at);
    if (length < 16 || at + length > datagram.length) break;
    messages.push({
      type: datagram.readUInt16LE(at + 4),
      flags: datagram.readUInt16LE(at + 6),
      sequence: datagram.readUInt32LE(at + 8),
      body: datagram.subarray(at + 16, at + length),
    });
    at += aligned(length);
  }
  return messages;
}

/** The errno of an NLMSG_ERROR, positive; 0 is an acknowledgement. */
export const errnoOf = (message: NetlinkMessage): number =>
  message.body.length < 4 ? 0 : -message.body.readInt32LE(0);

export function encodeMessage(type: number, flags: number, sequence: number, body: Uint8Array): Buffer {
  const message = Buffer.alloc(aligned(16 + body.length));
  message.writeUInt32LE(16 + body.length, 0);
  message.writeUInt16LE(type, 4);
  message.writeUInt16LE(flags, 6);
  message.writeUInt32LE(sequence, 8);
  message.set(body, 16);
  return message;
}

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
  const cache = attributes.get(IFA.cacheInfo);
  return {
    interfaceIndex: body.readUInt32LE(4),
    prefix: { address: addressFromBytes(raw), length },
    flags: flags?.length === 4 ? flags.readUInt32LE(0) : body.readUInt8(2),
    scope: body.readUInt8(3),
    label: textOf(attributes.get(IFA.label)),
    protocol: attributes.get(IFA.protocol)?.[0] ?? null,
    preferredLifetime: cache !== undefined && cache.length >= 8 ? cache.readUInt32LE(0) : FOREVER,
    validLifetime: cache !== undefined && cache.length >= 8 ? cache.readUInt32LE(4) : FOREVER,
  };
}

/**
 * The interface that an RTM_NEWLINK or RTM_DELLINK is about; null for what cannot be read, and for messages about something else:
 * of a bridge about its port (another family), and of a wireless driver.
 */
export function decodeLink(body: Buffer): LinkMessage | null {
  if (body.length < 16 || body.readUInt8(0) !== 0) return null;
  const attributes = decodeAttributes(body.subarray(16));
  if (attributes.has(IFLA.wireless)) return null;
  const name = textOf(attributes.get(IFLA.name));
  if (name === null || name === '') return null;
  const flags = body.readUInt32LE(8);
  const mac = attributes.get(IFLA.address);
  const info = decodeAttributes(attributes.get(IFLA.linkInfo) ?? Buffer.alloc(0));
  const parent = wordOf(attributes.get(IFLA.link));
  return {
    index: body.readInt32LE(4),
    name,
    mac: mac?.length === 6 ? macFromBytes(mac) : null,
    flags: {
      up: (flags & IFF.up) !== 0,
      running: (flags & IFF.up) !== 0 && (flags & IFF.running) !== 0,
      loopback: (flags & IFF.loopback) !== 0,
      multicast: (flags & IFF.multicast) !== 0,
    },
    mtu: wordOf(attributes.get(IFLA.mtu)) ?? 0,
    kind: textOf(info.get(IFLA_INFO.kind)),
    parentIndex: parent === 0 ? null : parent,
    alias: textOf(attributes.get(IFLA.alias)),
  };
}

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

/** The body of an RTM_GETLINK dump. */
export const encodeLinkDump = (): Buffer => Buffer.alloc(16);

/** The body of an RTM_NEWLINK that makes a private-mode macvlan on top of `parentIndex`; it is down at first. */
export function encodeMacvlan(macvlan: { name: string; parentIndex: number; mac: MacAddress }): Buffer {
  const mode = encodeAttribute(IFLA_MACVLAN_MODE, word(MACVLAN_MODE_PRIVATE));
  const kind = encodeAttribute(IFLA_INFO.kind, text('macvlan'));
  const info = Buffer.concat([kind, encodeAttribute(IFLA_INFO.data | NESTED, mode)]);
  return Buffer.concat([
    linkHeader(0, 0, 0),
    encodeAttribute(IFLA.name, text(macvlan.name)),
    encodeAttribute(IFLA.link, word(macvlan.parentIndex)),
    encodeAttribute(IFLA.address, macBytes(macvlan.mac)),
    encodeAttribute(IFLA.linkInfo | NESTED, info),
  ]);
}

/** The body of an RTM_NEWLINK that gives the interface called `name` an alias and IPv4 settings (IPV4_DEVCONF_* to value). */
export function encodeLinkSettings(
  name: string,
  alias: string,
  settings: Readonly<Record<number, number>>,
): Buffer {
  const values = Object.entries(settings).map(([setting, value]) =>
    encodeAttribute(Number(setting), word(value)),
  );
  const conf = encodeAttribute(IFLA_INET_CONF | NESTED, Buffer.concat(values));
  return Buffer.concat([
    linkHeader(0, 0, 0),
    encodeAttribute(IFLA.name, text(name)),
    encodeAttribute(IFLA.alias, Buffer.from(alias)),
    encodeAttribute(IFLA.afSpec | NESTED, encodeAttribute(AF.IPv4 | NESTED, conf)),
  ]);
}

/** The body of an RTM_NEWLINK after which IPv6 makes no link-local address for the interface called `name`. */
export function encodeNoAddressGeneration(name: string): Buffer {
  const mode = encodeAttribute(IFLA_INET6_ADDR_GEN_MODE, Uint8Array.of(IN6_ADDR_GEN_MODE_NONE));
  return Buffer.concat([
    linkHeader(0, 0, 0),
    encodeAttribute(IFLA.name, text(name)),
    encodeAttribute(IFLA.afSpec | NESTED, encodeAttribute(AF.IPv6 | NESTED, mode)),
  ]);
}

/** The body of an RTM_NEWLINK that brings the interface called `name` up. */
export const encodeLinkUp = (name: string): Buffer =>
  Buffer.concat([linkHeader(0, IFF.up, IFF.up), encodeAttribute(IFLA.name, text(name))]);

/** The body of an RTM_DELLINK. */
export const encodeLinkKey = (index: number): Buffer => linkHeader(index, 0, 0);

function addressHeader(interfaceIndex: number, { address, length }: Prefix, flags: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(AF[familyOf(address)], 0);
  header.writeUInt8(length, 1);
  header.writeUInt8(flags & 0xff, 2);
  header.writeUInt32LE(interfaceIndex, 4);
  return header;
}

function linkHeader(index: number, flags: number, changed: number): Buffer {
  const header = Buffer.alloc(16);
  header.writeInt32LE(index, 4);
  header.writeUInt32LE(flags, 8);
  header.writeUInt32LE(changed, 12);
  return header;
}

export function encodeAttribute(type: number, value: Uint8Array): Buffer {
  const attribute = Buffer.alloc(aligned(4 + value.length));
  attribute.writeUInt16LE(4 + value.length, 0);
  attribute.writeUInt16LE(type, 2);
  attribute.set(value, 4);
  return attribute;
}

/** The attributes in `bytes` by type; what is cut short ends the list. */
export function decodeAttributes(bytes: Buffer): Map<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = bytes.readUInt16LE(at);
    if (length < 4 || at + length > bytes.length) break;
    attributes.set(bytes.readUInt16LE(at + 2) & ATTRIBUTE_TYPE, bytes.subarray(at + 4, at + length));
    at += aligned(length);
  }
  return attributes;
}

const aligned = (length: number): number => (length + 3) & ~3;

const familyOfCode = (code: number): AddressFamily | null =>
  code === AF.IPv4 ? 'IPv4' : code === AF.IPv6 ? 'IPv6' : null;

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

const wordOf = (bytes: Buffer | undefined): number | null =>
  bytes?.length === 4 ? bytes.readUInt32LE(0) : null;

const text = (value: string): Buffer => Buffer.from(`${value}\0`);

function textOf(bytes: Buffer | undefined): string | null {
  if (bytes === undefined) return null;
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}
