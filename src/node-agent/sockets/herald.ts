import type { AddressFamily } from '../../values/ip-address.js';
import { HostError } from '../../platform/errors.js';
import type { Link } from '../engine/ports.js';
import type { DatagramReader } from './datagram-reader.js';
import { type Libc, SOL_SOCKET } from './libc.js';
import { type AttachFilter, type Instruction, Op } from './packet-filter.js';
import { openRawSocket } from './raw-socket.js';
import { bindToLink, joinVrrpGroup } from './vrrp-group.js';

/*
 * A second socket that hears what the one for adverts hears, and lets through only what that one must be read for at once. It carries
 * no content: its datagrams are thrown away, and there is room for a few. So what is urgent is found by the kernel, and everything is
 * still read from one queue, in the order in which it came.
 */

/** Calls when an advert comes in that cannot wait. */
export interface Herald {
  /** From now on for resignations, and for all adverts of these VRIDs; null: for none. Throws a `HostError` when the kernel refuses. */
  callFor(vrids: ReadonlySet<number> | null): void;
  close(): void;
}

const SO_RCVBUF = 8;
/** The kernel makes it as much as a few datagrams need. */
const RECEIVE_BUFFER_BYTES = 1;
const MAX_DATAGRAMS_PER_TURN = 16;

const VRID_AT = 1;
const PRIORITY_AT = 2;
const VRID_WORDS = 8;
const KEEP_NOTHING = 0;
/** Enough to wake whoever waits. */
const KEEP_AN_OCTET = 1;

export const MOST_HERALD_INSTRUCTIONS = 40;

/** Lets nothing through. */
const NOTHING: readonly Instruction[] = [[Op.return, 0, 0, KEEP_NOTHING]];

/**
 * Open it before the socket that it calls for: the kernel hands a datagram to the youngest socket first, so whoever is called finds
 * the datagram there.
 */
export function openHerald(
  { libc, reader, attach }: Readonly<{ libc: Libc; reader: DatagramReader; attach: AttachFilter }>,
  link: Link,
  family: AddressFamily,
  { called, failed }: Readonly<{ called: () => void; failed: (error: Error) => void }>,
): Herald {
  const forget = (): void => {
    for (let count = 0; count < MAX_DATAGRAMS_PER_TURN; count++)
      if (reader.read(socket.descriptor, family, link.index) === null) return;
  };
  const socket = openRawSocket(
    libc,
    { family },
    () => {
      try {
        forget();
        called();
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        failed(error);
      }
    },
    failed,
  );
  try {
    attach(socket.descriptor, NOTHING);
    libc.setOption(socket.descriptor, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES, 'SO_RCVBUF');
    bindToLink(libc, socket.descriptor, link);
    joinVrrpGroup(libc, socket.descriptor, link, family);
  } catch (error) {
    socket.close();
    throw error;
  }
  return {
    callFor: (vrids) => {
      attach(socket.descriptor, vrids === null ? NOTHING : urgentAdverts(family, vrids));
    },
    close: () => {
      socket.close();
    },
  };
}

/**
 * Lets through resignations (priority 0), and all adverts with one of these VRIDs. A raw socket sees an IPv4 packet from its header on,
 * and of IPv6 the message alone. What is shorter than an advert is not let through.
 */
export function urgentAdverts(family: AddressFamily, vrids: ReadonlySet<number>): readonly Instruction[] {
  // The word of the bitmap that the VRID belongs to, from the highest on; then past those below it.
  const select = [...bitmapOf(vrids).entries()].reverse().flatMap(([index, word]): readonly Instruction[] => [
    [Op.jumpAtLeast, 0, 2, index * 32],
    [Op.loadConstant, 0, 0, word],
    [Op.jump, 0, 0, 3 * index],
  ]);
  const afterPriority: readonly Instruction[] = [
    [Op.loadByteFromX, 0, 0, VRID_AT],
    [Op.store, 0, 0, 0],
    [Op.and, 0, 0, 31],
    [Op.copyToX, 0, 0, 0],
    [Op.loadMemory, 0, 0, 0],
    ...select,
    [Op.shiftRightByX, 0, 0, 0],
    [Op.jumpAnyBit, 1, 0, 1],
    [Op.return, 0, 0, KEEP_NOTHING],
  ];
  return [
    family === 'IPv4' ? [Op.loadHeaderLength, 0, 0, 0] : [Op.loadIndex, 0, 0, 0],
    [Op.loadByteFromX, 0, 0, PRIORITY_AT],
    [Op.jumpEqual, afterPriority.length, 0, 0],
    ...afterPriority,
    [Op.return, 0, 0, KEEP_AN_OCTET],
  ];
}

/** Bit v mod 32 of word v div 32 is set for each VRID v. */
function bitmapOf(vrids: ReadonlySet<number>): readonly number[] {
  const words = new Uint32Array(VRID_WORDS);
  for (const vrid of vrids) words[vrid >>> 5] = (words[vrid >>> 5] ?? 0) | (1 << (vrid & 31));
  return [...words];
}
