import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Advert } from '../../../src/node-agent/vrrp/advert.js';
import type { Cast, RouterConfig } from '../../../src/node-agent/vrrp/config.js';
import { encodeAdvert, ownAdvert } from '../../../src/node-agent/vrrp/packet.js';
import {
  type Accepted,
  type ReceivedDatagram,
  type Remark,
  type Verdict,
  openDatagram,
  receiveAdvert,
} from '../../../src/node-agent/vrrp/receive.js';
import { REJECTIONS, type RejectionReason } from '../../../src/node-agent/vrrp/rejection.js';
import { type IpAddress, familyOf, ipAddress } from '../../../src/values/ip-address.js';
import { fromSeconds } from '../../../src/values/time.js';
import { octets } from '../../support/hex.js';
import { routerConfig } from '../../support/router-config.js';
import { DEFECTIVE, GROUP_V4, GROUP_V6, SOURCE_V4, SOURCE_V6, VALID, VIP } from './vectors.js';
import { vrrpPacket } from '../../support/vrrp-packet.js';

const OWN_V4 = ipAddress('192.0.2.9');
const OWN_V6 = ipAddress('fe80::9');
const PEER = ipAddress('192.0.2.1');
const UNICAST: Cast = { mode: 'Unicast', peers: [PEER], hopLimit: { min: 255, max: 255 } };

/** What the socket hands over when `message` arrives. */
function datagram(
  message: Uint8Array,
  { source = SOURCE_V4, destination = GROUP_V4, hopLimit = 255 }: Partial<Way> = {},
): ReceivedDatagram {
  if (familyOf(source) === 'IPv6') return { bytes: message, family: 'IPv6', source, destination, hopLimit };
  const bytes = vrrpPacket(message, source, destination);
  bytes[8] = hopLimit;
  return { bytes, family: 'IPv4', source: null, destination: null, hopLimit: null };
}
type Way = Readonly<{ source: IpAddress; destination: IpAddress; hopLimit: number }>;

function judge(config: RouterConfig, received: ReceivedDatagram, own?: IpAddress): Verdict {
  const arrival = openDatagram(received);
  if (arrival.rejected !== undefined) return arrival;
  return receiveAdvert(config, own ?? (config.family === 'IPv4' ? OWN_V4 : OWN_V6), arrival);
}

/** The verdict of a router configured as `config` on what one configured as `sender` sends. */
function hears(config: RouterConfig, sender: RouterConfig, way: Partial<Way> = {}, own?: IpAddress): Verdict {
  const { source = config.family === 'IPv4' ? SOURCE_V4 : SOURCE_V6 } = way;
  const { destination = config.family === 'IPv4' ? GROUP_V4 : GROUP_V6 } = way;
  const message = encodeAdvert(ownAdvert(sender, sender.basePriority), sender, source, destination);
  return judge(config, datagram(message, { ...way, source, destination }), own);
}

function assertRejected(verdict: Verdict, reason: RejectionReason): void {
  assert.equal(verdict.rejected, reason);
}

function accepted(verdict: Verdict): Accepted {
  assert.equal(verdict.rejected, undefined);
  return verdict;
}

function assertAccepted(verdict: Verdict, ...remarks: readonly Remark[]): void {
  assert.deepEqual(accepted(verdict).remarks, remarks);
}

/** The router that the sender of a vector would accept adverts from, were it us. */
const alike = (
  { version, vrid, interval, addresses }: Advert,
  different: Partial<RouterConfig>,
): RouterConfig =>
  routerConfig({
    version,
    vrid,
    addresses,
    advertisementInterval: interval,
    family: familyOf(addresses[0] ?? VIP),
    ...different,
  });

const V3 = routerConfig();
const V2 = routerConfig({ version: 2 });
const V6 = routerConfig({
  family: 'IPv6',
  addresses: [ipAddress('fe80::5e00:233'), ipAddress('2001:db8::100')],
});

