import { HostError } from '../../platform/errors.js';
import { errnoName } from '../sockets/libc.js';
import { UNTOLD } from './renewal-filter.js';
import { openNetlinkSocket } from './netlink-socket.js';
import {
  Flag,
  MessageType,
  type NetlinkMessage,
  decodeMessages,
  errnoOf,
  messageSize,
  writeMessage,
} from './netlink-wire.js';

/** Messages of one datagram: their acknowledgements, 768 octets each with all bookkeeping, must fit into the receive buffer. */
const MAX_BATCH = 128;
const DUMP_INTERRUPTED = 0x10;
const MAX_DUMPS = 8;

export type Request = Readonly<{
  type: number;
  flags: number;
  body: Uint8Array;
  /** Nobody needs to be told of its effect; see renewal-filter.ts. */
  untold?: boolean;
}>;

/** Asks the kernel and waits for its answer. */
export interface Netlink {
  /**
   * Carries out the requests in order, together with those of other calls made in the same turn, in as few system calls as possible.
   * Resolves with the kernel's answers in the same order: null for success, otherwise the errno's name. Requests never overtake
   * one another.
   */
  request(requests: readonly Request[]): Promise<readonly (string | null)[]>;
  /** As {@link request}, for whom only refusals matter: `refused` is called once when there are any. */
  order(requests: readonly Request[], refused: () => void): void;
  /** Has what was asked for in this turn carried out before it returns. */
  flush(): void;
  /** All objects of a kind; a dump that was disturbed by changes is repeated. */
  dump(type: number, body: Uint8Array): Promise<readonly NetlinkMessage[]>;
  /** Of its socket, by which the kernel names who caused something; null until the kernel has answered once. */
  readonly port: number | null;
  close(): void;
}

/** Who waits for the answers to one or more requests. */
type Asker = Readonly<{
  /** A bit of the answer to a reading; null: nothing is read. */
  part: ((message: NetlinkMessage) => void) | null;
  /** The kernel's last word on the request with this number among those of the asker. */
  done(index: number, code: string | null): void;
}>;

type Outgoing = Readonly<{ sequence: number; request: Request; asker: Asker; index: number }>;

const isChange = ({ asker }: Outgoing): boolean => asker.part === null;

export function openNetlink(): Netlink {
  const waiting = new Map<number, Outgoing>();
  const outgoing: Outgoing[] = [];
  /** Requests that succeed by silence: by the last one of their batch, which is acknowledged, those before it. */
  const silent = new Map<number, readonly Outgoing[]>();
  let counter = 0;
  let scratch = Buffer.alloc(0);
  let port: number | null = null;
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
    port ??= message.port;
    const asked = waiting.get(message.sequence);
    if (asked === undefined) return;
    if (message.type !== MessageType.error && message.type !== MessageType.done) {
      asked.asker.part?.(message);
      return;
    }
    waiting.delete(message.sequence);
    // NLMSG_DONE carries an error as well.
    const errno = errnoOf(message);
    asked.asker.done(asked.index, errno === 0 ? null : errnoName(errno));
    // Requests are carried out in order, and a failure is always reported: those before it that did not fail have succeeded.
    const before = silent.get(message.sequence);
    if (before === undefined) return;
    silent.delete(message.sequence);
    settle(before, null);
  }

  function settle(requests: readonly Outgoing[], code: string | null): void {
    for (const { sequence, asker, index } of requests) if (waiting.delete(sequence)) asker.done(index, code);
  }

  function failAll(code: string): void {
    const abandoned = [...waiting.values()];
    waiting.clear();
    silent.clear();
    for (const { asker, index } of abandoned) asker.done(index, code);
  }

  function queue(request: Request, asker: Asker, index: number): void {
    if (!open) {
      asker.done(index, 'ECANCELED');
      return;
    }
    counter = (counter % (UNTOLD - 1)) + 1;
    const sequence = request.untold === true ? counter + UNTOLD : counter;
    const asked: Outgoing = { sequence, request, asker, index };
    waiting.set(sequence, asked);
    outgoing.push(asked);
    // A thousand renewals in one turn are a few system calls.
    if (outgoing.length === 1) queueMicrotask(flush);
  }

  /** One datagram of all, good until the next one is made. `acknowledged`: the number of the one to be answered in any case. */
  function encode(batch: readonly Outgoing[], acknowledged: number | null): Uint8Array {
    const size = batch.reduce((sum, { request: { body } }) => sum + messageSize(body), 0);
    if (size > scratch.length) scratch = Buffer.alloc(2 * size);
    let end = 0;
    for (const { request, sequence } of batch) {
      const flags = request.flags | Flag.request | (sequence === acknowledged ? Flag.ack : 0);
      end = writeMessage(scratch, end, { type: request.type, flags, sequence, body: request.body });
    }
    return scratch.subarray(0, end);
  }

  function flush(): void {
    if (!open) return;
    while (outgoing.length > 0) {
      const batch = outgoing.splice(0, MAX_BATCH);
      const last = batch.findLast(isChange);
      if (last !== undefined && batch.length > 1)
        silent.set(
          last.sequence,
          batch.filter((asked) => asked !== last && isChange(asked)),
        );
      socket.send(encode(batch, last?.sequence ?? null), (code) => {
        if (last !== undefined) silent.delete(last.sequence);
        settle(batch, code);
      });
    }
  }

  function queueAll(requests: readonly Request[], asker: Asker): void {
    requests.forEach((request, index) => {
      queue(request, asker, index);
    });
  }

  const request: Netlink['request'] = (requests) =>
    new Promise((resolve) => {
      const answers = Array<string | null>(requests.length).fill(null);
      let missing = requests.length;
      if (missing === 0) resolve(answers);
      const asker: Asker = {
        part: null,
        done: (index, code) => {
          answers[index] = code;
          if (--missing === 0) resolve(answers);
        },
      };
      queueAll(requests, asker);
    });

  const order: Netlink['order'] = (requests, refused) => {
    let told = false;
    const asker: Asker = {
      part: null,
      done: (_, code) => {
        if (code === null || told) return;
        told = true;
        refused();
      },
    };
    queueAll(requests, asker);
  };

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
          done: (_, code) => {
            if (code === null) resolve({ parts, whole });
            else reject(new HostError('rtnetlink dump', code));
          },
        },
        0,
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
    order,
    flush,
    get port() {
      return port;
    },
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
  /** Hears no more of `untold` requests of this port. Throws a `HostError` when the kernel refuses. */
  dropRenewals(port: number): void;
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
