import type { CounterName } from '../vrrp/statistics.js';

/** A counter of vrrp/statistics.ts as a time series. */
export type Series = Readonly<{ metric: CounterMetric; label?: string }>;

/** Metrics made of the routers' counters, without the prefix, with their meaning and their own label's name. */
export const COUNTER_METRICS = {
  adverts_sent_total: { help: 'Adverts sent, those with priority 0 included.' },
  adverts_received_total: { help: 'Adverts accepted, those with priority 0 included.' },
  zero_priority_adverts_sent_total: { help: 'Resignations sent: adverts with priority 0.' },
  zero_priority_adverts_received_total: { help: 'Resignations accepted: adverts with priority 0.' },
  send_errors_total: { help: 'Messages that the kernel refused to send.' },
  received_rejected_total: { help: 'Received messages that were rejected, by reason.', label: 'reason' },
  received_irregular_total: {
    help: 'Adverts that show something to look at, by kind. Most are accepted all the same.',
    label: 'kind',
  },
  received_checksum_form_total: {
    help: 'VRRPv3 adverts over IPv4 accepted, by the form of their checksum.',
    label: 'form',
  },
} as const satisfies Record<string, Readonly<{ help: string; label?: string }>>;

export type CounterMetric = keyof typeof COUNTER_METRICS;

const rejected = (label: string): Series => ({ metric: 'received_rejected_total', label });
const irregular = (label: string): Series => ({ metric: 'received_irregular_total', label });
const checksumForm = (label: string): Series => ({ metric: 'received_checksum_form_total', label });

/** Where each counter is found; null: in `transitions_total` already. A new counter does not compile without a place. */
export const COUNTER_SERIES: Readonly<Record<CounterName, Series | null>> = {
  masterTransitions: null,
  newMasterReasonPriority: null,
  newMasterReasonPreempted: null,
  newMasterReasonMasterNoResponse: null,
  sentAdvertisements: { metric: 'adverts_sent_total' },
  rcvdAdvertisements: { metric: 'adverts_received_total' },
  sentPriZeroPackets: { metric: 'zero_priority_adverts_sent_total' },
  rcvdPriZeroPackets: { metric: 'zero_priority_adverts_received_total' },
  sendErrors: { metric: 'send_errors_total' },
  checksumErrors: rejected('checksum'),
  versionErrors: rejected('version'),
  ipTtlErrors: rejected('hop_limit'),
  rcvdInvalidTypePackets: rejected('type'),
  packetLengthErrors: rejected('length'),
  invalidAuthType: rejected('unknown_auth_type'),
  authTypeMismatch: rejected('auth_type'),
  authFailures: rejected('password'),
  advertiseIntervalErrors: rejected('interval'),
  invalidSource: rejected('invalid_source'),
  sourceNotPeer: rejected('source_not_peer'),
  ignoredByOwner: rejected('ignored_by_owner'),
  misdirected: rejected('misdirected'),
  advIntervalErrors: irregular('interval'),
  addressListErrors: irregular('address_list'),
  firstAddressNotLinkLocal: irregular('first_address_not_link_local'),
  checksumFormDiffers: irregular('checksum_form'),
  hmacTrailers: irregular('hmac_trailer'),
  ownAddressHeard: irregular('own_address'),
  secondOwnerHeard: irregular('second_owner'),
  lowerPriorityHeard: irregular('lower_priority'),
  checksumPseudoHeader: checksumForm('pseudo_header'),
  checksumMessageOnly: checksumForm('message_only'),
  checksumOldUnicast: checksumForm('old_unicast'),
};
