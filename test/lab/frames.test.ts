import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ipPacket, vrrpMessage } from '../../lab/frames.js';

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1 ');

/** Known messages of keepalived; what the laboratory injects must be as right as it claims to be. */
describe('frames that tests inject', () => {
  const vectors = [
    {
      name: 'VRRPv2 without authentication',
      message: vrrpMessage({ priority: 100 }, '192.0.2.1', '224.0.0.18'),
      is: '21 33 64 01 00 01 b8 65 c0 00 02 64 00 00 00 00 00 00 00 00',
    },
    {
      name: 'VRRPv2 with a password',
      message: vrrpMessage(
        { priority: 150, authentication: { type: 1, data: 'secret' } },
        '192.0.2.1',
        '224.0.0.18',
      ),
      is: '21 33 96 01 01 01 49 19 c0 00 02 64 73 65 63 72 65 74 00 00',
    },
    {
      name: 'VRRPv3 over IPv4 with the pseudo-header',
      message: vrrpMessage({ version: 3, priority: 100 }, '192.0.2.1', '224.0.0.18'),
      is: '31 33 64 01 00 64 05 72 c0 00 02 64',
    },
    {
      name: 'VRRPv3 over IPv4 without the pseudo-header',
      message: vrrpMessage({ version: 3, priority: 100, form: 'N' }, '192.0.2.1', '224.0.0.18'),
      is: '31 33 64 01 00 64 a8 02 c0 00 02 64',
    },
    {
      name: 'VRRPv3 over IPv6',
      message: vrrpMessage(
        { version: 3, priority: 100, addresses: ['fe80::5e00:233', '2001:db8::100'] },
        'fe80::1',
        'ff02::12',
      ),
      is:
        '31 33 64 02 00 64 de c9 fe 80 00 00 00 00 00 00 00 00 00 00 5e 00 02 33 ' +
        '20 01 0d b8 00 00 00 00 00 00 00 00 00 00 01 00',
    },
    {
      name: 'an interval of 0',
      message: vrrpMessage({ version: 3, priority: 200, interval: 0 }, '192.0.2.1', '224.0.0.18'),
      is: '31 33 c8 01 00 00 a1 d5 c0 00 02 64',
    },
    {
      name: 'reserved bits that are set',
      message: vrrpMessage({ version: 3, priority: 100, reserved: 15 }, '192.0.2.1', '224.0.0.18'),
      is: '31 33 64 01 f0 64 15 71 c0 00 02 64',
    },
    {
      name: 'another type',
      message: vrrpMessage({ priority: 200, type: 2 }, '192.0.2.1', '224.0.0.18'),
      is: '22 33 c8 01 00 01 53 65 c0 00 02 64 00 00 00 00 00 00 00 00',
    },
    {
      name: 'a count that is not the number of addresses',
      message: vrrpMessage({ version: 3, priority: 200, count: 2 }, '192.0.2.1', '224.0.0.18'),
      is: '31 33 c8 02 00 64 a1 70 c0 00 02 64',
    },
    {
      name: 'no address',
      message: vrrpMessage({ priority: 200, addresses: [] }, '192.0.2.1', '224.0.0.18'),
      is: '21 33 c8 00 00 01 16 cb 00 00 00 00 00 00 00 00',
    },
    {
      name: 'a wrong checksum',
      message: vrrpMessage({ priority: 100, checksum: 0x1234 }, '192.0.2.1', '224.0.0.18'),
      is: '21 33 64 01 00 01 12 34 c0 00 02 64 00 00 00 00 00 00 00 00',
    },
  ];
  for (const { name, message, is } of vectors)
    it(`has the octets of ${name}`, () => {
      assert.equal(hex(message), is);
    });

  it('puts an IPv4 header with the right checksum in front', () => {
    const packet = ipPacket('192.0.2.1', '224.0.0.18', new Uint8Array(20));
    assert.equal(hex(packet.subarray(0, 20)), '45 c0 00 28 00 01 00 00 ff 70 18 91 c0 00 02 01 e0 00 00 12');
  });

  it('puts an IPv6 header in front', () => {
    const packet = ipPacket('fe80::1', 'ff02::12', new Uint8Array(40));
    assert.equal(hex(packet.subarray(0, 8)), '6c 00 00 00 00 28 70 ff');
  });
});
