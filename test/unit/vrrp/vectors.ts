import type { Advert } from '../../../src/node-agent/vrrp/advert.js';
import type { ReceivedChecksumForm } from '../../../src/node-agent/vrrp/checksum.js';
import type { Authentication, RouterConfig } from '../../../src/node-agent/vrrp/config.js';
import type { Remark } from '../../../src/node-agent/vrrp/receive.js';
import type { RejectionReason } from '../../../src/node-agent/vrrp/rejection.js';
import { type IpAddress, ipAddress } from '../../../src/values/ip-address.js';
import { fromCentiseconds, fromSeconds } from '../../../src/values/time.js';

/*
 * Messages whose bytes are known to be right: most of them are those that keepalived sends. TV: to be sent and accepted;
 * NV: each with one defect, its checksum in order unless that is the defect.
 */

export const VIP = ipAddress('192.0.2.100');
export const GROUP_V4 = ipAddress('224.0.0.18');
export const GROUP_V6 = ipAddress('ff02::12');
export const SOURCE_V4 = ipAddress('192.0.2.1');
export const SOURCE_V6 = ipAddress('fe80::1');
const NONE: Authentication = { type: 'None' };

export type ValidVector = Readonly<{
  name: string;
  advert: Advert;
  authentication: Authentication;
  source: IpAddress;
  destination: IpAddress;
  /** The message by checksum form; v2 and IPv6 have one form, listed as PseudoHeader. */
  messages: Readonly<Partial<Record<ReceivedChecksumForm, string>>>;
  /** The IP header in front of the PseudoHeader message. */
  header: string;
}>;

/** `message` with these checksum octets. */
const resummed = (message: string, checksum: string): string =>
  `${message.slice(0, 18)}${checksum}${message.slice(23)}`;

const HEADER_40 = '45 c0 00 28 00 01 00 00 ff 70 18 91 c0 00 02 01 e0 00 00 12';
const HEADER_32 = '45 c0 00 20 00 01 00 00 ff 70 18 99 c0 00 02 01 e0 00 00 12';
const HEADER_V6 =
  '6c 00 00 00 00 28 70 ff fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 01 ff 02 00 00 00 00 00 00 00 00 00 00 00 00 00 12';

const v2 = (priority: number): Advert => ({
  version: 2,
  vrid: 51,
  priority,
  interval: fromSeconds(1),
  addresses: [VIP],
});
const v3 = (priority: number): Advert => ({ ...v2(priority), version: 3, interval: fromCentiseconds(100) });
const v6 = (priority: number): Advert => ({
  ...v3(priority),
  addresses: [ipAddress('fe80::5e00:233'), ipAddress('2001:db8::100')],
});

const multicastV4 = { authentication: NONE, source: SOURCE_V4, destination: GROUP_V4 };
const multicastV6 = { authentication: NONE, source: SOURCE_V6, destination: GROUP_V6, header: HEADER_V6 };

const TV_3 = '31 33 64 01 00 64 05 72 c0 00 02 64';
const TV_4 =
  '31 33 64 02 00 64 de c9 fe 80 00 00 00 00 00 00 00 00 00 00 5e 00 02 33 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 01 00';
const TV_5 = '31 33 00 01 00 64 69 72 c0 00 02 64';
const TV_6 = '31 ff fe 03 00 0a 7e 54 c0 00 02 64 c0 00 02 65 c6 33 64 07';
const TV_8 = '31 33 64 01 00 64 23 82 c0 00 02 64';
const TV_9 = '31 01 ff 01 0f ff 5b 6b c0 00 02 01';

