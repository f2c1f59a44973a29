import { type MacAddress, macBytes, macFromBytes } from '../../values/mac-address.js';
import { AF, NESTED, decodeAttributes, encodeAttribute, text, textOf, word, wordOf } from './netlink-wire.js';

/*
 * rtnetlink(7) messages about interfaces: struct ifinfomsg and its attributes. Pure.
 */

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

function linkHeader(index: number, flags: number, changed: number): Buffer {
  const header = Buffer.alloc(16);
  header.writeInt32LE(index, 4);
  header.writeUInt32LE(flags, 8);
  header.writeUInt32LE(changed, 12);
  return header;
}
