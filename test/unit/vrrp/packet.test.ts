import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Advert } from '../../../src/node-agent/vrrp/advert.js';
import type { ReceivedChecksumForm } from '../../../src/node-agent/vrrp/checksum.js';
import {
  decodeMessage,
  encodeAdvert,
  ownAdvert,
  passwordOctets,
  peekVrid,
} from '../../../src/node-agent/vrrp/packet.js';
import { ipAddress } from '../../../src/values/ip-address.js';
import { fromCentiseconds, fromMillis, fromSeconds, micros } from '../../../src/values/time.js';
import { hexOf, octets } from '../../support/hex.js';
import { routerConfig } from '../../support/router-config.js';
import { DEFECTIVE, GROUP_V4, SOURCE_V4, SOURCE_V6, VALID, VIP } from './vectors.js';

const PLAIN = { authentication: { type: 'None' }, checksum: 'PseudoHeader' } as const;
const ADVERT: Advert = {
  version: 3,
  vrid: 51,
  priority: 100,
  interval: fromSeconds(1),
  addresses: [VIP],
};

describe('encoding gives exactly the known bytes', () => {
  for (const { name, advert, authentication, source, destination, messages } of VALID) {
    for (const checksum of ['PseudoHeader', 'MessageOnly'] as const) {
      const expected = messages[checksum];
      if (expected === undefined) continue;
      test(`${name}, checksum form ${checksum}`, () => {
        assert.equal(
          hexOf(encodeAdvert(advert, { authentication, checksum }, source, destination)),
          expected,
        );
      });
    }
  }
});

describe('decoding the known bytes gives the advert and the form of its checksum', () => {
  for (const { name, advert, source, destination, messages } of VALID) {
    for (const [form, message] of Object.entries(messages)) {
      test(`${name}, checksum form ${form}`, () => {
        const decoded = decodeMessage(octets(message), advert.version, source, destination);
        assert.ok(decoded.ok);
        const { authentication, checksumForm, ...fields } = decoded.value;
        assert.deepEqual(fields, advert);
        const manyForms = advert.version === 3 && source === SOURCE_V4;
        assert.equal(checksumForm, manyForms ? (form as ReceivedChecksumForm) : null);
        assert.equal(authentication === null, advert.version === 3);
      });
    }
  }
});

test('the structure and the checksum of each defective vector are judged as such', () => {
  const structural = DEFECTIVE.filter(({ name }) => /^NV-[34589] /.test(name));
  assert.equal(structural.length, 5);
  for (const { name, message, source, destination, config, verdict } of structural)
    assert.deepEqual(
      decodeMessage(octets(message), config.version ?? 3, source, destination),
      { ok: false, problem: verdict },
      name,
    );
});

test('a message says what its router is configured with, at the priority asked for', () => {
  const config = routerConfig({ vrid: 7, version: 2, addresses: [VIP, ipAddress('198.51.100.7')] });
  assert.deepEqual(ownAdvert(config, 0), {
    version: 2,
    vrid: 7,
    priority: 0,
    interval: fromSeconds(1),
    addresses: [VIP, ipAddress('198.51.100.7')],
  });
});

test('a password is sent in UTF-8, filled up with zeros or cut to eight octets', () => {
  assert.equal(hexOf(passwordOctets('pass')), '70 61 73 73 00 00 00 00');
  assert.equal(hexOf(passwordOctets('12345678')), '31 32 33 34 35 36 37 38');
  assert.equal(hexOf(passwordOctets('123456789')), '31 32 33 34 35 36 37 38');
  assert.equal(hexOf(passwordOctets('schlüssel')), '73 63 68 6c c3 bc 73 73');
});

test('the VRID is read before anything is checked, from everything long enough to have a header', () => {
  assert.equal(peekVrid(octets('ff 33 00 00 00 00 00 00')), 0x33);
  assert.equal(peekVrid(octets('31 33 64 01 00 64 05')), null);
  assert.equal(peekVrid(new Uint8Array()), null);
});

test('VRRPv2 does not exist over IPv6', () => {
  const message = octets('21 33 64 01 00 01 b8 65 c0 00 02 64 00 00 00 00 00 00 00 00');
  assert.deepEqual(decodeMessage(message, 2, SOURCE_V6, ipAddress('ff02::12')), {
    ok: false,
    problem: 'versionDiffers',
  });
});

test('28 octets too many are pointed out as the HMAC of keepalived, other lengths as wrong', () => {
  const message = octets('31 33 64 01 00 64 05 72 c0 00 02 64');
  const longerBy = (surplus: number): unknown => {
    const longer = new Uint8Array(message.length + surplus);
    longer.set(message);
    return decodeMessage(longer, 3, SOURCE_V4, GROUP_V4);
  };
  assert.deepEqual(longerBy(28), { ok: false, problem: 'hmacTrailer' });
  assert.deepEqual(longerBy(27), { ok: false, problem: 'lengthDiffers' });
  assert.deepEqual(longerBy(4), { ok: false, problem: 'lengthDiffers' });
});

test('where both forms of checksum are the same one, the one that is expected is heard', () => {
  // The pseudo-header of these addresses and this length sums up to 0xffff.
  const source = ipAddress('10.1.21.112');
  const message = encodeAdvert(ADVERT, PLAIN, source, GROUP_V4);
  assert.deepEqual(message, encodeAdvert(ADVERT, { ...PLAIN, checksum: 'MessageOnly' }, source, GROUP_V4));
  for (const form of ['PseudoHeader', 'MessageOnly'] as const) {
    const decoded = decodeMessage(message, 3, source, GROUP_V4, form);
    assert.equal(decoded.ok && decoded.value.checksumForm, form);
  }
});

test('what an advert cannot say is an error of ours', () => {
  const encode = (different: Partial<Advert>) => () =>
    encodeAdvert({ ...ADVERT, ...different }, PLAIN, SOURCE_V4, GROUP_V4);
  assert.throws(encode({ addresses: [] }), /cannot advertise 0 addresses/);
  assert.throws(encode({ addresses: Array<typeof VIP>(256).fill(VIP) }), /cannot advertise 256 addresses/);
  assert.throws(
    encode({ addresses: [ipAddress('2001:db8::1')] }),
    /cannot advertise 2001:db8::1 from 192.0.2.1/,
  );
  assert.throws(encode({ interval: micros(0) }), /not 1 to 4095 VRRPv3 centiseconds/);
  assert.throws(encode({ interval: fromCentiseconds(4096) }), /not 1 to 4095 VRRPv3 centiseconds/);
  assert.throws(encode({ version: 2, interval: fromMillis(100) }), /not 1 to 255 VRRPv2 seconds/);
  assert.throws(encode({ version: 2, interval: fromSeconds(256) }), /not 1 to 255 VRRPv2 seconds/);
  assert.doesNotThrow(encode({ version: 2, interval: fromSeconds(255) }));
  assert.doesNotThrow(encode({ interval: fromCentiseconds(1) }));
});
