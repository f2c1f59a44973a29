import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gratuitousArp, neighbourAdvertisement } from '../../../src/node-agent/sockets/frames.js';
import { ipAddress } from '../../../src/values/ip-address.js';
import { macFromBytes, virtualRouterMac } from '../../../src/values/mac-address.js';
import { hexOf, octets } from '../../support/hex.js';

const MAC = macFromBytes(Uint8Array.of(0x02, 0, 0, 0, 0, 0x01));
const VIP = ipAddress('192.0.2.100');

void test('VRRP-060: a gratuitous ARP request names the address as sender and target, in a broadcast', () => {
  const { bytes, destination } = gratuitousArp(VIP, MAC, 'request');
  assert.equal(
    hexOf(bytes),
    hexOf(
      octets(
        `ff ff ff ff ff ff 02 00 00 00 00 01 08 06
         00 01 08 00 06 04 00 01
         02 00 00 00 00 01 c0 00 02 64
         ff ff ff ff ff ff c0 00 02 64`,
      ),
    ),
  );
  assert.equal(destination, 'ff:ff:ff:ff:ff:ff');
});

void test('the reply form differs in the operation alone', () => {
  const request = gratuitousArp(VIP, MAC, 'request').bytes;
  const reply = gratuitousArp(VIP, MAC, 'reply').bytes;
  assert.deepEqual(
    [...request.keys()].filter((at) => request[at] !== reply[at]),
    [21],
  );
  assert.equal(reply[21], 2);
});

void test('VRRP-061: an unsolicited advertisement goes to all nodes with hop limit 255, from the address itself', () => {
  const { bytes, destination } = neighbourAdvertisement(
    ipAddress('2001:db8::100'),
    virtualRouterMac(51, 'IPv6'),
    false,
  );
  assert.equal(destination, '33:33:00:00:00:01');
  assert.equal(
    hexOf(bytes),
    hexOf(
      octets(
        `33 33 00 00 00 01 00 00 5e 00 02 33 86 dd
         60 00 00 00 00 20 3a ff
         20 01 0d b8 00 00 00 00 00 00 00 00 00 00 01 00
         ff 02 00 00 00 00 00 00 00 00 00 00 00 00 00 01
         88 00 98 fa 20 00 00 00
         20 01 0d b8 00 00 00 00 00 00 00 00 00 00 01 00
         02 01 00 00 5e 00 02 33`,
      ),
    ),
  );
});

void test('VRRP-061: the R flag says whether the host forwards; O is always set and S never', () => {
  const flags = (router: boolean) => neighbourAdvertisement(ipAddress('fe80::1'), MAC, router).bytes[14 + 44];
  assert.equal(flags(true), 0xa0);
  assert.equal(flags(false), 0x20);
});

void test('the checksum of an advertisement makes the sum over pseudo-header and message all ones', () => {
  for (const last of [1, 0xff, 0xffff]) {
    const packet = neighbourAdvertisement(
      ipAddress(`2001:db8::${last.toString(16)}`),
      MAC,
      true,
    ).bytes.subarray(14);
    let sum = packet.length - 40 + 58;
    for (let at = 8; at < packet.length; at += 2) sum += ((packet[at] ?? 0) << 8) | (packet[at + 1] ?? 0);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    assert.equal(sum, 0xffff);
  }
});
