import type { Effect, Notice, TransitionReason } from './effect.js';
import type { ReceivedChecksumForm } from './checksum.js';
import type { Remark, Verdict } from './receive.js';
import type { RejectionReason } from './rejection.js';

/**
 * What is counted for each virtual router, with its meaning. The first part are the counters of RFC 6527
 * (vrrpv3Statistics…, vrrpv3Router…) and RFC 2787 (vrrpStats…) under their names; those after `sentAdvertisements` are ours.
 * vrIdErrors has no router to belong to and is counted by reason for the whole process.
 */
export const COUNTERS = {
  masterTransitions: 'transitions to Active (RFC 6527 MasterTransitions)',
  newMasterReasonPriority:
    'transitions to Active after the Active router resigned (RFC 6527 NewMasterReason priority)',
  newMasterReasonPreempted:
    'transitions to Active by displacing a router of lower priority, or as owner (RFC 6527 NewMasterReason preempted)',
  newMasterReasonMasterNoResponse:
    'transitions to Active because no advert was heard (RFC 6527 NewMasterReason masterNoResponse)',
  rcvdAdvertisements: 'adverts accepted (RFC 6527 RcvdAdvertisements)',
  rcvdPriZeroPackets: 'adverts accepted with priority 0 (RFC 6527 RcvdPriZeroPackets)',
  sentPriZeroPackets: 'adverts sent with priority 0 (RFC 6527 SentPriZeroPackets)',
  checksumErrors: 'rejected: wrong checksum (RFC 6527 RouterChecksumErrors)',
  versionErrors: 'rejected: another VRRP version (RFC 6527 RouterVersionErrors)',
  ipTtlErrors: 'rejected: TTL or hop limit (RFC 6527 IpTtlErrors)',
  rcvdInvalidTypePackets: 'rejected: not of type ADVERTISEMENT (RFC 6527 RcvdInvalidTypePackets)',
  packetLengthErrors: 'rejected: length and count of addresses do not fit (RFC 6527 PacketLengthErrors)',
  advIntervalErrors:
    'VRRPv3 adverts with another interval than ours, those with 0 rejected (RFC 6527 AdvIntervalErrors)',
  addressListErrors:
    'adverts with another address list than ours, or an unusable source (RFC 6527 AddressListErrors)',
  invalidAuthType: 'rejected: unknown authentication type (RFC 2787 InvalidAuthType)',
  authTypeMismatch: 'rejected: another authentication type (RFC 2787 AuthTypeMismatch)',
  authFailures: 'rejected: another password (RFC 2787 AuthFailures)',
  advertiseIntervalErrors: 'rejected: another VRRPv2 interval (RFC 2787 AdvertiseIntervalErrors)',
  sentAdvertisements: 'adverts to be sent, those with priority 0 included, one for all unicast peers',
  sendErrors: 'messages that the kernel refused to send',
  checksumPseudoHeader: 'VRRPv3 IPv4 adverts accepted with a pseudo-header in the checksum',
  checksumMessageOnly: 'VRRPv3 IPv4 adverts accepted with the message alone in the checksum',
  checksumOldUnicast: 'VRRPv3 IPv4 adverts accepted with the group in the pseudo-header although unicast',
  checksumFormDiffers: 'adverts accepted whose checksum form is not the one sent: the peer may drop ours',
  firstAddressNotLinkLocal: 'IPv6 adverts whose first address is not link-local, accepted or not',
  ownAddressHeard: 'adverts heard from our own source address',
  sourceNotPeer: 'rejected: unicast from an address that is not a peer',
  invalidSource: 'rejected: a source address that no router can have',
  hmacTrailers: 'rejected: probably the auth_hmac of keepalived 2.4',
  ignoredByOwner: 'rejected: the strict owner of the addresses listens to nobody',
  misdirected: 'rejected: did not belong to this router; others see them too',
  secondOwnerHeard: 'adverts of another router that claims to own the addresses',
  lowerPriorityHeard: 'adverts of a router of lower priority heard while Active',
} as const satisfies Record<string, string>;

export type CounterName = keyof typeof COUNTERS;

/** One virtual router's counters, all from 0; changed in place by the functions below. */
export type RouterStatistics = Record<CounterName, number>;

export const COUNTER_NAMES = Object.keys(COUNTERS) as readonly CounterName[];

export function newStatistics(): RouterStatistics {
  return Object.fromEntries(COUNTER_NAMES.map((name) => [name, 0])) as RouterStatistics;
}

