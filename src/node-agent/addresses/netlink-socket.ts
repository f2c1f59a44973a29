import raw from 'netlink/dist/raw.js';
import { HostError } from '../../platform/errors.js';
import { type Libc, loadLibc } from '../sockets/libc.js';
import { type AnswerReader, createAnswerReader } from './answer-reader.js';
import { dropRenewals } from './renewal-filter.js';
import { openSockets } from '../sockets/open-sockets.js';

/*
 * A socket of NETLINK_ROUTE on top of the lowest layer of the package netlink, which sends and receives datagrams. Its layers above cost
 * memory and do not know the attributes that we need.
 *
 * The package calls back from native code that does not expect its socket to be closed meanwhile, nor an exception in anything that
 * runs on from there, promises included, and it cannot even report an error of polling: each of these ends the process without
 * a word. So everything is handed over in the check phase of the same turn of the event loop, where the first two are
 * harmless; and the one error that does happen, an overflow of the receive queue, is switched off (NETLINK_NO_ENOBUFS) and
 * read from the socket's counter of dropped messages.
 */

export interface NetlinkSocket {
  /**
   * The kernel carries out what the datagram asks for before this returns, unless its send buffer is full. In order. `failed` is called with the errno's name when
   * it could not be sent.
   */
  send(datagram: Uint8Array, failed: (code: string) => void): void;
  /** Joins a multicast group (RTNLGRP_*). */
  join(group: number): void;
  /** Hears no more of renewals that are asked for from `port`; see renewal-filter.ts. */
  dropRenewals(port: number): void;
  close(): void;
}

const NETLINK_ROUTE = 0;
/** `struct sockaddr_nl` of the kernel: family AF_NETLINK (16), port 0, no groups. */
const KERNEL = Uint8Array.from([16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
/** The send buffer is full: the package sends when there is room. */
const NO_ROOM = new Set(['EAGAIN', 'ENOBUFS']);
const RECEIVE_BUFFER_BYTES = 1024 * 1024;
const SOL_NETLINK = 270;
const NETLINK_NO_ENOBUFS = 5;

let answers: AnswerReader | null = null;

/**
 * Opens a socket. `lost` is called after the kernel had to drop messages. Throws a `HostError` when there is no socket to be
 * had.
 */
export function openNetlinkSocket(received: (datagram: Buffer) => void, lost: () => void): NetlinkSocket {
  const libc = loadLibc();
  const { socket, descriptor } = create(libc);
  const inbox: Buffer[] = [];
  const reader = (answers ??= createAnswerReader(libc));
  let open = true;
  let scheduled = false;
  /** Datagrams that wait in the package until there is room; what comes later must not overtake them. */
  let queued = 0;
  let dropped = libc.dropped(descriptor);

  const handOver = (): void => {
    scheduled = false;
    if (!open) return;
    for (const datagram of inbox.splice(0)) received(datagram);
    // A message is dropped only while the queue is full, so there is always another one to be read afterwards.
    const droppedNow = libc.dropped(descriptor);
    if (droppedNow === dropped) return;
    dropped = droppedNow;
    lost();
  };
  const schedule = (later: (handOver: () => void) => void): void => {
    if (scheduled) return;
    scheduled = true;
    later(handOver);
  };
  socket.on('message', (datagram) => {
    inbox.push(datagram);
    schedule(setImmediate);
  });
  // Reading failed; what was to be read may be lost.
  socket.on('error', () => {
    dropped = -1;
    schedule(setImmediate);
  });

  /**
   * What is asked for has been carried out, so the answer is there: it need not wake us, nor wait for a turn of its own. An
   * announcement that follows it leaves next to the advert, also from a host that is short of processor time.
   */
  const readAnswers = (): void => {
    for (let datagram = reader.read(descriptor); datagram !== null; datagram = reader.read(descriptor))
      inbox.push(datagram);
    if (inbox.length > 0) schedule(queueMicrotask);
  };

  return {
    send: (datagram, failed) => {
      // The package itself sends at once only the first datagram of a turn.
      const refusal = queued > 0 ? 'EAGAIN' : sendNow(libc, descriptor, datagram);
      if (refusal === null) {
        readAnswers();
        return;
      }
      if (!NO_ROOM.has(refusal)) {
        setImmediate(failed, refusal);
        return;
      }
      queued++;
      socket.send(Buffer.from(datagram), {}, (error) => {
        queued--;
        if (error !== undefined) setImmediate(failed, error.code);
      });
    },
    join: (group) => {
      socket.addMembership(group);
    },
    dropRenewals: (port) => {
      dropRenewals(libc, descriptor, port);
    },
    close: () => {
      if (!open) return;
      open = false;
      setImmediate(() => {
        socket.close();
      });
    },
  };
}

/** The errno's name when the kernel does not take the datagram; null: it has carried it out. */
function sendNow(libc: Libc, descriptor: number, datagram: Uint8Array): string | null {
  try {
    libc.sendTo(descriptor, datagram, KERNEL);
    return null;
  } catch (error) {
    if (error instanceof HostError) return error.code;
    throw error;
  }
}

function create(libc: Libc): { socket: raw.RawNetlinkSocket; descriptor: number } {
  try {
    const before = new Set(openSockets().map(({ identity }) => identity));
    const socket = new raw.RawNetlinkSocket(NETLINK_ROUTE, {
      recvBufferSize: RECEIVE_BUFFER_BYTES,
      sendBufferSize: RECEIVE_BUFFER_BYTES,
    });
    const descriptor = openSockets().find(({ identity }) => !before.has(identity))?.number;
    if (descriptor === undefined) throw new HostError('find the descriptor of an rtnetlink socket', 'EBADF');
    libc.setOption(descriptor, SOL_NETLINK, NETLINK_NO_ENOBUFS, 1, 'NETLINK_NO_ENOBUFS');
    return { socket, descriptor };
  } catch (error) {
    if (error instanceof HostError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EUNKNOWN';
    throw new HostError('open an rtnetlink socket', code, { cause: error });
  }
}