describe('every valid vector is accepted without a remark by a router of its kind', () => {
  for (const { name, advert, authentication, source, destination, messages } of VALID) {
    for (const [form, message] of Object.entries(messages)) {
      test(`${name}, checksum form ${form}`, () => {
        const unicast = destination === ipAddress('192.0.2.2');
        const config = alike(advert, { authentication, ...(unicast ? { cast: UNICAST } : {}) });
        const verdict = accepted(judge(config, datagram(octets(message), { source, destination })));
        assert.deepEqual(verdict.accepted, advert);
        assert.equal(verdict.sender, source);
        assert.deepEqual(verdict.remarks, form === 'PseudoHeader' ? [] : ['checksumFormDiffers']);
      });
    }
  }
});

describe('every defective vector is judged as it should be', () => {
  for (const { name, message, source, destination, config, verdict } of DEFECTIVE) {
    test(name, () => {
      const judged = judge(routerConfig(config), datagram(octets(message), { source, destination }));
      if (typeof verdict === 'string') assertRejected(judged, verdict);
      else assertAccepted(judged, ...verdict.remarks);
    });
  }
});

describe('check 1: destination and protocol', () => {
  test('a multicast datagram to another group is rejected', () => {
    assertRejected(hears(V3, V3, { destination: ipAddress('224.0.0.5') }), 'wrongDestination');
    assertRejected(hears(V6, V6, { destination: ipAddress('ff02::1') }), 'wrongDestination');
  });

  test('a multicast router does not hear unicast, a unicast router does not hear multicast', () => {
    assertRejected(hears(V3, V3, { destination: OWN_V4 }), 'wrongDestination');
    assertRejected(hears(routerConfig({ cast: UNICAST }), V3), 'wrongDestination');
  });

  test('an arrival tells by its destination whether it was multicast', () => {
    const message = encodeAdvert(ownAdvert(V3, 100), V3, SOURCE_V4, GROUP_V4);
    const toGroup = openDatagram(datagram(message));
    const toUs = openDatagram(datagram(message, { destination: OWN_V4 }));
    assert.equal(toGroup.rejected === undefined && toGroup.cast, 'Multicast');
    assert.equal(toUs.rejected === undefined && toUs.cast, 'Unicast');
  });

  test('AH is named, so that an operator learns what the peer is configured for', () => {
    const received = datagram(encodeAdvert(ownAdvert(V2, 100), V2, SOURCE_V4, GROUP_V4));
    received.bytes[9] = 51;
    assertRejected(judge(V2, received), 'authenticationHeader');
    received.bytes[9] = 17;
    assertRejected(judge(V2, received), 'wrongProtocol');
  });

  test('an IPv6 datagram of which the socket cannot tell the addresses is rejected', () => {
    const received = datagram(octets('31'), { source: SOURCE_V6, destination: GROUP_V6 });
    assertRejected(judge(V6, { ...received, source: null }), 'wrongDestination');
    assertRejected(judge(V6, { ...received, destination: null }), 'wrongDestination');
  });
});

test('check 2: an IPv4 packet that is cut, padded or a fragment is rejected', () => {
  const whole = datagram(encodeAdvert(ownAdvert(V3, 100), V3, SOURCE_V4, GROUP_V4));
  const with_ = (bytes: Uint8Array): Verdict => judge(V3, { ...whole, bytes });
  assertRejected(with_(whole.bytes.subarray(0, 19)), 'malformedIpHeader');
  assertRejected(with_(whole.bytes.subarray(0, -1)), 'ipLengthDiffers');
  const fragment = whole.bytes.slice();
  fragment[6] = 0x20;
  assertRejected(with_(fragment), 'fragmented');
});

test('check 3: fewer than eight octets are no VRRP message', () => {
  for (const size of [0, 1, 7]) {
    assertRejected(judge(V3, datagram(new Uint8Array(size))), 'tooShort');
    assertRejected(
      judge(V6, datagram(new Uint8Array(size), { source: SOURCE_V6, destination: GROUP_V6 })),
      'tooShort',
    );
  }
});

