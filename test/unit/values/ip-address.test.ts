import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  addressFromBytes,
  bytesOf,
  ipAddress,
  isLinkLocal,
  isMulticast,
} from '../../../src/values/ip-address.js';

/** Any address, and more often than by chance one whose first octets mean something, or of which only few are not zero. */
const octet = fc.oneof(fc.constantFrom(0, 223, 224, 239, 240, 0xfe, 0xff, 0x80, 0xbf, 0xc0), fc.nat(255));
const octets = fc
  .constantFrom(4, 16)
  .chain((size) => fc.array(octet, { minLength: size, maxLength: size }))
  .map((bytes) => Uint8Array.from(bytes));

describe('an IP address', () => {
  it('has the octets that it was made of, in the one text for them', () => {
    fc.assert(
      fc.property(octets, (bytes) => {
        const address = addressFromBytes(bytes);
        assert.deepEqual(bytesOf(address), bytes);
        assert.equal(ipAddress(address), address);
      }),
    );
  });

  it('tells by its text what its first octets say', () => {
    fc.assert(
      fc.property(octets, (bytes) => {
        const address = addressFromBytes(bytes);
        const [first = 0, second = 0] = bytes;
        const isIPv4 = bytes.length === 4;
        assert.equal(isMulticast(address), isIPv4 ? first >= 224 && first < 240 : first === 0xff);
        assert.equal(isLinkLocal(address), !isIPv4 && first === 0xfe && second >= 0x80 && second < 0xc0);
      }),
    );
  });

  it('is not taken for multicast when its text merely begins like one', () => {
    for (const text of ['ff::1', 'f::', '::ffff:1', 'fe8::', '22.4.0.1'])
      assert.deepEqual([isMulticast(ipAddress(text)), isLinkLocal(ipAddress(text))], [false, false], text);
  });
});
