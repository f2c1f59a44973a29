import {
  type AddressFamily,
  type IpAddress,
  addressFromBytes,
  addressSize,
  bytesOf,
  familyOf,
} from '../../values/ip-address.js';
import { type Result, ok, refused } from '../../values/result.js';
import { type Micros, fromCentiseconds, fromSeconds, toCentiseconds, toSeconds } from '../../values/time.js';
import type { Advert } from './advert.js';
import {
  type ReceivedChecksumForm,
  checksumFormV3IPv4,
  checksumV2Fits,
  checksumV3FitsIPv6,
  writeChecksumV2,
  writeChecksumV3,
} from './checksum.js';
import type { Authentication, ChecksumForm, Priority, RouterConfig, VrrpVersion, Vrid } from './config.js';
import type { RejectionReason } from './rejection.js';

/*
 * The bytes of a VRRP message (RFC 9568 §5.1, RFC 3768 §5.1) and what they mean. Whether a message is believed is decided
 * in receive.ts.
 */

/** Octets before the first address, in both versions. */
export const VRRP_HEADER_SIZE = 8;

/** RFC 2338 §5.3.10: octets behind the last address, VRRPv2 only, whatever the authentication type. */
const AUTH_DATA_SIZE = 8;

/** What keepalived 2.4 with `auth_hmac` appends. */
const HMAC_TRAILER_SIZE = 28;

const ADVERTISEMENT = 1;
const MAX_ADDRESSES = 255;
const MAX_SECONDS_V2 = 255;
const MAX_CENTISECONDS_V3 = 4095;

/** RFC 2338 §5.3.6; 1 and 2 are reserved in RFC 3768. */
export const AUTH_TYPE = { none: 0, password: 1, authenticationHeader: 2 } as const;

/** A message of sound structure and right checksum. */
export type VrrpMessage = Readonly<{
  version: VrrpVersion;
  vrid: Vrid;
  priority: Priority | 0;
  /** May still be 0, which no router may send. */
  interval: Micros;
  addresses: readonly IpAddress[];
  /** VRRPv2 only: the type as received, and the eight octets of data as a view of the message. */
  authentication: Readonly<{ type: number; data: Uint8Array }> | null;
  /** VRRPv3 over IPv4 only: the form of the checksum that is right. */
  checksumForm: ReceivedChecksumForm | null;
}>;

/** The advert that a router of this configuration sends; priority 0: it resigns. */
export const ownAdvert = (config: RouterConfig, priority: Priority | 0): Advert => ({
  version: config.version,
  vrid: config.vrid,
  priority,
  interval: config.advertisementInterval,
  addresses: config.addresses,
});

/**
 * The message that says `advert`, for one destination. Throws a RangeError for what cannot be said: addresses of another
 * family than the source's or more than 255 of them, an interval that the version cannot express.
 */
export function encodeAdvert(
  advert: Advert,
  seal: Readonly<{ authentication: Authentication; checksum: ChecksumForm }>,
  source: IpAddress,
  destination: IpAddress,
): Uint8Array {
  const family = familyOf(source);
  const count = advert.addresses.length;
  if (count < 1 || count > MAX_ADDRESSES) throw new RangeError(`cannot advertise ${String(count)} addresses`);
  const message = new Uint8Array(messageSize(advert.version, family, count));
  message[0] = (advert.version << 4) | ADVERTISEMENT;
  message[1] = advert.vrid;
  message[2] = advert.priority;
  message[3] = count;
  const size = addressSize(family);
  for (const [index, address] of advert.addresses.entries()) {
    if (familyOf(address) !== family) throw new RangeError(`cannot advertise ${address} from ${source}`);
    message.set(bytesOf(address), VRRP_HEADER_SIZE + index * size);
  }
  if (advert.version === 2) {
    message[5] = inRange(toSeconds(advert.interval), MAX_SECONDS_V2, 'VRRPv2 seconds');
    if (seal.authentication.type === 'Password') {
      message[4] = AUTH_TYPE.password;
      message.set(passwordOctets(seal.authentication.password), message.length - AUTH_DATA_SIZE);
    }
    writeChecksumV2(message);
  } else {
    const interval = inRange(toCentiseconds(advert.interval), MAX_CENTISECONDS_V3, 'VRRPv3 centiseconds');
    message[4] = interval >> 8;
    message[5] = interval & 0xff;
    writeChecksumV3(message, { source: bytesOf(source), destination: bytesOf(destination) }, seal.checksum);
  }
  return message;
}

