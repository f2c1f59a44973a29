import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { HostError } from '../../platform/errors.js';

/*
 * The few C library calls that neither Node nor raw-socket nor netlink offers: recvmsg with control data, sockets of
 * AF_PACKET, scheduling, the interval timer. Layouts in this program are those of 64-bit little-endian Linux
 * (x86-64, arm64), the only ones that the native packages are built for.
 */

/** A pointer as koffi hands it out and takes it. */
export type Pointer = bigint;

/** Memory that stays where it is, seen from both sides. */
export type SharedMemory = Readonly<{ address: Pointer; bytes: Buffer }>;

/** Calls that fail throw a `HostError` with the errno's name, unless stated otherwise. */
export interface Libc {
  /** Zeroed memory for structures that the kernel keeps pointers into during a call. Never freed: allocate once. */
  allocate(size: number): SharedMemory;
  socket(domain: number, type: number, protocol: number): number;
  close(descriptor: number): void;
  bind(descriptor: number, address: Uint8Array): void;
  /** Marks `descriptor` so that no child process inherits it. */
  closeOnExec(descriptor: number): void;
  setOption(
    descriptor: number,
    level: number,
    option: number,
    value: number | Uint8Array,
    name: string,
  ): void;
  /** An integer option; null when `descriptor` is no socket or does not know the option. */
  getOption(descriptor: number, level: number, option: number): number | null;
  /** Never blocks. */
  sendTo(descriptor: number, bytes: Uint8Array, destination: Uint8Array): void;
  /** `header` is a `struct msghdr`. Never blocks. The octets received, or minus the errno; does not throw. */
  receiveMessage(descriptor: number, header: Pointer): number;
  /** How many messages the kernel has dropped because the receive queue was full. */
  dropped(descriptor: number): number;
  /** The interface's name, e.g. for SO_BINDTODEVICE. */
  interfaceName(index: number): string;
  /** sched_setscheduler(2) for the calling thread. */
  setScheduler(policy: number, priority: number): void;
  /** The policy of the calling thread, with the flag SCHED_RESET_ON_FORK. */
  scheduler(): number;
  /** setpriority(2) for the calling thread. */
  setNice(nice: number): void;
  /** setitimer(2), ITIMER_REAL: one SIGALRM after so many µs; 0 disarms. */
  alarmAfter(microseconds: number): void;
  /** CLOCK_REALTIME, the clock of the kernel's time stamps, in µs since the epoch. */
  realTime(): number;
}

const O_CLOEXEC = 0o2000000;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC = O_CLOEXEC;
const F_SETFD = 2;
const FD_CLOEXEC = 1;
const MSG_DONTWAIT = 0x40;
const IF_NAMESIZE = 16;
export const SOL_SOCKET = 1;
const SO_MEMINFO = 55;
const SK_MEMINFO_DROPS = 8;
const CLOCK_REALTIME = 0;

export const TIMESPEC_SIZE = 16;

/** The `struct timespec` at `offset`, in µs. Without big integers, which would be garbage; good until 2106. */
export const microsOfTimespec = (bytes: Buffer, offset: number): number =>
  bytes.readUInt32LE(offset) * 1e6 + bytes.readUInt32LE(offset + 8) / 1e3;

/** The name of an errno, e.g. `ENETDOWN`; `errno 530` for one that Node does not know. */
export const errnoName = (errno: number): string => ERRNO_NAMES.get(errno) ?? `errno ${String(errno)}`;

/** Errnos that the kernel does return for what we ask, and libuv has no name for. */
const EXTRA_ERRNO: Readonly<Record<number, string>> = {
  49: 'EUNATCH',
  64: 'ENONET',
  108: 'ESHUTDOWN',
  112: 'EHOSTDOWN',
};

const ERRNO_NAMES: ReadonlyMap<number, string> = new Map([
  ...Object.entries(EXTRA_ERRNO).map(([errno, name]) => [Number(errno), name] as const),
  ...Object.entries(constants.errno)
    // Of the two names of 11 the one that everybody uses.
    .filter(([name]) => name !== 'EWOULDBLOCK')
    .map(([name, errno]) => [errno, name] as const),
]);

let loaded: Libc | null = null;

/**
 * The C library of this process (so it does not matter which one that is). The first call costs about 10 ms and 2 MiB.
 */
export function loadLibc(): Libc {
  loaded ??= bindLibc();
  return loaded;
}

