import { familyOf } from '../../values/ip-address.js';
import { type Prefix, contains, fullLength } from '../../values/prefix.js';
import type { InterfaceAddress } from '../engine/ports.js';
import type { Request } from './netlink.js';
import { OUR_PROTOCOL, labelFor } from './ownership.js';
import { Flag, MessageType } from './netlink-wire.js';
import { AddressFlag, encodeAddress, encodeAddressKey } from './rtnetlink-address.js';

/*
 * What to ask of the kernel for an address of ours, given what the interface carries. Pure.
 */

/** An interface as far as these requests need it. */
export type Carrier = Readonly<{ index: number; name: string; addresses: readonly InterfaceAddress[] }>;

/**
 * Installs `prefix` for so many seconds, or extends it. `known` is whether it is ours already: a first installation must not turn
 * an address that somebody else has just added into ours.
 */
export const holdRequest = (carrier: Carrier, prefix: Prefix, seconds: number, known: boolean): Request => {
  const isIPv4 = familyOf(prefix.address) === 'IPv4';
  return {
    type: MessageType.newAddress,
    flags: Flag.create | (known ? Flag.replace : Flag.exclusive),
    body: encodeAddress({
      interfaceIndex: carrier.index,
      prefix,
      flags: flagsFor(prefix, carrier.addresses),
      label: isIPv4 && carrier.name !== '' ? labelFor(carrier.name) : null,
      protocol: OUR_PROTOCOL,
      validLifetime: seconds,
      // 0: deprecated, so that no connection of this host chooses it as its source. IPv4 has no such choice.
      preferredLifetime: isIPv4 ? seconds : 0,
    }),
  };
};

export const releaseRequest = (interfaceIndex: number, prefix: Prefix): Request => ({
  type: MessageType.delAddress,
  flags: 0,
  body: encodeAddressKey(interfaceIndex, prefix),
});

function flagsFor(prefix: Prefix, present: readonly InterfaceAddress[]): number {
  // Duplicate address detection would keep the address unusable for a second, and VRRP sees to its uniqueness.
  if (familyOf(prefix.address) === 'IPv6') return AddressFlag.noDad | AddressFlag.noPrefixRoute;
  // The subnet's route belongs to the interface's own address.
  const shared = present.some(({ ours, prefix: other }) => !ours && contains(prefix, other.address));
  return shared || prefix.length === fullLength('IPv4') ? AddressFlag.noPrefixRoute : 0;
}

/** Whether somebody else has this very address on the interface, with whatever prefix length. */
export const isForeign = ({ address }: Prefix, present: readonly InterfaceAddress[]): boolean =>
  present.some(({ ours, prefix }) => !ours && prefix.address === address);

/** Whether it is there, and ours. */
export const isOurs = (prefix: Prefix, present: readonly InterfaceAddress[]): boolean =>
  present.some(({ ours, prefix: other }) => ours && samePrefix(other, prefix));

const samePrefix = (one: Prefix, other: Prefix): boolean =>
  one.address === other.address && one.length === other.length;

/** Our address under another prefix length. The kernel tells IPv6 addresses apart without their length, and cannot change it. */
export const outdatedLength = (
  { address, length }: Prefix,
  present: readonly InterfaceAddress[],
): Prefix | null =>
  familyOf(address) === 'IPv4'
    ? null
    : (present.find(({ ours, prefix }) => ours && prefix.address === address && prefix.length !== length)
        ?.prefix ?? null);

/**
 * Whether our address has become the primary one of its subnet in front of an address of the interface's own: this happens when the
 * interface's address is replaced. The host would send from the virtual address, and without a route to its subnet.
 */
export const hasPushedAhead = (prefix: Prefix, present: readonly InterfaceAddress[]): boolean =>
  familyOf(prefix.address) === 'IPv4' &&
  present.some((mine) => mine.ours && !mine.secondary && samePrefix(mine.prefix, prefix)) &&
  present.some(
    ({ ours, secondary, prefix: other }) =>
      !ours && secondary && other.length === prefix.length && contains(prefix, other.address),
  );
