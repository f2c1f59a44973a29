import type { Libc } from '../sockets/libc.js';
import { type Instruction, Op, WHOLE_PACKET, createFilterAttacher } from '../sockets/packet-filter.js';
import { MessageType } from './netlink-wire.js';

/*
 * The kernel tells everybody who listens of each address that is renewed, ourselves too: hundreds of messages a second about what
 * we have just asked for. A filter on the listening socket (classic BPF, as for packets) drops those, and nothing else: a notification
 * carries the port and the sequence number of the request that caused it.
 */

/** Sequence numbers of requests of whose effect nobody needs to be told have this bit. */
export const UNTOLD = 0x4000_0000;

/** `struct nlmsghdr`: where the type, the highest octet of the sequence number, and the port begin. */
const TYPE_AT = 4;
const SEQUENCE_HIGH_AT = 11;
const PORT_AT = 12;

/** The filter for a socket that listens while requests are sent from `port`. Loads are big-endian, and the header is not. */
export const renewalFilter = (port: number): readonly Instruction[] => [
  [Op.loadHalf, 0, 0, TYPE_AT],
  [Op.jumpEqual, 0, 5, MessageType.newAddress << 8],
  [Op.loadWord, 0, 0, PORT_AT],
  [Op.jumpEqual, 0, 3, swapped(port)],
  [Op.loadByte, 0, 0, SEQUENCE_HIGH_AT],
  [Op.jumpAnyBit, 0, 1, UNTOLD >>> 24],
  [Op.return, 0, 0, 0],
  [Op.return, 0, 0, WHOLE_PACKET],
];

/** Throws a `HostError` when the kernel refuses; then everything is told, as before. */
export function dropRenewals(libc: Libc, descriptor: number, port: number): void {
  const filter = renewalFilter(port);
  createFilterAttacher(libc, filter.length)(descriptor, filter);
}

function swapped(word: number): number {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(word >>> 0);
  return bytes.readUInt32BE();
}
