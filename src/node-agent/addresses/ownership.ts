import { familyOf } from '../../values/ip-address.js';
import { type Prefix, formatPrefix } from '../../values/prefix.js';
import { type AddressRecord, noRecord } from './address-record.js';
import { type AddressMessage, FOREVER } from './rtnetlink-address.js';

/**
 * IFA_PROTO of addresses that this program holds: VRRP's protocol number. `ip address show proto 112` lists them. Numbers from 4 on are free
 * for everybody's use.
 */
export const OUR_PROTOCOL = 112;

const LABEL_SUFFIX = ':vrrp';
const LONGEST_LABEL = 15;

/** How addresses of ours are told from those of others. */
export interface Ownership {
  isOurs(address: AddressMessage, interfaceName: string): boolean;
}

/** The label of an IPv4 address of ours; null where the interface's name leaves no room for one. */
export function labelFor(interfaceName: string): string | null {
  const label = `${interfaceName}${LABEL_SUFFIX}`;
  return label.length <= LONGEST_LABEL ? label : null;
}

const isOurLabel = (label: string | null, interfaceName: string): boolean =>
  label !== null && label === labelFor(interfaceName);

/** Whether this kernel keeps IFA_PROTO (Linux 5.18); `release` as in uname(2). */
export function keepsAddressProtocol(release: string): boolean {
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  return major > 5 || (major === 5 && minor >= 18);
}

/**
 * IFA_PROTO decides. A kernel that does not keep it leaves two marks: the label of an IPv4 address, and what we wrote down. Both count
 * there only if the address has an end: ours always do.
 */
export function createOwnership(
  keepsProtocol: boolean,
  record: Pick<AddressRecord, 'has'> = noRecord,
): Ownership {
  return {
    isOurs: (address, interfaceName) => {
      if (address.protocol === OUR_PROTOCOL) return true;
      if (keepsProtocol || address.protocol !== null || address.validLifetime === FOREVER) return false;
      if (familyOf(address.prefix.address) === 'IPv4' && isOurLabel(address.label, interfaceName))
        return true;
      return record.has(recordOf(interfaceName, address.prefix));
    },
  };
}

/** How an address is written down. */
export const recordOf = (interfaceName: string, prefix: Prefix): string =>
  `${interfaceName} ${formatPrefix(prefix)}`;