test('check 4: the VRID is known before anything else of the message, and must be that of the router', () => {
  const garbage = openDatagram(datagram(octets('ff 07 ff ff ff ff ff ff')));
  assert.equal(garbage.rejected === undefined && garbage.vrid, 7);
  assertRejected(hears(V3, routerConfig({ vrid: 52 })), 'unknownVrid');
});

describe('check 5: TTL and hop limit', () => {
  test('multicast must arrive with 255', () => {
    assertRejected(hears(V3, V3, { hopLimit: 254 }), 'hopLimit');
    assertRejected(hears(V6, V6, { hopLimit: 254 }), 'hopLimit');
    assertAccepted(hears(V6, V6, { hopLimit: 255 }));
  });

  test('unicast must arrive within the configured bounds, inclusive', () => {
    const config = routerConfig({ cast: { ...UNICAST, hopLimit: { min: 250, max: 254 } } });
    const at = (hopLimit: number): Verdict => hears(config, config, { hopLimit, destination: OWN_V4 });
    assertRejected(at(249), 'hopLimit');
    assertAccepted(at(250));
    assertAccepted(at(254));
    assertRejected(at(255), 'hopLimit');
  });

  test('a hop limit that the socket cannot tell proves nothing', () => {
    const message = encodeAdvert(ownAdvert(V6, 100), V6, SOURCE_V6, GROUP_V6);
    const received = datagram(message, { source: SOURCE_V6, destination: GROUP_V6 });
    assertRejected(judge(V6, { ...received, hopLimit: null }), 'hopLimit');
  });
});

test('check 6: another version than the configured one is rejected, both ways', () => {
  assertRejected(hears(V3, V2), 'versionDiffers');
  assertRejected(hears(V2, V3), 'versionDiffers');
});

test('check 7: a message that is no ADVERTISEMENT is rejected', () => {
  const message = encodeAdvert(ownAdvert(V3, 100), V3, SOURCE_V4, GROUP_V4);
  message[0] = 0x32;
  assertRejected(judge(V3, datagram(message)), 'unknownType');
});

test('check 8: the length must be that of the count of addresses, which is at least 1', () => {
  const message = encodeAdvert(ownAdvert(V3, 100), V3, SOURCE_V4, GROUP_V4);
  const longer = (surplus: number): Uint8Array => Uint8Array.from([...message, ...new Uint8Array(surplus)]);
  assertRejected(judge(V3, datagram(message.subarray(0, 8))), 'lengthDiffers');
  assertRejected(judge(V3, datagram(longer(1))), 'lengthDiffers');
  assertRejected(judge(V3, datagram(longer(28))), 'hmacTrailer');
  message[3] = 0;
  assertRejected(judge(V3, datagram(message)), 'noAddresses');
});

describe('check 9: checksum', () => {
  const N = routerConfig({ checksum: 'MessageOnly' });

  test('both forms of RFC 5798 and RFC 9568 are accepted, and the one we do not send is remarked', () => {
    assertAccepted(hears(V3, V3));
    assertAccepted(hears(V3, N), 'checksumFormDiffers');
    assertAccepted(hears(N, N));
    assertAccepted(hears(N, V3), 'checksumFormDiffers');
    assert.equal(accepted(hears(N, V3)).checksumForm, 'PseudoHeader');
    assert.equal(accepted(hears(V3, N)).checksumForm, 'MessageOnly');
  });

  test('the form of old keepalived is accepted from unicast peers alone', () => {
    const forGroup = encodeAdvert(ownAdvert(V3, 100), V3, SOURCE_V4, GROUP_V4);
    const toUs = judge(routerConfig({ cast: UNICAST }), datagram(forGroup, { destination: OWN_V4 }));
    assert.equal(accepted(toUs).checksumForm, 'OldUnicast');
    const forUs = encodeAdvert(ownAdvert(V3, 100), V3, SOURCE_V4, OWN_V4);
    assertRejected(judge(V3, datagram(forUs)), 'checksum');
  });

  test('over IPv6 the pseudo-header is not optional', () => {
    const elsewhere = encodeAdvert(ownAdvert(V6, 100), V6, SOURCE_V6, ipAddress('ff02::1'));
    assertRejected(judge(V6, datagram(elsewhere, { source: SOURCE_V6, destination: GROUP_V6 })), 'checksum');
  });

  test('it is computed over the source address of the packet', () => {
    const message = encodeAdvert(ownAdvert(V3, 100), V3, SOURCE_V4, GROUP_V4);
    assertRejected(judge(V3, datagram(message, { source: ipAddress('192.0.2.3') })), 'checksum');
  });

  test('there is no "0 means none"', () => {
    const message = octets('31 33 64 01 00 64 00 00 c0 00 02 64');
    assertRejected(judge(V3, datagram(message)), 'checksum');
  });
});

