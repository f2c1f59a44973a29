import type { Libc } from '../sockets/libc.js';

/** Reads datagrams into memory that is allocated once; what it returns is a copy. */
export interface AnswerReader {
  /** The next datagram that waits on the socket; null: none does, or none can be read, which the socket's owner will find out. */
  read(descriptor: number): Buffer | null;
}

/*
 * One piece of memory: struct msghdr, struct iovec, the datagram. Nobody asks who sent it.
 */
const IOVEC_AT = 56;
const DATA_AT = 72;
/** Twice of what the kernel puts into a datagram of a dump. */
const DATA_SIZE = 65_536;

export function createAnswerReader(libc: Libc): AnswerReader {
  const { address, bytes } = libc.allocate(DATA_AT + DATA_SIZE);
  bytes.writeBigUInt64LE(address + BigInt(IOVEC_AT), 16);
  bytes.writeBigUInt64LE(1n, 24);
  bytes.writeBigUInt64LE(address + BigInt(DATA_AT), IOVEC_AT);
  bytes.writeBigUInt64LE(BigInt(DATA_SIZE), IOVEC_AT + 8);
  return {
    read: (descriptor) => {
      const length = libc.receiveMessage(descriptor, address);
      return length < 0 ? null : Buffer.from(bytes.subarray(DATA_AT, DATA_AT + length));
    },
  };
}