/** The VRID of a message of which nothing is known yet; null when it is too short to be one. */
export const peekVrid = (message: Uint8Array): Vrid | null =>
  message.length < VRRP_HEADER_SIZE ? null : (message[1] ?? null);

/**
 * The fields of a message of this version, or why it is none: receive checks 3 and 6 to 9, in that order. `expected` is the
 * checksum form to assume where two fit. Never throws; copies nothing before all checks have passed.
 */
export function decodeMessage(
  message: Uint8Array,
  version: VrrpVersion,
  source: IpAddress,
  destination: IpAddress,
  expected: ChecksumForm = 'PseudoHeader',
): Result<VrrpMessage, RejectionReason> {
  const family = familyOf(source);
  const problem = structureProblem(message, version, family);
  if (problem !== null) return refused(problem);

  const checksumForm = fittingChecksum(message, version, { source, destination }, expected);
  if (checksumForm === null) return refused('checksum');

  const [, vrid = 0, priority = 0, count = 0, fourth = 0, fifth = 0] = message;
  return ok({
    version,
    vrid,
    priority,
    // The upper four bits of v3's fourth octet are reserved: ignored, though the checksum covers them.
    interval: version === 2 ? fromSeconds(fifth) : fromCentiseconds(((fourth & 0x0f) << 8) | fifth),
    addresses: readAddresses(message, count, addressSize(family)),
    authentication: version === 2 ? { type: fourth, data: message.subarray(-AUTH_DATA_SIZE) } : null,
    checksumForm: checksumForm === 'only' ? null : checksumForm,
  });
}

/** RFC 2338 §5.3.10: the password in UTF-8, cut to eight octets or filled up with zeros, as keepalived does. */
export function passwordOctets(password: string): Uint8Array {
  const octets = new Uint8Array(AUTH_DATA_SIZE);
  octets.set(new TextEncoder().encode(password).subarray(0, AUTH_DATA_SIZE));
  return octets;
}

/** Octets of a message with `count` addresses. */
export const messageSize = (version: VrrpVersion, family: AddressFamily, count: number): number =>
  VRRP_HEADER_SIZE + count * addressSize(family) + (version === 2 ? AUTH_DATA_SIZE : 0);

function structureProblem(
  message: Uint8Array,
  version: VrrpVersion,
  family: AddressFamily,
): RejectionReason | null {
  if (message.length < VRRP_HEADER_SIZE) return 'tooShort';
  const first = message[0] ?? 0;
  // VRRPv2 over IPv6 exists in keepalived alone.
  if (first >> 4 !== version || (version === 2 && family === 'IPv6')) return 'versionDiffers';
  if ((first & 0x0f) !== ADVERTISEMENT) return 'unknownType';
  const count = message[3] ?? 0;
  if (count === 0) return 'noAddresses';
  const surplus = message.length - messageSize(version, family, count);
  if (surplus === 0) return null;
  return surplus === HMAC_TRAILER_SIZE ? 'hmacTrailer' : 'lengthDiffers';
}

/** The form in which the checksum is right; `only` where there is but one, null where none is. */
function fittingChecksum(
  message: Uint8Array,
  version: VrrpVersion,
  { source, destination }: Readonly<{ source: IpAddress; destination: IpAddress }>,
  expected: ChecksumForm,
): ReceivedChecksumForm | 'only' | null {
  if (version === 2) return checksumV2Fits(message) ? 'only' : null;
  const endpoints = { source: bytesOf(source), destination: bytesOf(destination) };
  if (endpoints.source.length === 4) return checksumFormV3IPv4(message, endpoints, expected);
  return checksumV3FitsIPv6(message, endpoints) ? 'only' : null;
}

function readAddresses(message: Uint8Array, count: number, size: number): IpAddress[] {
  return Array.from({ length: count }, (_, index) => {
    const start = VRRP_HEADER_SIZE + index * size;
    return addressFromBytes(message.subarray(start, start + size));
  });
}

function inRange(value: number, max: number, what: string): number {
  const whole = Math.round(value);
  if (whole < 1 || whole > max) throw new RangeError(`${String(value)} is not 1 to ${String(max)} ${what}`);
  return whole;
}
