import type { Libc } from '../sockets/libc.js';
import { SOL_SOCKET } from '../sockets/libc.js';
import { MessageType } from './netlink-wire.js';

/*
 * The kernel tells everybody who listens of each address that is renewed, ourselves too: hundreds of messages a second about what
 * we have just asked for. A filter on the listening socket (classic BPF, as for packets) drops those, and nothing else: a notification
 * carries the port and the sequence number of the request that caused it.
 */

/** Sequence numbers of requests of whose effect nobody needs to be told have this bit. */
export const UNTOLD = 0x4000_0000;

const SO_ATTACH_FILTER = 26;

/** `struct sock_filter`: operation, jumps if true and if not, operand. */
type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number];
const LOAD_WORD = 0x20;
const LOAD_HALF = 0x28;
const LOAD_BYTE = 0x30;
const JUMP_EQUAL = 0x15;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;
const WHOLE = 0xffff_ffff;

/** `struct nlmsghdr`: where the type, the highest octet of the sequence number, and the port begin. */
const TYPE_AT = 4;
const SEQUENCE_HIGH_AT = 11;
const PORT_AT = 12;

/** The filter for a socket that listens while requests are sent from `port`. Loads are big-endian, and the header is not. */
export const renewalFilter = (port: number): readonly Instruction[] => [
  [LOAD_HALF, 0, 0, TYPE_AT],
  [JUMP_EQUAL, 0, 5, MessageType.newAddress << 8],
  [LOAD_WORD, 0, 0, PORT_AT],
  [JUMP_EQUAL, 0, 3, swapped(port)],
  [LOAD_BYTE, 0, 0, SEQUENCE_HIGH_AT],
  [JUMP_ANY_BIT, 0, 1, UNTOLD >>> 24],
  [RETURN, 0, 0, 0],
  [RETURN, 0, 0, WHOLE],
];

/** Throws a `HostError` when the kernel refuses; then everything is told, as before. */
export function dropRenewals(libc: Libc, descriptor: number, port: number): void {
  const filter = renewalFilter(port);
  const { address, bytes } = libc.allocate(filter.length * 8);
  for (const [index, [code, ifTrue, ifFalse, operand]] of filter.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(operand, index * 8 + 4);
  }
  // struct sock_fprog: the number of instructions, and where they are.
  const program = Buffer.alloc(16);
  program.writeUInt16LE(filter.length, 0);
  program.writeBigUInt64LE(address, 8);
  libc.setOption(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, program, 'SO_ATTACH_FILTER');
}

function swapped(word: number): number {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(word >>> 0);
  return bytes.readUInt32BE();
}