describe('check 10: authentication (v2)', () => {
  const secret = routerConfig({ version: 2, authentication: { type: 'Password', password: 'secret' } });
  const Secret = routerConfig({ version: 2, authentication: { type: 'Password', password: 'Secret' } });

  test('the same password is accepted, another one is not', () => {
    assertAccepted(hears(secret, secret));
    assertRejected(hears(secret, Secret), 'passwordDiffers');
  });

  test('a password and none do not go together, in either direction', () => {
    assertRejected(hears(secret, V2), 'authTypeDiffers');
    assertRejected(hears(V2, secret), 'authTypeDiffers');
  });

  test('without authentication the data is ignored', () => {
    // TV-2's data with type 0; the checksum is one more for the type that is one less.
    const message = octets('21 33 96 01 00 01 4a 19 c0 00 02 64 73 65 63 72 65 74 00 00');
    assertAccepted(judge(V2, datagram(message)));
  });

  test('type 2, AH, is not the configured one; type 3 is unknown', () => {
    const AH = octets('21 33 96 01 02 01 48 19 c0 00 02 64 73 65 63 72 65 74 00 00');
    const unknown = octets('21 33 96 01 03 01 47 19 c0 00 02 64 73 65 63 72 65 74 00 00');
    assertRejected(judge(secret, datagram(AH)), 'authTypeDiffers');
    assertRejected(judge(secret, datagram(unknown)), 'unknownAuthType');
  });

  test('a v3 router has no authentication to check', () => {
    const config = routerConfig({ authentication: { type: 'Password', password: 'secret' } });
    assertAccepted(hears(config, config));
  });
});

test('check 11: a v2 advert of another interval is rejected', () => {
  const slower = routerConfig({ version: 2, advertisementInterval: fromSeconds(2) });
  assertRejected(hears(V2, slower), 'intervalDiffers');
  assertAccepted(hears(slower, slower));
});

test('check 12: a v3 advert of another interval is accepted and remarked, one of 0 is rejected', () => {
  const slower = routerConfig({ advertisementInterval: fromSeconds(2) });
  assertAccepted(hears(V3, slower), 'intervalDiffers');
  assert.equal(accepted(hears(V3, slower)).accepted.interval, fromSeconds(2));
  assertRejected(judge(V3, datagram(octets('31 33 c8 01 00 00 a1 d5 c0 00 02 64'))), 'intervalZero');
});

test('check 13: an IPv6 advert should begin with a link-local address, and must for a strict router', () => {
  const global = { ...V6, addresses: [ipAddress('2001:db8::100')] };
  assertAccepted(hears(global, global), 'firstAddressNotLinkLocal');
  assertRejected(hears({ ...global, strictFirstAddress: true }, global), 'firstAddressNotLinkLocal');
  assertAccepted(hears({ ...V6, strictFirstAddress: true }, V6));
  assertAccepted(hears(routerConfig({ strictFirstAddress: true }), V3));
});

