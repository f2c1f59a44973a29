import type { Problem } from '../ipc/messages.js';
import type { ChecksumForm, RouterConfig } from '../vrrp/config.js';
import type { Remark } from '../vrrp/receive.js';
import type { RejectionReason } from '../vrrp/rejection.js';

type Diagnosis = Readonly<{
  code: string;
  message: (sender: string, config: RouterConfig) => string;
  remedy: (config: RouterConfig) => string;
}>;

const always = (text: string) => (): string => text;
const vrid = (config: RouterConfig): string => `VRID ${String(config.vrid)}`;

const AUTHENTICATION_DIFFERS: Diagnosis = {
  code: 'AuthenticationDiffers',
  message: (sender, config) =>
    `adverts of ${sender} for ${vrid(config)} do not have the authentication configured here, so both may hold the addresses`,
  remedy: always(
    'set the same type and password on both sides: spec.authentication here, authentication { } in keepalived',
  ),
};

const malformed = (what: string): Diagnosis => ({
  code: 'PeerMisbehaves',
  message: (sender, config) => `${sender} sends malformed adverts for ${vrid(config)}: ${what}`,
  remedy: always('find the host that sends them; they are ignored here'),
});

/** What an operator should be told about a sender whose adverts are rejected; reasons that are not here ask for nothing. */
const REJECTED: Readonly<Partial<Record<RejectionReason, Diagnosis>>> = {
  versionDiffers: {
    code: 'VersionDiffers',
    message: (sender, config) =>
      `${sender} advertises ${vrid(config)} in another VRRP version than ${String(config.version)}, so neither hears the other and both may hold the addresses`,
    remedy: always(
      'set the same version on both sides: spec.vrrpVersion here, version in the vrrp_instance of keepalived',
    ),
  },
  checksum: {
    code: 'ChecksumWrong',
    message: (sender, config) => `adverts of ${sender} for ${vrid(config)} have a wrong checksum`,
    remedy: always('look for a faulty network card or a middle box that changes packets'),
  },
  authenticationHeader: {
    code: 'PeerUsesAH',
    message: (sender, config) =>
      `${sender} authenticates ${vrid(config)} with AH (RFC 2338), which is not supported, so both may hold the addresses`,
    remedy: always('set auth_type PASS, or no authentication, on the other side'),
  },
  hmacTrailer: {
    code: 'PeerUsesHMAC',
    message: (sender, config) =>
      `${sender} appends an authentication trailer to its adverts for ${vrid(config)} (auth_hmac of keepalived 2.4), which is not supported`,
    remedy: always('remove auth_hmac on the other side'),
  },
  unknownAuthType: AUTHENTICATION_DIFFERS,
  authTypeDiffers: AUTHENTICATION_DIFFERS,
  passwordDiffers: AUTHENTICATION_DIFFERS,
  intervalDiffers: {
    code: 'IntervalDiffers',
    message: (sender, config) =>
      `${sender} advertises ${vrid(config)} with another interval, which VRRPv2 does not allow, so both may hold the addresses`,
    remedy: always(
      'set the same interval on both sides: spec.advertisementInterval here, advert_int in keepalived',
    ),
  },
  intervalZero: malformed('their interval is 0'),
  unknownType: malformed('their type is not ADVERTISEMENT'),
  noAddresses: malformed('they name no address'),
  lengthDiffers: malformed('their length does not fit their count of addresses'),
  invalidSource: malformed('no router can have their source address'),
  firstAddressNotLinkLocal: malformed('their first address is not link-local'),
  hopLimit: {
    code: 'AdvertFromElsewhere',
    message: (sender, config) =>
      `adverts for ${vrid(config)} from ${sender} came over a router or with a forged TTL`,
    remedy: always('find out who sends them; they are ignored here'),
  },
  sourceNotPeer: {
    code: 'UnknownPeer',
    message: (sender, config) =>
      `${sender} sends unicast adverts for ${vrid(config)} but is not one of the peers`,
    remedy: always('add it to spec.unicast.peers if it belongs to this router'),
  },
};

const OTHER_FORM: Readonly<Record<ChecksumForm, ChecksumForm>> = {
  PseudoHeader: 'MessageOnly',
  MessageOnly: 'PseudoHeader',
};

/** The same about adverts that are accepted all the same. */
const REMARKED: Readonly<Partial<Record<Remark, Diagnosis>>> = {
  checksumFormDiffers: {
    code: 'PeerChecksumFormDiffers',
    message: (sender, { checksum }) =>
      `${sender} uses form ${OTHER_FORM[checksum]} for its checksums and we use ${checksum}, so it very likely drops our adverts`,
    remedy: ({ checksum }) => `set spec.checksum to ${OTHER_FORM[checksum]}`,
  },
  addressListDiffers: {
    code: 'AddressListDiffers',
    message: (sender, config) => `${sender} advertises other addresses than ours for ${vrid(config)}`,
    remedy: always(
      'configure the same addresses on all routers of this VRID, or give one of them another VRID',
    ),
  },
  ownAddress: {
    code: 'OwnAddressHeard',
    message: (sender, config) => `an advert for ${vrid(config)} came from our own address ${sender}`,
    remedy: always('look for another host with this address, or for a loop in the network'),
  },
};

/** What an operator should be told when adverts of `sender` are rejected; null: there is nothing to mend. */
export const diagnoseRejection = (
  reason: RejectionReason,
  sender: string,
  config: RouterConfig,
): Problem | null => problem(REJECTED[reason], sender, config);

/** What an operator should be told about an accepted advert of `sender`, and what is no longer so by that advert. */
export function diagnoseRemarks(
  remarks: readonly Remark[],
  sender: string,
  config: RouterConfig,
): Readonly<{ found: readonly Problem[]; past: readonly Problem[] }> {
  const found: Problem[] = [];
  const past: Problem[] = [];
  for (const [remark, diagnosis] of Object.entries(REMARKED) as [Remark, Diagnosis][]) {
    const told = problem(diagnosis, sender, config);
    if (told !== null) (remarks.includes(remark) ? found : past).push(told);
  }
  return { found, past };
}

const problem = (diagnosis: Diagnosis | undefined, sender: string, config: RouterConfig): Problem | null =>
  diagnosis === undefined
    ? null
    : { code: diagnosis.code, message: diagnosis.message(sender, config), remedy: diagnosis.remedy(config) };
