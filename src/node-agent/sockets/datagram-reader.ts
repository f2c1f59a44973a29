import type { AddressFamily, IpAddress } from '../../values/ip-address.js';
import { addressFromBytes } from '../../values/ip-address.js';
import { type Micros, micros } from '../../values/time.js';
import { HostError } from '../../platform/errors.js';
import type { Datagram } from '../engine/ports.js';
import { type Libc, SOL_SOCKET, TIMESPEC_SIZE, errnoName, microsOfTimespec } from './libc.js';
import { SOCKADDR_IN6_SIZE, addressOfSockaddrIn6 } from './socket-address.js';

/** Reads datagrams into memory that is allocated once; the bytes of one are good until the next one is read. */
export interface DatagramReader {
  /**
   * The next datagram that waits on the socket; null: none does. Throws a `HostError` when the socket cannot be read.
   * Errors that the kernel reports in between, about the network and not the socket, are skipped.
   */
  read(descriptor: number, family: AddressFamily, interfaceIndex: number): Datagram | null;
  /**
   * How long the last one had waited, by the kernel's time stamp (SO_TIMESTAMPNS); 0 when it has none. A step of the wall clock meanwhile
   * is part of it.
   */
  waited(): Micros;
}

/*
 * One piece of memory: struct msghdr, struct iovec, the sender's address, control data, the datagram.
 */
const NAME_LENGTH_AT = 8;
const CONTROL_LENGTH_AT = 40;
const IOVEC_AT = 56;
const NAME_AT = 72;
const CONTROL_AT = 104;
const CONTROL_SIZE = 128;
const DATA_AT = CONTROL_AT + CONTROL_SIZE;
/** The longest VRRP message, 255 IPv6 addresses, is 4,088 octets. What is longer is cut, and rejected later for its length. */
const DATA_SIZE = 9_216;

const MAX_NETWORK_ERRORS = 16;
const NETWORK_ERRORS: ReadonlySet<string> = new Set([
  'EINTR',
  'ENETDOWN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ECONNREFUSED',
  'EMSGSIZE',
  'EPROTO',
]);

/** `struct cmsghdr`: length, level, type; then the content. */
const LEVEL_AT = 8;
const TYPE_AT = 12;
const CONTENT_AT = 16;
const SCM_TIMESTAMPNS = 35;
const IPPROTO_IPV6 = 41;
const IPV6_PKTINFO = 50;
const IPV6_HOPLIMIT = 52;

export function createDatagramReader(libc: Libc): DatagramReader {
  const { address, bytes } = libc.allocate(DATA_AT + DATA_SIZE);
  const data = new Uint8Array(bytes.buffer, bytes.byteOffset + DATA_AT, DATA_SIZE);
  const control = bytes.subarray(CONTROL_AT, DATA_AT);
  bytes.writeBigUInt64LE(address + BigInt(NAME_AT), 0);
  bytes.writeBigUInt64LE(address + BigInt(IOVEC_AT), 16);
  bytes.writeBigUInt64LE(1n, 24);
  bytes.writeBigUInt64LE(address + BigInt(CONTROL_AT), 32);
  bytes.writeBigUInt64LE(address + BigInt(DATA_AT), IOVEC_AT);
  bytes.writeBigUInt64LE(BigInt(DATA_SIZE), IOVEC_AT + 8);

  /** The number of octets now in `data`; null: nothing waits. */
  const receive = (descriptor: number): number | null => {
    for (let attempt = 0; attempt < MAX_NETWORK_ERRORS; attempt++) {
      // The kernel wrote the lengths that it used over those that it may use.
      bytes.writeUInt32LE(SOCKADDR_IN6_SIZE, NAME_LENGTH_AT);
      bytes.writeUInt32LE(CONTROL_SIZE, CONTROL_LENGTH_AT);
      const received = libc.receiveMessage(descriptor, address);
      if (received >= 0) return received;
      const code = errnoName(-received);
      if (code === 'EAGAIN') return null;
      if (!NETWORK_ERRORS.has(code)) throw new HostError('recvmsg', code);
    }
    return null;
  };

  /** Adverts of one router, and mostly those of all, have the same length. */
  let last = data.subarray(0, 0);
  const view = (length: number): Uint8Array => {
    if (last.length !== length) last = data.subarray(0, length);
    return last;
  };

  /** The kernel puts its time stamp before all else. */
  const hasStamp = (): boolean =>
    bytes.readUInt32LE(CONTROL_LENGTH_AT) >= CONTENT_AT + TIMESPEC_SIZE &&
    control.readInt32LE(LEVEL_AT) === SOL_SOCKET &&
    control.readInt32LE(TYPE_AT) === SCM_TIMESTAMPNS;

  return {
    waited: () =>
      micros(hasStamp() ? Math.max(0, libc.realTime() - microsOfTimespec(control, CONTENT_AT)) : 0),
    read: (descriptor, family, interfaceIndex) => {
      const length = receive(descriptor);
      if (length === null) return null;
      if (family === 'IPv4')
        return {
          bytes: view(length),
          interfaceIndex,
          family,
          source: null,
          destination: null,
          hopLimit: null,
        };
      return {
        bytes: view(length),
        interfaceIndex,
        family,
        source: addressOfSockaddrIn6(bytes.subarray(NAME_AT)),
        ...controlData(control.subarray(0, bytes.readUInt32LE(CONTROL_LENGTH_AT))),
      };
    },
  };
}

/** Destination and hop limit out of the `struct cmsghdr`s that follow one another in `control`. */
export function controlData(control: Buffer): { destination: IpAddress | null; hopLimit: number | null } {
  let destination: IpAddress | null = null;
  let hopLimit: number | null = null;
  for (let at = 0; at + CONTENT_AT <= control.length;) {
    const length = control.readUInt32LE(at);
    if (length < CONTENT_AT || at + length > control.length) break;
    const type = control.readInt32LE(at + LEVEL_AT) === IPPROTO_IPV6 ? control.readInt32LE(at + TYPE_AT) : -1;
    const payload = control.subarray(at + CONTENT_AT, at + length);
    if (type === IPV6_PKTINFO && payload.length >= 16)
      destination = addressFromBytes(payload.subarray(0, 16));
    if (type === IPV6_HOPLIMIT && payload.length >= 4) hopLimit = payload.readInt32LE(0);
    at += (length + 7) & ~7;
  }
  return { destination, hopLimit };
}
