import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Advert } from '../../../src/node-agent/vrrp/advert.js';
import { decodeMessage, encodeAdvert, passwordOctets } from '../../../src/node-agent/vrrp/packet.js';
import { type Verdict, openDatagram, receiveAdvert } from '../../../src/node-agent/vrrp/receive.js';
import { REJECTIONS } from '../../../src/node-agent/vrrp/rejection.js';
import { type IpAddress, addressFromBytes, ipAddress } from '../../../src/values/ip-address.js';
import { fromCentiseconds, fromSeconds } from '../../../src/values/time.js';
import { hexOf } from '../../support/hex.js';
import { routerConfig } from '../../support/router-config.js';
import { GROUP_V4, GROUP_V6, SOURCE_V4 } from './vectors.js';
import { vrrpPacket } from '../../support/vrrp-packet.js';

const bytes = (size: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: size, maxLength: size });
const addressV4 = bytes(4).map(addressFromBytes);
const addressV6 = bytes(16).map(addressFromBytes);
const unicastV4 = fc
  .tuple(fc.integer({ min: 1, max: 223 }), bytes(3))
  .map(([first, rest]) => addressFromBytes(Uint8Array.of(first, ...rest)));

const version = fc.constantFrom(2 as const, 3 as const);
const list = (address: fc.Arbitrary<IpAddress>): fc.Arbitrary<IpAddress[]> =>
  fc.array(address, { minLength: 1, maxLength: 20 });

const advertOf = (
  versions: fc.Arbitrary<2 | 3>,
  addresses: fc.Arbitrary<IpAddress[]>,
): fc.Arbitrary<Advert> =>
  versions.chain((v) =>
    fc.record<Advert>({
      version: fc.constant(v),
      vrid: fc.integer({ min: 1, max: 255 }),
      priority: fc.integer({ min: 0, max: 255 }),
      interval:
        v === 2
          ? fc.integer({ min: 1, max: 255 }).map(fromSeconds)
          : fc.integer({ min: 1, max: 4095 }).map(fromCentiseconds),
      addresses,
    }),
  );

const seal = fc.record({
  authentication: fc.oneof(
    fc.constant({ type: 'None' } as const),
    fc.record({ type: fc.constant('Password' as const), password: fc.string({ minLength: 1 }) }),
  ),
  checksum: fc.constantFrom('PseudoHeader' as const, 'MessageOnly' as const),
});

const sent = fc.oneof(
  fc.record({
    advert: advertOf(version, list(addressV4)),
    seal,
    source: unicastV4,
    destination: fc.oneof(fc.constant(GROUP_V4), unicastV4),
  }),
  fc.record({
    advert: advertOf(fc.constant(3), list(addressV6)),
    seal,
    source: addressV6,
    destination: fc.oneof(fc.constant(GROUP_V6), addressV6),
  }),
);

test('decoding what was encoded gives the same advert, in every version, family and checksum form', () => {
  fc.assert(
    fc.property(sent, ({ advert, seal: { authentication, checksum }, source, destination }) => {
      const message = encodeAdvert(advert, { authentication, checksum }, source, destination);
      const decoded = decodeMessage(message, advert.version, source, destination, checksum);
      assert.ok(decoded.ok);
      const { authentication: received, checksumForm, ...fields } = decoded.value;
      assert.deepEqual(fields, { ...advert });
      assert.equal(checksumForm, advert.version === 3 && source.includes('.') ? checksum : null);
      if (received !== null) {
        const password = authentication.type === 'Password' ? authentication.password : '';
        assert.equal(received.type, authentication.type === 'Password' ? 1 : 0);
        assert.equal(hexOf(received.data), hexOf(passwordOctets(password)));
      }
    }),
  );
});

test('encoding what was decoded gives the same octets', () => {
  fc.assert(
    fc.property(sent, ({ advert, seal: how, source, destination }) => {
      const message = encodeAdvert(advert, how, source, destination);
      const decoded = decodeMessage(message, advert.version, source, destination, how.checksum);
      assert.ok(decoded.ok);
      assert.deepEqual(encodeAdvert(decoded.value, how, source, destination), message);
    }),
  );
});

test('a message with any one bit flipped is rejected, or is right in another checksum form', () => {
  fc.assert(
    fc.property(sent, fc.nat(), ({ advert, seal: how, source, destination }, position) => {
      const message = encodeAdvert(advert, how, source, destination);
      const bit = position % (message.length * 8);
      message[bit >> 3] = (message[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const decoded = decodeMessage(message, advert.version, source, destination, how.checksum);
      if (decoded.ok) assert.notEqual(decoded.value.checksumForm ?? how.checksum, how.checksum);
      else assert.ok(decoded.problem in REJECTIONS);
    }),
    { numRuns: 500 },
  );
});

const multicastRouters = fc.record({
  version,
  strictOwner: fc.boolean(),
  strictFirstAddress: fc.boolean(),
  basePriority: fc.constantFrom(100, 255),
  authentication: seal.map(({ authentication }) => authentication),
});

const hopLimit = fc.option(fc.integer({ min: 0, max: 255 }));
const datagram = fc.oneof(
  // Anything at all, and messages that get past the first checks.
  fc.record({
    bytes: fc.uint8Array({ maxLength: 1500 }),
    family: fc.constantFrom('IPv4' as const, 'IPv6' as const),
    source: fc.option(addressV6),
    destination: fc.option(fc.constant(GROUP_V6)),
    hopLimit,
  }),
  fc.tuple(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(0x21, 0x31)).map(([message, first]) => {
    message.set([first, 51, 100, 1].slice(0, message.length));
    return {
      bytes: vrrpPacket(message, SOURCE_V4, GROUP_V4),
      family: 'IPv4' as const,
      source: null,
      destination: null,
      hopLimit: null,
    };
  }),
  fc.tuple(sent, hopLimit).map(([{ advert, seal: how, source, destination }, hops]) => {
    const message = encodeAdvert({ ...advert, vrid: 51 }, how, source, destination);
    return source.includes(':')
      ? { bytes: message, family: 'IPv6' as const, source, destination, hopLimit: hops }
      : {
          bytes: vrrpPacket(message, source, destination),
          family: 'IPv4' as const,
          source: null,
          destination: null,
          hopLimit: null,
        };
  }),
);

test('any datagram is an advert or a rejection with a name, and nothing throws', () => {
  fc.assert(
    fc.property(datagram, multicastRouters, (received, different) => {
      const config =
        received.family === 'IPv4'
          ? routerConfig(different)
          : routerConfig({
              ...different,
              version: 3,
              family: 'IPv6',
              addresses: [ipAddress('2001:db8::100')],
            });
      const arrival = openDatagram(received);
      const verdict: Verdict =
        arrival.rejected === undefined ? receiveAdvert(config, SOURCE_V4, arrival) : arrival;
      if (verdict.rejected !== undefined) {
        assert.ok(verdict.rejected in REJECTIONS);
        return;
      }
      const { accepted } = verdict;
      assert.equal(accepted.vrid, 51);
      assert.equal(accepted.version, config.version);
      assert.ok(accepted.interval > 0);
      assert.ok(accepted.addresses.length > 0);
    }),
    { numRuns: 1000 },
  );
});
