import {
  type AddressFamily,
  type IpAddress,
  addressFromBytes,
  familyOf,
  isLinkLocal,
  isMulticast,
  isUnspecified,
} from '../../values/ip-address.js';
import type { Advert } from './advert.js';
import type { ReceivedChecksumForm } from './checksum.js';
import { type Authentication, type Cast, OWNER_PRIORITY, type RouterConfig, type Vrid } from './config.js';
import { readIPv4Packet } from './ip-header.js';
import { AUTH_TYPE, type VrrpMessage, decodeMessage, passwordOctets, peekVrid } from './packet.js';
import { VRRP_GROUP, VRRP_HOP_LIMIT } from './protocol-numbers.js';
import type { Rejected, RejectionReason } from './rejection.js';

/*
 * RFC 9568 §7.1, RFC 3768 §7.1: what a datagram must show before the state machine hears of it. The checks are numbered
 * as in docs/rfc-support.md and made in that order, the cheapest first. Of check 1 the interface, and check 4, the lookup of the
 * router, are the caller's: between openDatagram and receiveAdvert. Bad datagrams are values here, never exceptions.
 */

/** What a socket knows of a datagram. */
export type ReceivedDatagram = Readonly<{
  /** IPv4: the packet from its IP header on. IPv6: the VRRP message alone. */
  bytes: Uint8Array;
  family: AddressFamily;
  /** These three come from the header where there is one, that is, for IPv4. */
  source: IpAddress | null;
  destination: IpAddress | null;
  hopLimit: number | null;
}>;

/** A datagram that may be an advert: enough is known to find its router by family, VRID and cast. */
export type Arrival = Readonly<{
  rejected?: undefined;
  family: AddressFamily;
  vrid: Vrid;
  /** By its destination. */
  cast: Cast['mode'];
  /** A view of the datagram. */
  message: Uint8Array;
  source: IpAddress;
  destination: IpAddress;
  /** null: the socket could not tell. */
  hopLimit: number | null;
}>;

/** What is odd about an accepted advert: counted, and worth one line in the log. */
export type Remark =
  /** VRRPv3: its interval is not ours; ours adapts. */
  | 'intervalDiffers'
  /** Its addresses are not ours, order aside. */
  | 'addressListDiffers'
  /** RFC 9568 §5.2.9 asks for a link-local address in front. */
  | 'firstAddressNotLinkLocal'
  /** Its checksum has another form than those we send: the sender very likely drops ours. */
  | 'checksumFormDiffers'
  /** It was sent from our own address: our own advert come back, or another host with our address. */
  | 'ownAddress';

export type Accepted = Readonly<{
  rejected?: undefined;
  accepted: Advert;
  sender: IpAddress;
  /** VRRPv3 over IPv4 only. */
  checksumForm: ReceivedChecksumForm | null;
  remarks: readonly Remark[];
}>;

export type Verdict = Accepted | Rejected;

/** Checks 1 to 3: what can be said before the router is known. */
export function openDatagram(datagram: ReceivedDatagram): Arrival | Rejected {
  const { bytes, source, destination, hopLimit } = datagram;
  if (datagram.family === 'IPv6') return arrival('IPv6', bytes, source, destination, hopLimit);
  const packet = readIPv4Packet(bytes);
  if (!packet.ok) return { rejected: packet.problem };
  const { payload, ttl } = packet.value;
  if (payload.length < 8) return { rejected: 'tooShort' };
  return arrival(
    'IPv4',
    payload,
    addressFromBytes(packet.value.source),
    addressFromBytes(packet.value.destination),
    ttl,
  );
}

function arrival(
  family: AddressFamily,
  message: Uint8Array,
  source: IpAddress | null,
  destination: IpAddress | null,
  hopLimit: number | null,
): Arrival | Rejected {
  if (source === null || destination === null) return { rejected: 'wrongDestination' };
  const multicast = isMulticast(destination);
  if (multicast && destination !== VRRP_GROUP[family]) return { rejected: 'wrongDestination' };
  const vrid = peekVrid(message);
  if (vrid === null) return { rejected: 'tooShort' };
  const cast = multicast ? 'Multicast' : 'Unicast';
  return { family, vrid, cast, message, source, destination, hopLimit };
}

/**
 * Checks 4 to 19: whether the router of this configuration, which sends from `ownSource`, believes the arrival. Nothing
 * about a rejected one may touch a timer or anything learned.
 */
