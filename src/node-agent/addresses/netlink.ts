import { HostError } from '../../platform/errors.js';
import { errnoName } from '../sockets/libc.js';
import { openNetlinkSocket } from './netlink-socket.js';
import {
  Flag,
  MessageType,
  type NetlinkMessage,
  decodeMessages,
  encodeMessage,
  errnoOf,
} from './netlink-wire.js';

/** Messages of one datagram: their acknowledgements, 768 octets each with all bookkeeping, must fit into the receive buffer. */
const MAX_BATCH = 128;
const DUMP_INTERRUPTED = 0x10;
const MAX_DUMPS = 8;

export type Request = Readonly<{ type: number; flags: number; body: Uint8Array }>;

/** Asks the kernel and waits for its answer. */
export interface Netlink {
  /**
   * Carries out the requests in order, together with those of other calls made in the same turn, in as few system calls as possible.
   * Resolves with the kernel's answers in the same order: null for success, otherwise the errno's name. Requests never overtake
   * one another.
   */
  request(requests: readonly Request[]): Promise<readonly (string | null)[]>;
  /** Has what was asked for in this turn carried out before it returns. */
  flush(): void;
  /** All objects of a kind; a dump that was disturbed by changes is repeated. */
  dump(type: number, body: Uint8Array): Promise<readonly NetlinkMessage[]>;
  close(): void;
}

type Waiting = Readonly<{
  part(message: NetlinkMessage): void;
  done(code: string | null): void;
}>;

export function openNetlink(): Netlink {
  const waiting = new Map<number, Waiting>();
  const outgoing: Readonly<{ sequence: number; bytes: Buffer }>[] = [];
  let sequence = 0;
  let open = true;
  const socket = openNetlinkSocket(
    (datagram) => {
      for (const message of decodeMessages(datagram)) answer(message);
    },
    () => {
      // Nobody can tell which of the answers were lost.
      failAll('ENOBUFS');
    },
  );

  function answer(message: NetlinkMessage): void {
    const asked = waiting.get(message.sequence);
    if (asked === undefined) return;
    if (message.type !== MessageType.error && message.type !== MessageType.done) {
      asked.part(message);
      return;
    }
    waiting.delete(message.sequence);
    // NLMSG_DONE carries an error as well.
    const errno = errnoOf(message);
    asked.done(errno === 0 ? null : errnoName(errno));
  }

  function failAll(code: string): void {
    const abandoned = [...waiting.values()];
    waiting.clear();
    for (const { done } of abandoned) done(code);
  }

  function queue({ type, flags, body }: Request, asked: Waiting): void {
    if (!open) {
      asked.done('ECANCELED');
      return;
    }
    sequence = (sequence % 0x7fff_ffff) + 1;
    waiting.set(sequence, asked);
    outgoing.push({ sequence, bytes: encodeMessage(type, flags | Flag.request, sequence, body) });
    // A thousand renewals in one turn are a few system calls.
    if (outgoing.length === 1) queueMicrotask(flush);
  }

  function flush(): void {
    if (!open) return;
    while (outgoing.length > 0) {
      const batch = outgoing.splice(0, MAX_BATCH);
      socket.send(Buffer.concat(batch.map(({ bytes }) => bytes)), (code) => {
        for (const message of batch) {
          const asked = waiting.get(message.sequence);
          waiting.delete(message.sequence);
          asked?.done(code);
        }
      });
    }
  }

  const request: Netlink['request'] = (requests) =>
    new Promise((resolve) => {
      const answers = Array<string | null>(requests.length).fill(null);
      let missing = requests.length;
      if (missing === 0) resolve(answers);
      for (const [index, { type, flags, body }] of requests.entries())
        queue(
          { type, flags: flags | Flag.ack, body },
          {
            part: () => undefined,
            done: (code) => {
              answers[index] = code;
              if (--missing === 0) resolve(answers);
            },
          },
        );
    });

  const dumpOnce = (type: number, body: Uint8Array): Promise<{ parts: NetlinkMessage[]; whole: boolean }> =>
    new Promise((resolve, reject) => {
      const parts: NetlinkMessage[] = [];
      let whole = true;
      queue(
        { type, flags: Flag.dump, body },
        {
          part: (message) => {
            if ((message.flags & DUMP_INTERRUPTED) !== 0) whole = false;
            parts.push(message);
          },
          done: (code) => {
            if (code === null) resolve({ parts, whole });
            else reject(new HostError('rtnetlink dump', code));
          },
        },
      );
    });

  const dumpUntilWhole = async (type: number, body: Uint8Array): Promise<readonly NetlinkMessage[]> => {
    for (let attempt = 1; ; attempt++) {
      const { parts, whole } = await dumpOnce(type, body);
      if (whole || attempt === MAX_DUMPS) return parts;
    }
  };
  let dumping: Promise<unknown> = Promise.resolve();

  return {
    request,
    flush,
    dump: (type, body) => {
      // The kernel carries out one dump at a time on a socket.
      const result = dumping.then(() => dumpUntilWhole(type, body));
      dumping = result.catch(() => undefined);
      return result;
    },
    close: () => {
      if (!open) return;
      open = false;
      socket.close();
      failAll('ECANCELED');
    },
  };
}

/** Hears what changes. */
export interface NetlinkMonitor {
  close(): void;
}

/**
 * Calls `changed` with every notification of these groups (RTNLGRP_*), in order; and `lost` when notifications were dropped, so that
 * the listener must read everything anew.
 */
export function openNetlinkMonitor(
  groups: readonly number[],
  changed: (message: NetlinkMessage) => void,
  lost: () => void,
): NetlinkMonitor {
  const socket = openNetlinkSocket((datagram) => {
    for (const message of decodeMessages(datagram)) changed(message);
  }, lost);
  for (const group of groups) socket.join(group);
  return socket;
}
