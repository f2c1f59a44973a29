import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ipv4Header,
  ipv6Header,
  nextIdentification,
  readIPv4Packet,
} from '../../../src/node-agent/vrrp/ip-header.js';
import type { RejectionReason } from '../../../src/node-agent/vrrp/rejection.js';
import { familyOf } from '../../../src/values/ip-address.js';
import { hexOf, octets } from '../../support/hex.js';
import { GROUP_V4, SOURCE_V4, VALID } from './vectors.js';
import { vrrpPacket } from '../../support/vrrp-packet.js';

const HEADER = '45 c0 00 20 00 01 00 00 ff 70 18 99 c0 00 02 01 e0 00 00 12';
const MESSAGE = '31 33 64 01 00 64 05 72 c0 00 02 64';

describe('the IP header in front of a known message is the known one', () => {
  for (const { name, source, destination, messages, header } of VALID) {
    test(name, () => {
      const message = octets(messages.PseudoHeader ?? '');
      const built =
        familyOf(source) === 'IPv4'
          ? ipv4Header(source, destination, message.length, 1)
          : ipv6Header(source, destination, message.length);
      // TV-4 with priority 0 and TV-4 share a header: it does not depend on the message but for its length.
      assert.equal(hexOf(built), header);
      assert.equal(hexOf(vrrpPacket(message, source, destination)), `${header} ${hexOf(message)}`);
    });
  }
});

test('the identification counts up and is never 0', () => {
  assert.equal(nextIdentification(0), 1);
  assert.equal(nextIdentification(1), 2);
  assert.equal(nextIdentification(65534), 65535);
  assert.equal(nextIdentification(65535), 1);
});

test('a packet is cut into its addresses, its TTL and the message, without a copy', () => {
  const bytes = octets(HEADER + MESSAGE);
  const packet = readIPv4Packet(bytes);
  assert.ok(packet.ok);
  assert.equal(hexOf(packet.value.source), 'c0 00 02 01');
  assert.equal(hexOf(packet.value.destination), 'e0 00 00 12');
  assert.equal(packet.value.ttl, 255);
  assert.equal(hexOf(packet.value.payload), MESSAGE);
  assert.equal(packet.value.payload.buffer, bytes.buffer);
});

test('IP options in front of the message are skipped', () => {
  const withRouterAlert = '46 c0 00 24 00 01 00 00 ff 70 00 00 c0 00 02 01 e0 00 00 12 94 04 00 00';
  const packet = readIPv4Packet(octets(withRouterAlert + MESSAGE));
  assert.ok(packet.ok);
  assert.equal(hexOf(packet.value.payload), MESSAGE);
});

describe('a packet is refused when', () => {
  const cases: Record<string, [bytes: string, problem: RejectionReason]> = {
    'it is empty': ['', 'malformedIpHeader'],
    'its header is cut off': [HEADER.slice(0, -3), 'malformedIpHeader'],
    'it is of another IP version': [HEADER.replace('45', '65') + MESSAGE, 'malformedIpHeader'],
    'its header claims fewer than 20 octets': [HEADER.replace('45', '44') + MESSAGE, 'malformedIpHeader'],
    'its header claims more octets than there are': [
      HEADER.replace('45', '4f') + MESSAGE,
      'malformedIpHeader',
    ],
    'octets are missing': [HEADER + MESSAGE.slice(0, -3), 'ipLengthDiffers'],
    'there are octets too many': [`${HEADER}${MESSAGE}00`, 'ipLengthDiffers'],
    'it is a first fragment': [HEADER.replace('00 01 00 00', '00 01 20 00') + MESSAGE, 'fragmented'],
    'it is a later fragment': [HEADER.replace('00 01 00 00', '00 01 00 01') + MESSAGE, 'fragmented'],
    'it is of another protocol': [HEADER.replace('ff 70', 'ff 11') + MESSAGE, 'wrongProtocol'],
    'it carries an authentication header': [
      HEADER.replace('ff 70', 'ff 33') + MESSAGE,
      'authenticationHeader',
    ],
  };
  for (const [title, [bytes, problem]] of Object.entries(cases))
    test(title, () => assert.deepEqual(readIPv4Packet(octets(bytes)), { ok: false, problem }));
});

test('a packet that must not be fragmented is no fragment', () => {
  const withDF = octets(HEADER.replace('00 01 00 00', '00 01 40 00') + MESSAGE);
  assert.ok(readIPv4Packet(withDF).ok);
});

test('the header checksum covers the whole header', () => {
  const header = ipv4Header(SOURCE_V4, GROUP_V4, 12, 0xffff);
  let sum = 0;
  for (let index = 0; index < header.length; index += 2)
    sum += ((header[index] ?? 0) << 8) | (header[index + 1] ?? 0);
  assert.equal((sum & 0xffff) + (sum >> 16), 0xffff);
});