export function receiveAdvert(config: RouterConfig, ownSource: IpAddress | null, arrived: Arrival): Verdict {
  const { source } = arrived;
  const stranger = routerProblem(config, arrived);
  if (stranger !== null) return { rejected: stranger };
  const decoded = decodeMessage(
    arrived.message,
    config.version,
    source,
    arrived.destination,
    config.checksum,
  );
  if (!decoded.ok) return { rejected: decoded.problem };
  const message = decoded.value;
  const problem =
    authenticationProblem(config.authentication, message) ??
    intervalProblem(config, message) ??
    firstAddressProblem(config, message) ??
    sourceProblem(config, source) ??
    ownerProblem(config, source, ownSource);
  if (problem !== null) return { rejected: problem };

  const { version, vrid, priority, interval, addresses, checksumForm } = message;
  return {
    accepted: { version, vrid, priority, interval, addresses },
    sender: source,
    checksumForm,
    remarks: remarksOn(config, message, source === ownSource),
  };
}

/** Checks 1, 4 and 5. The first two repeat what the caller looked the router up by. */
function routerProblem(config: RouterConfig, arrived: Arrival): RejectionReason | null {
  if (arrived.cast !== config.cast.mode || arrived.family !== config.family) return 'wrongDestination';
  if (arrived.vrid !== config.vrid) return 'unknownVrid';
  return hopLimitFits(config.cast, arrived.hopLimit) ? null : 'hopLimit';
}

/** Check 5. A hop limit that the socket could not tell proves nothing. */
function hopLimitFits(cast: Cast, hopLimit: number | null): boolean {
  if (hopLimit === null) return false;
  if (cast.mode === 'Multicast') return hopLimit === VRRP_HOP_LIMIT;
  return hopLimit >= cast.hopLimit.min && hopLimit <= cast.hopLimit.max;
}

/** Check 10. RFC 2338 §7.1; with type None the data is not looked at. */
function authenticationProblem(
  configured: Authentication,
  { authentication }: VrrpMessage,
): RejectionReason | null {
  if (authentication === null) return null;
  if (authentication.type > AUTH_TYPE.authenticationHeader) return 'unknownAuthType';
  const expected = configured.type === 'Password' ? AUTH_TYPE.password : AUTH_TYPE.none;
  if (authentication.type !== expected) return 'authTypeDiffers';
  if (configured.type === 'None') return null;
  return sameOctets(authentication.data, passwordOctets(configured.password)) ? null : 'passwordDiffers';
}

/** Checks 11 and 12. RFC 3768 §7.1 wants equal intervals; RFC 9568 learns any but 0 (errata 8301). */
function intervalProblem(config: RouterConfig, { version, interval }: VrrpMessage): RejectionReason | null {
  if (version === 2) return interval === config.advertisementInterval ? null : 'intervalDiffers';
  return interval === 0 ? 'intervalZero' : null;
}

/** Check 13. */
function firstAddressProblem(config: RouterConfig, message: VrrpMessage): RejectionReason | null {
  return config.strictFirstAddress && !beginsLinkLocal(message) ? 'firstAddressNotLinkLocal' : null;
}

/** Checks 14 and 15. */
function sourceProblem({ cast }: RouterConfig, source: IpAddress): RejectionReason | null {
  if (!canBeRouter(source, cast.mode)) return 'invalidSource';
  return cast.mode === 'Unicast' && !cast.peers.includes(source) ? 'sourceNotPeer' : null;
}

/** Check 17. Our own advert come back (check 16) is for the state machine to report, whatever an owner thinks of others. */
function ownerProblem(
  config: RouterConfig,
  source: IpAddress,
  ownSource: IpAddress | null,
): RejectionReason | null {
  const deaf = config.strictOwner && config.basePriority === OWNER_PRIORITY;
  return deaf && source !== ownSource ? 'ignoredByOwner' : null;
}

function canBeRouter(source: IpAddress, cast: Cast['mode']): boolean {
  if (isUnspecified(source) || isMulticast(source) || source === '255.255.255.255') return false;
  return familyOf(source) === 'IPv4' || cast === 'Unicast' || isLinkLocal(source);
}

function remarksOn(config: RouterConfig, message: VrrpMessage, own: boolean): Remark[] {
  const remarks: Remark[] = [];
  if (message.checksumForm !== null && message.checksumForm !== config.checksum)
    remarks.push('checksumFormDiffers');
  if (message.interval !== config.advertisementInterval) remarks.push('intervalDiffers');
  if (!beginsLinkLocal(message)) remarks.push('firstAddressNotLinkLocal');
  if (own) remarks.push('ownAddress');
  if (!sameSet(message.addresses, config.addresses)) remarks.push('addressListDiffers');
  return remarks;
}

/** True for IPv4, where nothing is asked of the first address. */
function beginsLinkLocal({ addresses: [first] }: VrrpMessage): boolean {
  return first === undefined || familyOf(first) === 'IPv4' || isLinkLocal(first);
}

/** Compares eight octets in a time that does not tell where they differ. */
function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  return difference === 0;
}

function sameSet(a: readonly IpAddress[], b: readonly IpAddress[]): boolean {
  if (a.length === b.length && a.every((address, index) => address === b[index])) return true;
  const left = new Set(a);
  const right = new Set(b);
  return left.size === right.size && a.every((address) => right.has(address));
}