export const VALID: readonly ValidVector[] = [
  {
    name: 'TV-1 v2 without authentication',
    advert: v2(100),
    ...multicastV4,
    messages: { PseudoHeader: '21 33 64 01 00 01 b8 65 c0 00 02 64 00 00 00 00 00 00 00 00' },
    header: HEADER_40,
  },
  {
    name: 'TV-2 v2 with the password "secret"',
    advert: v2(150),
    ...multicastV4,
    authentication: { type: 'Password', password: 'secret' },
    messages: { PseudoHeader: '21 33 96 01 01 01 49 19 c0 00 02 64 73 65 63 72 65 74 00 00' },
    header: HEADER_40,
  },
  {
    name: 'TV-3 v3 over IPv4',
    advert: v3(100),
    ...multicastV4,
    messages: { PseudoHeader: TV_3, MessageOnly: resummed(TV_3, 'a8 02') },
    header: HEADER_32,
  },
  {
    name: 'TV-4 v3 over IPv6',
    advert: v6(100),
    ...multicastV6,
    messages: { PseudoHeader: TV_4 },
  },
  {
    name: 'TV-4 v3 over IPv6 with priority 0',
    advert: v6(0),
    ...multicastV6,
    messages: { PseudoHeader: resummed(TV_4, '42 ca').replace('31 33 64', '31 33 00') },
  },
  {
    name: 'TV-5 v3 over IPv4 with priority 0',
    advert: v3(0),
    ...multicastV4,
    messages: { PseudoHeader: TV_5, MessageOnly: resummed(TV_5, '0c 03') },
    header: HEADER_32,
  },
  {
    name: 'TV-6 v3 over IPv4 with three addresses and 10 cs',
    advert: {
      version: 3,
      vrid: 255,
      priority: 254,
      interval: fromCentiseconds(10),
      addresses: [VIP, ipAddress('192.0.2.101'), ipAddress('198.51.100.7')],
    },
    ...multicastV4,
    messages: { PseudoHeader: TV_6, MessageOnly: resummed(TV_6, '20 ed') },
    header: HEADER_40,
  },
  {
    name: 'TV-7 v2 with priority 0',
    advert: v2(0),
    ...multicastV4,
    messages: { PseudoHeader: '21 33 00 01 00 01 1c 66 c0 00 02 64 00 00 00 00 00 00 00 00' },
    header: HEADER_40,
  },
  {
    name: 'TV-8 v3 over IPv4 to a unicast peer',
    advert: v3(100),
    ...multicastV4,
    destination: ipAddress('192.0.2.2'),
    messages: {
      PseudoHeader: TV_8,
      OldUnicast: resummed(TV_8, '05 72'),
      MessageOnly: resummed(TV_8, 'a8 02'),
    },
    header: '45 c0 00 20 00 01 00 00 ff 70 36 a9 c0 00 02 01 c0 00 02 02',
  },
  {
    name: 'TV-9 v3 over IPv4 of the owner with the longest interval',
    advert: {
      version: 3,
      vrid: 1,
      priority: 255,
      interval: fromCentiseconds(4095),
      addresses: [SOURCE_V4],
    },
    ...multicastV4,
    messages: { PseudoHeader: TV_9, MessageOnly: resummed(TV_9, 'fd fb') },
    header: HEADER_32,
  },
];

export type DefectiveVector = Readonly<{
  name: string;
  message: string;
  source: IpAddress;
  destination: IpAddress;
  /** How the router differs from the usual one of this version and family. */
  config: Partial<RouterConfig>;
  verdict: RejectionReason | Readonly<{ remarks: readonly Remark[] }>;
}>;

const toV2 = { ...multicastV4, config: { version: 2 } as const };
const toV3 = { ...multicastV4, config: { version: 3 } as const };
const toV6 = { ...multicastV6, config: { family: 'IPv6', addresses: [ipAddress('2001:db8::100')] } as const };
const NV_7 = '31 33 c8 01 00 64 d9 8e 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 01 00';

export const DEFECTIVE: readonly DefectiveVector[] = [
  {
    name: 'NV-1 v3 with interval 0',
    message: '31 33 c8 01 00 00 a1 d5 c0 00 02 64',
    ...toV3,
    verdict: 'intervalZero',
  },
  {
    name: 'NV-2 v3 with reserved bits set',
    message: '31 33 64 01 f0 64 15 71 c0 00 02 64',
    ...toV3,
    verdict: { remarks: [] },
  },
  {
    name: 'NV-3 v2 of type 2',
    message: '22 33 c8 01 00 01 53 65 c0 00 02 64 00 00 00 00 00 00 00 00',
    ...toV2,
    verdict: 'unknownType',
  },
  {
    name: 'NV-4 v3 with no address',
    message: '31 33 c8 00 00 64 63 db',
    ...toV3,
    verdict: 'noAddresses',
  },
  {
    name: 'NV-5 v3 that counts two addresses and has one',
    message: '31 33 c8 02 00 64 a1 70 c0 00 02 64',
    ...toV3,
    verdict: 'lengthDiffers',
  },
  {
    name: 'NV-6 v2 of 2 s to a router of 1 s',
    message: '21 33 c8 01 00 02 54 64 c0 00 02 64 00 00 00 00 00 00 00 00',
    ...toV2,
    verdict: 'intervalDiffers',
  },
  {
    name: 'NV-7 v3 over IPv6 whose first address is global',
    message: NV_7,
    ...toV6,
    verdict: { remarks: ['firstAddressNotLinkLocal'] },
  },
  {
    name: 'NV-7 v3 over IPv6 whose first address is global, to a strict router',
    message: NV_7,
    ...toV6,
    config: { ...toV6.config, strictFirstAddress: true },
    verdict: 'firstAddressNotLinkLocal',
  },
  {
    name: 'NV-8 v2 with no address',
    message: '21 33 c8 00 00 01 16 cb 00 00 00 00 00 00 00 00',
    ...toV2,
    verdict: 'noAddresses',
  },
  {
    name: 'NV-9 v2 with a wrong checksum',
    message: '21 33 64 01 00 01 12 34 c0 00 02 64 00 00 00 00 00 00 00 00',
    ...toV2,
    verdict: 'checksum',
  },
];
