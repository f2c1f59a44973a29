/**
 * Why a datagram is not taken for an advert. Closed: the log, the metrics and the documentation list exactly these.
 * The number is that of the receive check in docs/rfc-support.md, in whose order they are made.
 */
export const REJECTIONS = {
  wrongDestination: { check: 1, meaning: 'sent neither to the VRRP group nor to a unicast address' },
  wrongProtocol: { check: 1, meaning: 'IP protocol is not 112' },
  authenticationHeader: {
    check: 1,
    meaning: 'IP protocol is 51: the sender uses AH authentication (RFC 2338), which is not supported',
  },
  malformedIpHeader: { check: 2, meaning: 'IPv4 header too short, or of another IP version' },
  ipLengthDiffers: { check: 2, meaning: 'IPv4 total length is not the number of octets received' },
  fragmented: { check: 2, meaning: 'IPv4 fragment' },
  tooShort: { check: 3, meaning: 'fewer than the 8 octets of a VRRP header' },
  unknownVrid: { check: 4, meaning: 'no virtual router with this VRID here' },
  hopLimit: {
    check: 5,
    meaning: 'TTL or hop limit is not 255, or outside of the range set for unicast peers',
  },
  versionDiffers: { check: 6, meaning: 'VRRP version is not the configured one' },
  unknownType: { check: 7, meaning: 'type is not 1, ADVERTISEMENT' },
  noAddresses: { check: 8, meaning: 'advertises no address' },
  lengthDiffers: { check: 8, meaning: 'length does not fit the count of addresses' },
  hmacTrailer: {
    check: 8,
    meaning:
      'longer by 28 octets: the sender probably uses the auth_hmac of keepalived 2.4, which is not supported',
  },
  checksum: { check: 9, meaning: 'checksum is wrong in every known form' },
  unknownAuthType: { check: 10, meaning: 'authentication type is none of 0, 1 and 2' },
  authTypeDiffers: { check: 10, meaning: 'authentication type is not the configured one' },
  passwordDiffers: { check: 10, meaning: 'password is not the configured one' },
  intervalDiffers: { check: 11, meaning: 'VRRPv2 interval is not the configured one' },
  intervalZero: { check: 12, meaning: 'interval is 0' },
  firstAddressNotLinkLocal: { check: 13, meaning: 'first IPv6 address is not link-local (strict)' },
  invalidSource: { check: 14, meaning: 'source address cannot be that of a router' },
  sourceNotPeer: { check: 15, meaning: 'source address is not one of the unicast peers' },
  ignoredByOwner: { check: 17, meaning: 'this router owns the addresses and listens to nobody (strict)' },
} as const satisfies Record<string, Readonly<{ check: number; meaning: string }>>;

export type RejectionReason = keyof typeof REJECTIONS;

export type Rejected = Readonly<{ rejected: RejectionReason }>;