describe('check 14: the source is an address that a router can have', () => {
  for (const source of ['0.0.0.0', '224.0.0.18', '239.1.2.3', '255.255.255.255'])
    test(`not ${source}`, () =>
      assertRejected(hears(V3, V3, { source: ipAddress(source) }), 'invalidSource'));
  for (const source of ['::', '2001:db8::1', 'ff02::12'])
    test(`not ${source}, in multicast`, () =>
      assertRejected(hears(V6, V6, { source: ipAddress(source) }), 'invalidSource'));

  test('a unicast IPv6 peer may have a global address', () => {
    const peer = ipAddress('2001:db8::1');
    const config = { ...V6, cast: { ...UNICAST, peers: [peer] } };
    assertAccepted(hears(config, config, { source: peer, destination: ipAddress('2001:db8::9') }));
  });
});

test('check 15: unicast is taken from the configured peers alone', () => {
  const config = routerConfig({ cast: UNICAST });
  assertAccepted(hears(config, config, { destination: OWN_V4 }));
  assertRejected(
    hears(config, config, { source: ipAddress('192.0.2.3'), destination: OWN_V4 }),
    'sourceNotPeer',
  );
});

test('check 16: an advert from our own address is left to the state machine, with a remark', () => {
  assertAccepted(hears(V3, V3, { source: OWN_V4 }), 'ownAddress');
});

test('check 17: the owner elects by default and is deaf when strict, but for its own address', () => {
  const owner = routerConfig({ basePriority: 255 });
  assertAccepted(hears(owner, V3));
  assertRejected(hears({ ...owner, strictOwner: true }, V3), 'ignoredByOwner');
  assertAccepted(hears({ ...V3, strictOwner: true }, owner));
  assertAccepted(hears({ ...owner, strictOwner: true }, owner, { source: OWN_V4 }), 'ownAddress');
});

test('check 18: another set of addresses is remarked, another order is not', () => {
  const [a, b, c] = [VIP, ipAddress('192.0.2.101'), ipAddress('192.0.2.102')];
  for (const version of [2, 3] as const) {
    const ours = routerConfig({ version, addresses: [a, b] });
    const theirs = (...addresses: IpAddress[]): RouterConfig => routerConfig({ version, addresses });
    assertAccepted(hears(ours, theirs(a, b)));
    assertAccepted(hears(ours, theirs(b, a)));
    assertAccepted(hears(ours, theirs(a)), 'addressListDiffers');
    assertAccepted(hears(ours, theirs(a, c)), 'addressListDiffers');
    assertAccepted(hears(ours, theirs(a, b, c)), 'addressListDiffers');
  }
});

test('check 19: what is accepted is the advert as sent, from the source of the packet', () => {
  const verdict = accepted(hears(V3, routerConfig({ basePriority: 7 })));
  assert.deepEqual(verdict.accepted, ownAdvert(V3, 7));
  assert.equal(verdict.sender, SOURCE_V4);
});

test('with several defects the earlier check speaks', () => {
  const wrongAll = octets('32 33 64 02 00 00 00 00 c0 00 02 64');
  const expected: [patch: (message: Uint8Array) => void, reason: RejectionReason][] = [
    [() => undefined, 'unknownType'],
    [(message) => (message[0] = 0x31), 'lengthDiffers'],
    [(message) => (message[3] = 1), 'checksum'],
    // Right in form N: the interval of 0 is all that is left.
    [(message) => message.set([0xa8, 0x66], 6), 'intervalZero'],
  ];
  const message = wrongAll.slice();
  assertRejected(judge(V3, datagram(message, { hopLimit: 1 })), 'hopLimit');
  assertRejected(judge(V2, datagram(message)), 'versionDiffers');
  let previous = 0;
  for (const [patch, reason] of expected) {
    patch(message);
    assertRejected(judge(V3, datagram(message)), reason);
    assert.ok(REJECTIONS[reason].check > previous);
    previous = REJECTIONS[reason].check;
  }
});
