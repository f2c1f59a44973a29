import { bytesOf, ipAddress } from '../src/values/ip-address.js';

/*
 * Frames that a test sends, right or wrong on purpose. Built here, apart from the product's own encoder.
 */

export type MessageFields = Readonly<{
  version?: number;
  type?: number;
  vrid?: number;
  priority: number;
  /** v2: seconds. v3: centiseconds. */
  interval?: number;
  addresses?: readonly string[];
  /** When it is not the number of addresses. */
  count?: number;
  /** v3: the four reserved bits. */
  reserved?: number;
  /** v2. */
  authentication?: Readonly<{ type: number; data: string }>;
  /** v3 over IPv4: with the pseudo-header (P) or without (N). */
  form?: 'P' | 'N';
  /** When it is not the right one. */
  checksum?: number;
}>;

/** The octets of a VRRP message, summed for these addresses. */
export function vrrpMessage(fields: MessageFields, source: string, destination: string): Buffer {
  const { version = 2, type = 1, vrid = 51, priority, addresses = ['192.0.2.100'] } = fields;
  const list = addresses.map((address) => bytesOf(ipAddress(address)));
  const head = [(version << 4) | type, vrid, priority, fields.count ?? addresses.length];
  const message = Buffer.concat([
    Uint8Array.from(head),
    versionFields(version, fields),
    ...list,
    trailer(version, fields),
  ]);
  const pseudo = version === 3 && (fields.form !== 'N' || source.includes(':'));
  const summed = pseudo
    ? Buffer.concat([pseudoHeader(source, destination, message.length), message])
    : message;
  message.writeUInt16BE(fields.checksum ?? internetChecksum(summed), 6);
  return message;
}

/** Octets 4 to 7; the checksum is still zero. */
function versionFields(
  version: number,
  { interval, reserved = 0, authentication }: MessageFields,
): Uint8Array {
  if (version === 2) return Uint8Array.of(authentication?.type ?? 0, interval ?? 1, 0, 0);
  const centiseconds = interval ?? 100;
  return Uint8Array.of((reserved << 4) | (centiseconds >> 8), centiseconds & 0xff, 0, 0);
}

function trailer(version: number, { authentication }: MessageFields): Buffer {
  const octets = Buffer.alloc(version === 2 ? 8 : 0);
  octets.write(authentication?.data ?? '', 'latin1');
  return octets;
}

/** An IPv4 or IPv6 packet around `payload`. */
export function ipPacket(
  source: string,
  destination: string,
  payload: Uint8Array,
  options: Readonly<{ hopLimit?: number; protocol?: number }> = {},
): Buffer {
  const { hopLimit = 255, protocol = 112 } = options;
  const from = bytesOf(ipAddress(source));
  const to = bytesOf(ipAddress(destination));
  if (from.length === 16) {
    const head = Buffer.from([0x6c, 0, 0, 0, 0, 0, protocol, hopLimit]);
    head.writeUInt16BE(payload.length, 4);
    return Buffer.concat([head, from, to, payload]);
  }
  const head = Buffer.from([0x45, 0xc0, 0, 0, 0, 1, 0, 0, hopLimit, protocol, 0, 0, ...from, ...to]);
  head.writeUInt16BE(20 + payload.length, 2);
  head.writeUInt16BE(internetChecksum(head), 10);
  return Buffer.concat([head, payload]);
}

/** An Ethernet frame around an IP packet; without `to` the group address of the packet's destination. */
export function ethernetFrame(packet: Uint8Array, from: string, to?: string): Buffer {
  const v6 = (packet[0] ?? 0) >> 4 === 6;
  const group = v6 ? '33:33:00:00:00:12' : '01:00:5e:00:00:12';
  const type = v6 ? [0x86, 0xdd] : [0x08, 0x00];
  return Buffer.from([...macOctets(to ?? group), ...macOctets(from), ...type, ...packet]);
}

const macOctets = (mac: string): number[] => mac.split(':').map((octet) => Number.parseInt(octet, 16));

function pseudoHeader(source: string, destination: string, length: number): Buffer {
  const from = bytesOf(ipAddress(source));
  const tail =
    from.length === 4 ? [0, 112, length >> 8, length & 255] : [0, 0, length >> 8, length & 255, 0, 0, 0, 112];
  return Buffer.from([...from, ...bytesOf(ipAddress(destination)), ...tail]);
}

/** RFC 1071 over `bytes`, whose checksum field is zero. */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < bytes.length; index += 2)
    sum += ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
