import type { Datagram } from '../../src/node-agent/engine/ports.js';
import { writeChecksumV2, writeChecksumV3 } from '../../src/node-agent/vrrp/checksum.js';
import { encodeAdvert } from '../../src/node-agent/vrrp/packet.js';
import { VRRP_GROUP } from '../../src/node-agent/vrrp/protocol-numbers.js';
import { type AddressFamily, type IpAddress, bytesOf, ipAddress } from '../../src/values/ip-address.js';
import type { Malformation, Packet, Settings } from '../schedule.js';
import { chance } from '../random.js';
import { hostAddress } from './host-address.js';
import { prefixOf } from './kernel.js';
import { datagramOf } from './lan.js';

/*
 * What somebody else on the LAN sends. Every malformed packet claims the highest priority: a router that believed it would show.
 */

const STRANGER: Readonly<Record<AddressFamily, IpAddress>> = {
  IPv4: ipAddress('192.0.2.200'),
  IPv6: ipAddress('fe80::200'),
};

type Endpoints = Readonly<{ source: IpAddress; destination: IpAddress }>;

/** The packet as it reaches the socket of a host that is set to `settings`. */
export function packetFor(
  packet: Packet,
  settings: Settings,
  family: AddressFamily,
  host: number,
  hosts: number,
): Datagram {
  const destination = settings.unicast ? hostAddress(family, host) : VRRP_GROUP[family];
  if (packet.kind === 'forged') {
    const peer = hostAddress(family, (host + 1) % hosts);
    const senders = { stranger: STRANGER[family], receiver: hostAddress(family, host), peer };
    const source = senders[packet.from];
    return datagramOf(advert(settings, packet, { source, destination }), source, destination);
  }
  return malformed(packet.how, settings, { source: STRANGER[family], destination });
}

function advert(
  settings: Settings,
  { priority, interval }: Readonly<{ priority: number; interval: Settings['interval'] }>,
  { source, destination }: Endpoints,
): Uint8Array {
  const { version, vrid, password, checksum } = settings;
  const addresses = settings.addresses.map((text) => prefixOf(text).address);
  const authentication =
    password === null || version === 3
      ? ({ type: 'None' } as const)
      : ({ type: 'Password', password } as const);
  return encodeAdvert(
    { version, vrid, priority, interval: version === 2 ? settings.interval : interval, addresses },
    { authentication, checksum },
    source,
    destination,
  );
}

/** What makes an otherwise correct advert of priority 255 unbelievable. */
function malformed(how: Malformation, settings: Settings, endpoints: Endpoints): Datagram {
  const { source, destination } = endpoints;
  const sound = advert(settings, { priority: 255, interval: settings.interval }, endpoints);
  const change = IN_MESSAGE[how];
  const message = change === undefined ? sound : change(sound);
  if (RESEALED.has(how)) reseal(message, settings, endpoints);
  const datagram = datagramOf(message, source, destination);
  return AROUND[how]?.(datagram) ?? datagram;
}

const altered =
  (offset: number, value: (before: number) => number) =>
  (message: Uint8Array): Uint8Array => {
    message[offset] = value(message[offset] ?? 0);
    return message;
  };

const IN_MESSAGE: Readonly<Partial<Record<Malformation, (message: Uint8Array) => Uint8Array>>> = {
  noise: (message) => message.map((octet, index) => Math.floor(chance(octet, index) * 256)),
  empty: () => new Uint8Array(0),
  truncated: (message) => message.slice(0, message.length - 3),
  checksum: altered(6, (octet) => octet ^ 0xff),
  version: altered(0, (octet) => (octet & 0x0f) | (octet >> 4 === 2 ? 0x30 : 0x20)),
  type: altered(0, (octet) => (octet & 0xf0) | 2),
  noAddresses: altered(3, () => 0),
  tooManyAddresses: altered(3, (count) => count + 1),
  trailer: (message) => Uint8Array.from([...message, ...new Uint8Array(28)]),
  intervalZero: (message) => {
    message[5] = 0;
    message[4] = message.length > 4 && (message[0] ?? 0) >> 4 === 3 ? 0 : (message[4] ?? 0);
    return message;
  },
  vrid: altered(1, (vrid) => (vrid === 255 ? 254 : 255)),
};

/** Their checksum is right all the same. */
const RESEALED: ReadonlySet<Malformation> = new Set([
  ...(['type', 'noAddresses', 'tooManyAddresses', 'intervalZero', 'vrid'] as const),
]);

function reseal(
  message: Uint8Array,
  { version, checksum }: Settings,
  { source, destination }: Endpoints,
): void {
  message.fill(0, 6, 8);
  if (version === 2) writeChecksumV2(message);
  else writeChecksumV3(message, { source: bytesOf(source), destination: bytesOf(destination) }, checksum);
}

const inHeader =
  (offset: number, value: number) =>
  (datagram: Datagram): Datagram => {
    if (datagram.family === 'IPv6') return { ...datagram, hopLimit: 254 };
    const bytes = Uint8Array.from(datagram.bytes);
    bytes[offset] = value;
    return { ...datagram, bytes };
  };

const AROUND: Readonly<Partial<Record<Malformation, (datagram: Datagram) => Datagram>>> = {
  hopLimit: inHeader(8, 254),
  fragment: inHeader(6, 0x20),
  protocol: inHeader(9, 51),
  // Another group than VRRP's, and a group as the sender.
  wrongGroup: (datagram) =>
    datagram.family === 'IPv6'
      ? { ...datagram, destination: ipAddress('ff02::13') }
      : rewritten(datagram, 16, '224.0.0.19'),
  multicastSource: (datagram) =>
    datagram.family === 'IPv6'
      ? { ...datagram, source: ipAddress('ff02::1') }
      : rewritten(datagram, 12, '224.0.0.1'),
};

function rewritten(datagram: Datagram, offset: number, address: string): Datagram {
  const bytes = Uint8Array.from(datagram.bytes);
  bytes.set(bytesOf(ipAddress(address)), offset);
  return { ...datagram, bytes };
}
