import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  Flag,
  MessageType,
  decodeAttributes,
  decodeMessages,
  encodeAttribute,
  messageSize,
  writeMessage,
  errnoOf,
} from '../../../src/node-agent/addresses/netlink-wire.js';
import {
  AddressFlag,
  type AddressMessage,
  FOREVER,
  decodeAddress,
  encodeAddress,
  encodeAddressKey,
} from '../../../src/node-agent/addresses/rtnetlink-address.js';
import { decodeLink, encodeMacvlan } from '../../../src/node-agent/addresses/rtnetlink-link.js';
import { addressFromBytes, ipAddress } from '../../../src/values/ip-address.js';
import { virtualRouterMac } from '../../../src/values/mac-address.js';
import { octets } from '../../support/hex.js';

/** RTM_NEWADDR notifications as Linux 6.18 sends them, without struct nlmsghdr. */
const KERNEL_IPV4 = octets(
  `02 20 80 00 02 00 00 00
   08 00 01 00 c0 00 02 64  08 00 02 00 c0 00 02 64  0e 00 03 00 65 74 68 30 3a 76 72 72 70 00 00 00
   05 00 0b 00 70 00 00 00  08 00 08 00 00 02 00 00
   14 00 06 00 03 00 00 00 03 00 00 00 10 27 00 00 10 27 00 00`,
);
const KERNEL_PEER = octets('02 20 80 00 05 00 00 00 08 00 01 00 0a 00 00 02 08 00 02 00 0a 00 00 01');

void test('an IPv4 address is read as the kernel reports it, with mark, label and lifetime', () => {
  assert.deepEqual(decodeAddress(Buffer.from(KERNEL_IPV4)), {
    interfaceIndex: 2,
    prefix: { address: '192.0.2.100', length: 32 },
    flags: AddressFlag.noPrefixRoute,
    scope: 0,
    label: 'eth0:vrrp',
    protocol: 112,
    preferredLifetime: 3,
    validLifetime: 3,
  });
});

void test('of a point-to-point address the local end counts', () => {
  assert.equal(decodeAddress(Buffer.from(KERNEL_PEER))?.prefix.address, '10.0.0.1');
});

void test('an address without lifetimes and flags attributes has no end and the flags of the header', () => {
  const decoded = decodeAddress(Buffer.from(KERNEL_PEER));
  assert.equal(decoded?.validLifetime, FOREVER);
  assert.equal(decoded.flags, AddressFlag.permanent);
  assert.equal(decoded.protocol, null);
});

const anyAddress = fc
  .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
  .map(addressFromBytes);
const ordinary = { noNullPrototype: true };
const anyAddressMessage: fc.Arbitrary<AddressMessage> = fc.record(
  {
    interfaceIndex: fc.integer({ min: 1, max: 0x7fff_ffff }),
    prefix: anyAddress.chain((address) =>
      fc.record(
        {
          address: fc.constant(address),
          length: fc.integer({ min: 0, max: address.includes(':') ? 128 : 32 }),
        },
        ordinary,
      ),
    ),
    flags: fc.integer({ min: 0, max: 0xffff_ffff }),
    scope: fc.constant(0),
    label: fc.option(fc.constantFrom('eth0', 'eth0:vrrp')),
    protocol: fc.option(fc.integer({ min: 0, max: 255 })),
    validLifetime: fc.integer({ min: 1, max: FOREVER }),
    preferredLifetime: fc.integer({ min: 0, max: FOREVER }),
  },
  ordinary,
);

void test('an address that is written and read again is the same', () => {
  fc.assert(
    fc.property(anyAddressMessage, (message) => {
      assert.deepEqual(decodeAddress(encodeAddress(message)), message);
    }),
  );
});

void test('the key of an address names interface, address and length', () => {
  const prefix = { address: ipAddress('2001:db8::7'), length: 64 };
  const decoded = decodeAddress(encodeAddressKey(9, prefix));
  assert.equal(decoded?.interfaceIndex, 9);
  assert.deepEqual(decoded.prefix, prefix);
});

