import { createRequire } from 'node:module';
import type { AddressFamily } from '../../values/ip-address.js';
import { HostError } from '../../platform/errors.js';
import { VRRP_PROTOCOL } from '../vrrp/protocol-numbers.js';
import { type Libc, SOCK_RAW, SOL_SOCKET, errnoName } from './libc.js';
import { openSockets } from './open-sockets.js';

/*
 * The package raw-socket makes raw sockets and tells through libuv when one can be read. It has neither bind nor recvmsg and hides
 * the descriptor, so this file finds the descriptor out and takes over reading, writing and options. What is used of the package:
 * creation, readiness, closing.
 */

/** A raw socket, open and watched. Not inherited by child processes. */
export type RawSocket = Readonly<{
  descriptor: number;
  /** Whether `readable` is called; at first it is. */
  watch(wanted: boolean): void;
  close(): void;
}>;

/** What raw-socket's own socket offers; it has typings for none of it. */
type SocketWrap = {
  /** Native code calls this for whatever happens. */
  emit: (event: string) => void;
  /** Whether not to tell of what can be received, and sent. Also starts watching anew after an error. */
  pause(receive: boolean, send: boolean): void;
  close(): void;
};
type RawSocketPackage = Readonly<{
  createSocket(options: { protocol: number; addressFamily: 1 | 2; bufferSize: number }): { wrap: SocketWrap };
}>;

const SO_TYPE = 3;
const SO_ERROR = 4;
const SO_PROTOCOL = 38;
/** So many errors in a row with nothing received mean that the socket will never work again. */
const MAX_ERRORS = 16;

/**
 * Opens a socket. `readable` is called when datagrams wait (again and again until they are read), `failed` once, when the socket
 * has become useless; both from the event loop's own callbacks, where an exception is seen and promises go on.
 */
export function openRawSocket(
  libc: Libc,
  { family, protocol = VRRP_PROTOCOL }: Readonly<{ family: AddressFamily; protocol?: number }>,
  readable: () => void,
  failed: (error: HostError) => void,
): RawSocket {
  const { createSocket } = createRequire(import.meta.url)('raw-socket') as RawSocketPackage;
  const before = new Set(openSockets().map(({ identity }) => identity));
  const wrap = create(createSocket, family, protocol);
  const descriptor = openSockets().find(
    ({ identity, number }) => !before.has(identity) && isRawSocket(libc, number, protocol),
  )?.number;
  if (descriptor === undefined) {
    wrap.close();
    throw new HostError('find the descriptor of a raw socket', 'EBADF');
  }
  libc.closeOnExec(descriptor);

  let open = true;
  let errors = 0;
  let pending = false;
  const ready = (): void => {
    // raw-socket calls back outside of any callback scope of Node: an exception would vanish and promises would not go on until
    // something else happened. The check phase follows in the same turn of the loop.
    if (pending) return;
    pending = true;
    setImmediate(() => {
      pending = false;
      errors = 0;
      if (open) readable();
    });
  };
  const broken = (): void => {
    // libuv stopped watching because an error waits on the socket, e.g. ENETDOWN. Reading the error clears it.
    const code = libc.getOption(descriptor, SOL_SOCKET, SO_ERROR) ?? 0;
    errors++;
    if (errors < MAX_ERRORS) wrap.pause(false, true);
    else setImmediate(() => open && failed(new HostError('watch a VRRP socket', errnoName(code))));
  };
  // In place of the package's emitter, which has a reader of its own among its listeners, and looks them up with each event.
  wrap.emit = (event) => {
    if (event === 'recvReady') ready();
    if (event === 'error') broken();
  };
  return {
    descriptor,
    watch: (wanted) => {
      if (open) wrap.pause(!wanted, true);
    },
    close: () => {
      open = false;
      wrap.close();
    },
  };
}

function create(
  createSocket: RawSocketPackage['createSocket'],
  family: AddressFamily,
  protocol: number,
): SocketWrap {
  try {
    // bufferSize: of the package's own receive buffer, which is not used.
    return createSocket({ protocol, addressFamily: family === 'IPv4' ? 1 : 2, bufferSize: 1 }).wrap;
  } catch (error) {
    // The package throws strerror's text; the one error an operator meets is worth a code.
    const code = error instanceof Error && /not permitted/i.test(error.message) ? 'EPERM' : 'EUNKNOWN';
    throw new HostError('open a raw socket', code, { cause: error });
  }
}

const isRawSocket = (libc: Libc, descriptor: number, protocol: number): boolean =>
  libc.getOption(descriptor, SOL_SOCKET, SO_TYPE) === SOCK_RAW &&
  libc.getOption(descriptor, SOL_SOCKET, SO_PROTOCOL) === protocol;
