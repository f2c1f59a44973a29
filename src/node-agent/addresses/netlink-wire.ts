import type { AddressFamily } from '../../values/ip-address.js';

/*
 * netlink(7): messages and attributes, bytes to values and back. Pure. Host byte order is little-endian (see sockets/libc.ts).
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

export const AF: Readonly<Record<AddressFamily, number>> = { IPv4: 2, IPv6: 10 };
const ATTRIBUTE_TYPE = 0x3fff;
export const NESTED = 0x8000;

/** One message without what only the transport needs. */
export type NetlinkMessage = Readonly<{
  type: number;
  flags: number;
  sequence: number;
  /** Of the socket whose request caused it; 0: the kernel's own. */
  port: number;
  body: Buffer;
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
      port: datagram.readUInt32LE(at + 12),
      body: datagram.subarray(at + 16, at + length),
    });
    at += aligned(length);
  }
  return messages;
}

/** The errno of an NLMSG_ERROR, positive; 0 is an acknowledgement. */
export const errnoOf = (message: NetlinkMessage): number =>
  message.body.length < 4 ? 0 : 0 - message.body.readInt32LE(0);

/** The octets that a message with this body takes. */
export const messageSize = (body: Uint8Array): number => aligned(16 + body.length);

/** Writes a message to `target` and returns where it ends, which is where the next one may begin. */
export function writeMessage(
  target: Buffer,
  at: number,
  { type, flags, sequence, body }: Omit<NetlinkMessage, 'port' | 'body'> & Readonly<{ body: Uint8Array }>,
): number {
  const end = at + messageSize(body);
  target.writeUInt32LE(16 + body.length, at);
  target.writeUInt16LE(type, at + 4);
  target.writeUInt16LE(flags, at + 6);
  target.writeUInt32LE(sequence, at + 8);
  target.writeUInt32LE(0, at + 12);
  target.set(body, at + 16);
  target.fill(0, at + 16 + body.length, end);
  return end;
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

export function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

export const wordOf = (bytes: Buffer | undefined): number | null =>
  bytes?.length === 4 ? bytes.readUInt32LE(0) : null;

export const text = (value: string): Buffer => Buffer.from(`${value}\0`);

export function textOf(bytes: Buffer | undefined): string | null {
  if (bytes === undefined) return null;
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}