/** The counters of RFC 6527 and 2787 first; ours where those lump together what has different remedies. */
const REJECTION_COUNTERS: Readonly<Record<RejectionReason, readonly CounterName[]>> = {
  wrongDestination: ['misdirected'],
  wrongProtocol: ['misdirected'],
  authenticationHeader: ['authTypeMismatch'],
  malformedIpHeader: ['packetLengthErrors'],
  ipLengthDiffers: ['packetLengthErrors'],
  fragmented: ['packetLengthErrors'],
  tooShort: ['packetLengthErrors'],
  unknownVrid: ['misdirected'],
  hopLimit: ['ipTtlErrors'],
  versionDiffers: ['versionErrors'],
  unknownType: ['rcvdInvalidTypePackets'],
  noAddresses: ['packetLengthErrors'],
  lengthDiffers: ['packetLengthErrors'],
  hmacTrailer: ['packetLengthErrors', 'hmacTrailers'],
  checksum: ['checksumErrors'],
  unknownAuthType: ['invalidAuthType'],
  authTypeDiffers: ['authTypeMismatch'],
  passwordDiffers: ['authFailures'],
  intervalDiffers: ['advertiseIntervalErrors'],
  intervalZero: ['advIntervalErrors'],
  firstAddressNotLinkLocal: ['addressListErrors', 'firstAddressNotLinkLocal'],
  invalidSource: ['addressListErrors', 'invalidSource'],
  sourceNotPeer: ['sourceNotPeer'],
  ignoredByOwner: ['ignoredByOwner'],
};

const REMARK_COUNTERS: Readonly<Record<Remark, readonly CounterName[]>> = {
  intervalDiffers: ['advIntervalErrors'],
  addressListDiffers: ['addressListErrors'],
  firstAddressNotLinkLocal: ['addressListErrors', 'firstAddressNotLinkLocal'],
  checksumFormDiffers: ['checksumFormDiffers'],
  ownAddress: ['ownAddressHeard'],
};

const CHECKSUM_COUNTERS: Readonly<Record<ReceivedChecksumForm, CounterName>> = {
  PseudoHeader: 'checksumPseudoHeader',
  MessageOnly: 'checksumMessageOnly',
  OldUnicast: 'checksumOldUnicast',
};

/** RFC 6527 vrrpv3StatisticsNewMasterReason; null: not a reason to become Active. */
const NEW_MASTER_COUNTERS: Readonly<Record<TransitionReason, CounterName | null>> = {
  activeDown: 'newMasterReasonMasterNoResponse',
  stalled: 'newMasterReasonMasterNoResponse',
  yielded: 'newMasterReasonMasterNoResponse',
  resignation: 'newMasterReasonPriority',
  preemption: 'newMasterReasonPreempted',
  owner: 'newMasterReasonPreempted',
  startup: null,
  higherPriority: null,
  higherAddress: null,
  stopping: null,
  removed: null,
  interfaceMissing: null,
  linkDown: null,
  noSourceAddress: null,
  trackingFailed: null,
  hostRefused: null,
};

const NOTICE_COUNTERS: Readonly<Record<Notice['code'], CounterName | null>> = {
  // Counted with the verdict, in every state.
  ownAddressHeard: null,
  secondOwner: 'secondOwnerHeard',
  lowerPriorityActive: 'lowerPriorityHeard',
};

/** Counts what receiveAdvert said about one datagram. */
export function countVerdict(statistics: RouterStatistics, verdict: Verdict): void {
  if (verdict.rejected !== undefined) {
    for (const name of REJECTION_COUNTERS[verdict.rejected]) statistics[name]++;
    return;
  }
  statistics.rcvdAdvertisements++;
  if (verdict.accepted.priority === 0) statistics.rcvdPriZeroPackets++;
  if (verdict.checksumForm !== null) statistics[CHECKSUM_COUNTERS[verdict.checksumForm]]++;
  if (verdict.remarks.length === 0) return;
  // An advert with two faults in its list of addresses is one advert with a faulty list.
  const names = new Set(verdict.remarks.flatMap((remark) => REMARK_COUNTERS[remark]));
  for (const name of names) statistics[name]++;
}

/** Counts what a transition asked for. Whether sending failed is told by {@link countSendError}. */
export function countEffect(statistics: RouterStatistics, effect: Effect): void {
  switch (effect.kind) {
    case 'sendAdvert':
      statistics.sentAdvertisements++;
      if (effect.priority === 0) statistics.sentPriZeroPackets++;
      return;
    case 'stateChanged': {
      if (effect.to !== 'Active') return;
      statistics.masterTransitions++;
      const reason = NEW_MASTER_COUNTERS[effect.because];
      if (reason !== null) statistics[reason]++;
      return;
    }
    case 'notice': {
      const name = NOTICE_COUNTERS[effect.notice.code];
      if (name !== null) statistics[name]++;
      return;
    }
    default:
      return;
  }
}

/** VRRP-047: a message that the kernel refused is counted, and sent again when the next one is due. */
export function countSendError(statistics: RouterStatistics): void {
  statistics.sendErrors++;
}