function bindLibc(): Libc {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  const c = koffi.load(null);
  const socket = c.func('int socket(int domain, int type, int protocol)');
  const close = c.func('int close(int fd)');
  const bind = c.func('int bind(int fd, const void *address, uint32_t size)');
  const fcntl = c.func('int fcntl(int fd, int command, int value)');
  const setsockopt = c.func(
    'int setsockopt(int fd, int level, int option, const void *value, uint32_t size)',
  );
  const getsockopt = c.func('int getsockopt(int fd, int level, int option, void *value, void *size)');
  const sendto = c.func(
    'int64_t sendto(int fd, const void *bytes, size_t size, int flags, const void *to, uint32_t tosize)',
  );
  const recvmsg = c.func('int64_t recvmsg(int fd, void *header, int flags)');
  const ifIndexToName = c.func('void *if_indextoname(unsigned int index, void *name)');
  const schedSetScheduler = c.func('int sched_setscheduler(int thread, int policy, const void *parameters)');
  const schedGetScheduler = c.func('int sched_getscheduler(int thread)');
  const setpriority = c.func('int setpriority(int which, unsigned int who, int nice)');
  const setitimer = c.func('int setitimer(int which, const void *value, void *old)');
  const clockGetTime = c.func('int clock_gettime(int clock, void *time)');

  const checked = (operation: string, result: number): number => {
    if (result < 0) throw new HostError(operation, errnoName(koffi.errno()));
    return result;
  };
  const word = Buffer.alloc(4);
  const size = Buffer.alloc(4);
  const memoryInfo = Buffer.alloc(9 * 4);
  const timerValue = Buffer.alloc(32);
  const time = Buffer.alloc(TIMESPEC_SIZE);

  return {
    allocate: (length) => {
      const address = koffi.alloc('uint8_t', length) as Pointer;
      const bytes = Buffer.from(koffi.view(address, length));
      bytes.fill(0);
      return { address, bytes };
    },
    socket: (domain, type, protocol) => checked('socket', socket(domain, type, protocol) as number),
    close: (descriptor) => {
      checked('close', close(descriptor) as number);
    },
    bind: (descriptor, to) => {
      checked('bind', bind(descriptor, to, to.length) as number);
    },
    closeOnExec: (descriptor) => {
      checked('fcntl', fcntl(descriptor, F_SETFD, FD_CLOEXEC) as number);
    },
    setOption: (descriptor, level, option, value, name) => {
      if (typeof value === 'number') word.writeInt32LE(value);
      const bytes = typeof value === 'number' ? word : value;
      checked(`setsockopt ${name}`, setsockopt(descriptor, level, option, bytes, bytes.length) as number);
    },
    getOption: (descriptor, level, option) => {
      size.writeUInt32LE(word.length);
      const result = getsockopt(descriptor, level, option, word, size) as number;
      return result < 0 ? null : word.readInt32LE();
    },
    sendTo: (descriptor, bytes, to) => {
      checked('sendto', sendto(descriptor, bytes, bytes.length, MSG_DONTWAIT, to, to.length) as number);
    },
    receiveMessage: (descriptor, header) => {
      const received = recvmsg(descriptor, header, MSG_DONTWAIT) as number;
      return received < 0 ? -koffi.errno() : received;
    },
    dropped: (descriptor) => {
      size.writeUInt32LE(memoryInfo.length);
      checked('getsockopt', getsockopt(descriptor, SOL_SOCKET, SO_MEMINFO, memoryInfo, size) as number);
      return memoryInfo.readUInt32LE(SK_MEMINFO_DROPS * 4);
    },
    interfaceName: (index) => {
      const name = Buffer.alloc(IF_NAMESIZE);
      if (ifIndexToName(index, name) === null)
        throw new HostError('if_indextoname', errnoName(koffi.errno()));
      return name.toString('latin1', 0, name.indexOf(0));
    },
    setScheduler: (policy, priority) => {
      word.writeInt32LE(priority);
      checked('sched_setscheduler', schedSetScheduler(0, policy, word) as number);
    },
    scheduler: () => checked('sched_getscheduler', schedGetScheduler(0) as number),
    setNice: (nice) => {
      checked('setpriority', setpriority(0, 0, nice) as number);
    },
    alarmAfter: (microseconds) => {
      // it_interval stays zero; it_value is seconds and microseconds.
      timerValue.writeBigInt64LE(BigInt(Math.floor(microseconds / 1e6)), 16);
      timerValue.writeBigInt64LE(BigInt(microseconds % 1e6), 24);
      checked('setitimer', setitimer(0, timerValue, null) as number);
    },
    realTime: () => {
      checked('clock_gettime', clockGetTime(CLOCK_REALTIME, time) as number);
      return microsOfTimespec(time, 0);
    },
  };
}
