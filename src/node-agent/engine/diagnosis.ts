import type { Problem } from '../ipc/messages.js';
import type { RouterConfig } from '../vrrp/config.js';
import type { Remark } from '../vrrp/receive.js';
import type { RejectionReason } from '../vrrp/rejection.js';

/** What an operator should be told when adverts of one sender are rejected for this reason; null: nothing to mend. */
export function diagnoseRejection(
  reason: RejectionReason,
  sender: string,
  config: RouterConfig,
): Problem | null {
  const vrid = String(config.vrid);
  switch (reason) {
    case 'versionDiffers':
      return problem(
        'VersionDiffers',
        `${sender} advertises VRID ${vrid} in another VRRP version than ${String(config.version)}, so neither hears the other and both may hold the addresses`,
        'set the same version on both sides: spec.vrrpVersion here, vrrp_version in keepalived',
      );
    case 'checksum':
      return problem(
        'ChecksumWrong',
        `adverts of ${sender} for VRID ${vrid} have a wrong checksum`,
        'look for a faulty network card or a middle box that changes packets',
      );
    case 'authenticationHeader':
      return problem(
        'PeerUsesAH',
        `${sender} authenticates VRID ${vrid} with AH (RFC 2338), which is not supported, so both may hold the addresses`,
        'set auth_type PASS, or no authentication, on the other side',
      );
    case 'hmacTrailer':
      return problem(
        'PeerUsesHMAC',
        `${sender} appends an authentication trailer to its adverts for VRID ${vrid} (auth_hmac of keepalived 2.4), which is not supported`,
        'remove auth_hmac on the other side',
      );
    case 'unknownAuthType':
    case 'authTypeDiffers':
    case 'passwordDiffers':
      return problem(
        'AuthenticationDiffers',
        `adverts of ${sender} for VRID ${vrid} do not have the authentication configured here, so both may hold the addresses`,
        'set the same type and password on both sides: spec.authentication here, authentication { } in keepalived',
      );
    case 'intervalDiffers':
      return problem(
        'IntervalDiffers',
        `${sender} advertises VRID ${vrid} with another interval, which VRRPv2 does not allow, so both may hold the addresses`,
        'set the same interval on both sides: spec.advertisementInterval here, advert_int in keepalived',
      );
    case 'intervalZero':
    case 'unknownType':
    case 'noAddresses':
    case 'lengthDiffers':
    case 'invalidSource':
    case 'firstAddressNotLinkLocal':
      return problem(
        'PeerMisbehaves',
        `${sender} sends malformed adverts for VRID ${vrid} (${reason})`,
        'find the host that sends them; they are ignored here',
      );
    case 'hopLimit':
      return problem(
        'AdvertFromElsewhere',
        `adverts for VRID ${vrid} from ${sender} came over a router or with a forged TTL`,
        'find out who sends them; they are ignored here',
      );
    case 'sourceNotPeer':
      return problem(
        'UnknownPeer',
        `${sender} sends unicast adverts for VRID ${vrid} but is not one of the peers`,
        'add it to spec.unicast.peers if it belongs to this router',
      );
    default:
      return null;
  }
}

/** What an operator should be told of an advert that was accepted all the same; null: counting it is enough. */
export function diagnoseRemark(remark: Remark, sender: string, config: RouterConfig): Problem | null {
  switch (remark) {
    case 'checksumFormDiffers':
      return problem(
        'PeerChecksumFormDiffers',
        `${sender} forms its checksum ${config.checksum === 'PseudoHeader' ? 'from the message alone' : 'with a pseudo-header'}, we do not; it very likely drops our adverts`,
        `set spec.checksum to ${config.checksum === 'PseudoHeader' ? 'MessageOnly' : 'PseudoHeader'}`,
      );
    case 'addressListDiffers':
      return problem(
        'AddressListDiffers',
        `${sender} advertises other addresses than ours for VRID ${String(config.vrid)}`,
        'configure the same addresses on all routers of this VRID',
      );
    case 'ownAddress':
      return problem(
        'OwnAddressHeard',
        `an advert for VRID ${String(config.vrid)} came from our own address ${sender}`,
        'look for another host with this address, or for a loop in the network',
      );
    case 'intervalDiffers':
    case 'firstAddressNotLinkLocal':
      return null;
  }
}

const problem = (code: string, message: string, remedy: string): Problem => ({ code, message, remedy });
