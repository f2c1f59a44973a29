import { type Libc, SOL_SOCKET } from './libc.js';

/*
 * Classic BPF (Documentation/networking/filter.rst of Linux): small programs that the kernel runs on each packet before it is queued
 * on a socket. Loads are big-endian. What a program returns is how much of the packet is kept; 0: none, the packet is not queued.
 */

/** `struct sock_filter`: operation, how many instructions are skipped if true and if not, operand. */
export type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number];

/** Operations on the accumulator A, the index register X and the memory M. */
export const Op = {
  /** A = the word, half word or octet at the operand. */
  loadWord: 0x20,
  loadHalf: 0x28,
  loadByte: 0x30,
  /** A = the octet at X + the operand. */
  loadByteFromX: 0x50,
  /** X = four times the lower half of the octet at the operand: the length of an IPv4 header. */
  loadHeaderLength: 0xb1,
  loadIndex: 0x01,
  loadConstant: 0x00,
  loadMemory: 0x60,
  store: 0x02,
  and: 0x54,
  copyToX: 0x07,
  shiftRightByX: 0x7c,
  jump: 0x05,
  jumpEqual: 0x15,
  jumpAtLeast: 0x35,
  jumpAnyBit: 0x45,
  return: 0x06,
} as const;

export const WHOLE_PACKET = 0xffff_ffff;

const SO_ATTACH_FILTER = 26;
const INSTRUCTION_SIZE = 8;

/** Puts a filter on a socket, in place of the one it has. Throws a `HostError` when the kernel refuses. */
export type AttachFilter = (descriptor: number, program: readonly Instruction[]) => void;

/** With memory for programs of so many instructions, which the kernel reads during the call only. */
export function createFilterAttacher(libc: Libc, mostInstructions: number): AttachFilter {
  const { address, bytes } = libc.allocate(mostInstructions * INSTRUCTION_SIZE);
  // struct sock_fprog: the number of instructions, and where they are.
  const head = Buffer.alloc(16);
  head.writeBigUInt64LE(address, 8);
  return (descriptor, program) => {
    if (program.length > mostInstructions) throw new RangeError('the filter is longer than its memory');
    for (const [index, [code, ifTrue, ifFalse, operand]] of program.entries()) {
      const at = index * INSTRUCTION_SIZE;
      bytes.writeUInt16LE(code, at);
      bytes.writeUInt8(ifTrue, at + 2);
      bytes.writeUInt8(ifFalse, at + 3);
      bytes.writeUInt32LE(operand, at + 4);
    }
    head.writeUInt16LE(program.length, 0);
    libc.setOption(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, head, 'SO_ATTACH_FILTER');
  };
}
