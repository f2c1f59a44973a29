import koffi from 'koffi';

/*
 * The few system calls that the laboratory makes itself. Everything here is synchronous and acts on the calling
 * thread alone, which is what makes `inNamespace` possible.
 */

const libc = koffi.load('libc.so.6');
const cOpen = libc.func('int open(const char *path, int flags)');
const cClose = libc.func('int close(int fd)');
const cSetns = libc.func('int setns(int fd, int type)');
const cSocket = libc.func('int socket(int domain, int type, int protocol)');
const cSend = libc.func(
  'intptr_t sendto(int fd, const void *data, size_t size, int flags, const void *to, uint32_t length)',
);
const cBind = libc.func('int bind(int fd, const void *address, uint32_t length)');
const cSetsockopt = libc.func(
  'int setsockopt(int fd, int level, int name, const void *value, uint32_t length)',
);
const cIndex = libc.func('uint32_t if_nametoindex(const char *name)');
const cFlock = libc.func('int flock(int fd, int operation)');
const cScheduler = libc.func('int sched_setscheduler(int pid, int policy, const void *parameter)');
const cAffinity = libc.func('int sched_setaffinity(int pid, size_t size, const void *mask)');
const cClock = libc.func('int clock_gettime(int clock, _Out_ void *time)');

const CLOCK_REALTIME = 0;
const SCHED_RR = 2;
const LOCK_EX_NB = 2 | 4;
const CLONE_NEWNET = 0x40000000;
const O_RDONLY_CLOEXEC = 0o2000000;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_PACKET = 17;

/** A file descriptor. */
export type Descriptor = number;

/** CLOCK_REALTIME in milliseconds since the epoch, with microseconds: the clock of packet captures and `ip monitor -ts`. */
export function wallClock(): number {
  const time = new BigInt64Array(2);
  check('clock_gettime', cClock(CLOCK_REALTIME, time) as number);
  const [seconds = 0n, nanoseconds = 0n] = time;
  return Number(seconds) * 1000 + Number(nanoseconds) / 1e6;
}

/**
 * Runs `action` with the calling thread inside the named network namespace and goes back. A socket made there stays
 * there. `action` must be synchronous: whatever it postpones happens outside.
 */
export function inNamespace<Value>(name: string, action: () => Value): Value {
  const home = open('/proc/thread-self/ns/net');
  try {
    enterNamespace(name);
    try {
      return action();
    } finally {
      check('setns', cSetns(home, CLONE_NEWNET) as number);
    }
  } finally {
    close(home);
  }
}

/** Moves the calling thread into the named network namespace for good. */
export function enterNamespace(name: string): void {
  const target = open(`/run/netns/${name}`);
  try {
    check(`setns ${name}`, cSetns(target, CLONE_NEWNET) as number);
  } finally {
    close(target);
  }
}

/** An AF_PACKET socket that sends whole Ethernet frames out of `device` and receives nothing. */
export function openFrameSocket(device: string): Descriptor {
  const index = cIndex(device) as number;
  if (index === 0) throw new Error(`no interface ${device}`);
  const fd = check('socket(AF_PACKET)', cSocket(AF_PACKET, SOCK_RAW_CLOEXEC, 0) as number);
  const address = Buffer.alloc(20);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeInt32LE(index, 4);
  check(`bind ${device}`, cBind(fd, address, address.length) as number);
  return fd;
}

/** A raw ICMP or ICMPv6 socket that sends only. */
export function openEchoSocket(family: 'IPv4' | 'IPv6'): Descriptor {
  const [domain, protocol, level] = family === 'IPv4' ? [AF_INET, 1, 255] : [AF_INET6, 58, 58];
  const fd = check('socket(ICMP)', cSocket(domain, SOCK_RAW_CLOEXEC, protocol) as number);
  // ICMP_FILTER and ICMP6_FILTER are both option 1, and a set bit blocks that type.
  const blockAll = Buffer.alloc(family === 'IPv4' ? 4 : 32, 0xff);
  check('setsockopt(ICMP_FILTER)', cSetsockopt(fd, level, 1, blockAll, blockAll.length) as number);
  return fd;
}

/** The `sockaddr` of a host, to be used with {@link send}. */
export function socketAddress(family: 'IPv4' | 'IPv6', octets: Uint8Array): Buffer {
  const address = Buffer.alloc(family === 'IPv4' ? 16 : 28);
  address.writeUInt16LE(family === 'IPv4' ? AF_INET : AF_INET6, 0);
  address.set(octets, family === 'IPv4' ? 4 : 8);
  return address;
}

/** Sends one datagram; false when the kernel refuses it (no buffer, no route, link down). */
export function send(fd: Descriptor, data: Uint8Array, to: Uint8Array | null): boolean {
  return (cSend(fd, data, data.length, 0, to, to?.length ?? 0) as number) >= 0;
}

/**
 * Gives the calling thread a real-time priority, so that a busy machine does not delay it. Returns whether the host allows it.
 */
export function favourThread(priority: number): boolean {
  const parameter = Buffer.alloc(4);
  parameter.writeInt32LE(priority, 0);
  return (cScheduler(0, SCHED_RR, parameter) as number) === 0;
}

/** Ties the calling thread to one processor, counted from zero. Returns whether this process may run there. */
export function tieThread(processor: number): boolean {
  const mask = Buffer.alloc(128);
  mask.writeUInt8(1 << (processor % 8), Math.floor(processor / 8));
  return (cAffinity(0, mask.length, mask) as number) === 0;
}

/** Locks an open file against other processes and other openings of it; false: it is locked. Closing it unlocks. */
export const tryLock = (fd: Descriptor): boolean => (cFlock(fd, LOCK_EX_NB) as number) === 0;

export function close(fd: Descriptor): void {
  cClose(fd);
}

function open(path: string): Descriptor {
  return check(`open ${path}`, cOpen(path, O_RDONLY_CLOEXEC) as number);
}

function check(operation: string, result: number): number {
  if (result < 0) throw new Error(`${operation}: errno ${String(koffi.errno())}`);
  return result;
}