void test('a macvlan is asked for in private mode, with its name, its MAC and the interface below', () => {
  const body = encodeMacvlan({ name: 'vrrp4.51', parentIndex: 2, mac: virtualRouterMac(51, 'IPv4') });
  const link = decodeLink(body);
  assert.equal(link?.name, 'vrrp4.51');
  assert.equal(link.mac, '00:00:5e:00:01:33');
  assert.equal(link.kind, 'macvlan');
  assert.equal(link.parentIndex, 2);
  const info = decodeAttributes(decodeAttributes(body.subarray(16)).get(18) ?? Buffer.alloc(0));
  const mode = decodeAttributes(info.get(2) ?? Buffer.alloc(0)).get(1);
  assert.equal(mode?.readUInt32LE(), 1);
});

void test('a message about a bridge port is not about an interface of that state', () => {
  const body = Buffer.concat([Buffer.alloc(16), encodeAttribute(3, Buffer.from('eth0\0'))]);
  body.writeUInt8(7, 0);
  assert.equal(decodeLink(body), null);
  body.writeUInt8(0, 0);
  assert.equal(decodeLink(body)?.name, 'eth0');
});

/** On memory that something else was in before. */
function encoded(type: number, flags: number, sequence: number, body: Uint8Array): Buffer {
  const memory = Buffer.alloc(messageSize(body), 0xff);
  assert.equal(writeMessage(memory, 0, { type, flags, sequence, body }), memory.length);
  return memory;
}

void test('a message is written whole, with padding, wherever it is to be', () => {
  const memory = Buffer.alloc(40, 0xff);
  const end = writeMessage(memory, 4, {
    type: 20,
    flags: 5,
    sequence: 7,
    body: Uint8Array.of(1, 2, 3, 4, 5),
  });
  assert.equal(end, 28);
  assert.equal(
    memory.toString('hex'),
    [
      'ffffffff',
      '15000000',
      '1400',
      '0500',
      '07000000',
      '00000000',
      '0102030405000000',
      'ff'.repeat(12),
    ].join(''),
  );
});

void test('the messages of a datagram are read one after the other, and what is cut short ends them', () => {
  const first = encoded(MessageType.newAddress, Flag.multi, 7, KERNEL_PEER);
  const second = encoded(MessageType.done, Flag.multi, 7, Buffer.alloc(4));
  const both = decodeMessages(Buffer.concat([first, second]));
  assert.deepEqual(
    both.map(({ type, sequence }) => ({ type, sequence })),
    [
      { type: MessageType.newAddress, sequence: 7 },
      { type: MessageType.done, sequence: 7 },
    ],
  );
  assert.equal(decodeMessages(Buffer.concat([first, second.subarray(0, 18)])).length, 1);
});

void test('an acknowledgement has errno 0, a refusal a positive one', () => {
  const answer = (errno: number) => {
    const body = Buffer.alloc(4);
    body.writeInt32LE(-errno);
    const [message] = decodeMessages(encoded(MessageType.error, 0, 1, body));
    assert.ok(message);
    return errnoOf(message);
  };
  assert.equal(answer(0), 0);
  assert.equal(answer(17), 17);
});

void test('no bytes whatever make a decoder throw', () => {
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    // Close to the truth: a real message with a few octets changed.
    fc
      .tuple(fc.constantFrom(KERNEL_IPV4, KERNEL_PEER), fc.array(fc.tuple(fc.nat(90), fc.nat(255))))
      .map(([bytes, changes]) => {
        const changed = Uint8Array.from(bytes);
        for (const [at, value] of changes) if (at < changed.length) changed[at] = value;
        return changed;
      }),
  );
  fc.assert(
    fc.property(garbage, (bytes) => {
      const buffer = Buffer.from(bytes);
      decodeAddress(buffer);
      decodeLink(buffer);
      decodeAttributes(buffer);
      for (const message of decodeMessages(buffer)) errnoOf(message);
    }),
    { numRuns: 2_000 },
  );
});
