import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import fc from 'fast-check';
import { controlData, createDatagramReader } from '../../../src/node-agent/sockets/datagram-reader.js';
import { errnoName } from '../../../src/node-agent/sockets/libc.js';
import { fakeLibc } from '../../support/fake-libc.js';
import { octets } from '../../support/hex.js';

/** What Linux puts behind an IPv6 datagram: a hop limit of 255, and ff02::12 as the destination on interface 2. */
const CONTROL = Buffer.from(
  octets(
    `24 00 00 00 00 00 00 00 29 00 00 00 32 00 00 00
     ff 02 00 00 00 00 00 00 00 00 00 00 00 00 00 12 02 00 00 00 00 00 00 00
     14 00 00 00 00 00 00 00 29 00 00 00 34 00 00 00 ff 00 00 00`,
  ),
);

/** A time stamp of 5 s and 250 µs. */
const STAMP = Buffer.from(
  octets(
    `20 00 00 00 00 00 00 00 01 00 00 00 23 00 00 00
     05 00 00 00 00 00 00 00 90 d0 03 00 00 00 00 00`,
  ),
);

/**
 * A reader whose socket gives these results one after the other: octets, or minus an errno; with the same control data each, read at
 * `now` (µs).
 */
function readerOf(results: readonly (Uint8Array | number)[], control: Buffer = Buffer.alloc(0), now = 0) {
  const memory = Buffer.alloc(16_384);
  const left = [...results];
  return createDatagramReader(
    fakeLibc({
      allocate: () => ({ address: 0n, bytes: memory }),
      realTime: () => now,
      receiveMessage: () => {
        const next = left.shift() ?? -constants.errno.EAGAIN;
        if (typeof next === 'number') return next;
        // Where iov_base points to.
        memory.set(next, Number(memory.readBigUInt64LE(56)));
        // Where msg_control points to, and how much is there.
        memory.set(control, Number(memory.readBigUInt64LE(32)));
        memory.writeUInt32LE(control.length, 40);
        return next.length;
      },
    }),
  );
}

void test('destination and hop limit are read from the control data', () => {
  assert.deepEqual(controlData(CONTROL), { destination: 'ff02::12', hopLimit: 255 });
});

void test('control data of any other kind tells nothing and does no harm', () => {
  assert.deepEqual(controlData(Buffer.alloc(0)), { destination: null, hopLimit: null });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 128 }), (bytes) => {
      controlData(Buffer.from(bytes));
    }),
  );
});

void test('datagrams are read one after the other, each in its own length', () => {
  const reader = readerOf([Uint8Array.of(1, 2, 3), Uint8Array.of(9), Uint8Array.of(8)]);
  assert.deepEqual(reader.read(7, 'IPv4', 2)?.bytes, Uint8Array.of(1, 2, 3));
  assert.deepEqual(reader.read(7, 'IPv4', 2)?.bytes, Uint8Array.of(9));
  assert.deepEqual(reader.read(7, 'IPv4', 2)?.bytes, Uint8Array.of(8));
  assert.equal(reader.read(7, 'IPv4', 2), null);
});

void test('the time stamp of the kernel tells how long a datagram has waited, unless there is none, or one of the future', () => {
  const waited = (control: Buffer, now: number): number => {
    const reader = readerOf([Uint8Array.of(1)], control, now);
    reader.read(7, 'IPv4', 2);
    return reader.waited();
  };
  assert.equal(waited(STAMP, 5_000_250), 0);
  assert.equal(waited(STAMP, 5_040_250), 40_000);
  assert.equal(waited(STAMP, 4_000_000), 0);
  assert.equal(waited(Buffer.alloc(0), 5_040_250), 0);
  assert.equal(waited(CONTROL, 5_040_250), 0);
});

void test('errors about the network are skipped, the datagrams behind them are read', () => {
  const reader = readerOf([-constants.errno.ENETDOWN, -constants.errno.EHOSTUNREACH, Uint8Array.of(1)]);
  assert.deepEqual(reader.read(7, 'IPv4', 2)?.bytes, Uint8Array.of(1));
});

void test('an error about the socket itself is thrown', () => {
  const reader = readerOf([-constants.errno.EBADF]);
  assert.throws(() => reader.read(7, 'IPv4', 2), { name: 'HostError', code: 'EBADF' });
});

void test('errnos have their names, also those that Node does not know', () => {
  assert.equal(errnoName(11), 'EAGAIN');
  assert.equal(errnoName(100), 'ENETDOWN');
  assert.equal(errnoName(108), 'ESHUTDOWN');
  assert.equal(errnoName(4_000), 'errno 4000');
});
