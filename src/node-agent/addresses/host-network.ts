import { HostError } from '../../platform/errors.js';
import type { HostNetwork, InterfaceAddress, Link } from '../engine/ports.js';
import { type Netlink, openNetlinkMonitor } from './netlink.js';
import { formatPrefix } from '../../values/prefix.js';
import type { Ownership } from './ownership.js';
import { MessageType, type NetlinkMessage } from './netlink-wire.js';
import { type AddressMessage, AddressFlag, decodeAddress, encodeAddressDump } from './rtnetlink-address.js';
import { type LinkMessage, decodeLink, encodeLinkDump } from './rtnetlink-link.js';

const RTNLGRP_LINK = 1;
const RTNLGRP_IPV4_IFADDR = 5;
const RTNLGRP_IPV6_IFADDR = 9;
const IFA_UNUSABLE = AddressFlag.tentative | AddressFlag.dadFailed;

/** {@link HostNetwork} over rtnetlink, with what only the adapters next to it need to know. */
export interface KernelNetwork extends HostNetwork {
  /** The interface's IFLA_IFALIAS. */
  aliasOf(index: number): string | null;
  close(): void;
}

/**
 * Reads the interfaces and addresses of this host and keeps them current. Notifications that arrive while everything is
 * being read are applied afterwards, in order; when the kernel had to drop some, everything is read anew.
 */
export async function openHostNetwork(netlink: Netlink, ownership: Ownership): Promise<KernelNetwork> {
  const listeners: (() => void)[] = [];
  let links = new Map<number, KnownLink>();
  /** In the kernel's order, which decides which address is the primary one. */
  let addresses = new Map<string, KnownAddress>();
  let linkView: readonly Link[] | null = null;
  let addressView: readonly InterfaceAddress[] | null = null;
  /** Notifications that wait for a reading to end; null: none is under way. */
  let postponed: NetlinkMessage[] | null = null;
  let readAgain = false;
  const mustReadAgain = (): boolean => readAgain;
  let notifying = false;
  let open = true;

  const notify = (): void => {
    if (notifying) return;
    notifying = true;
    // Once for a burst of changes, and out of the native callback, which does not expect exceptions.
    setImmediate(() => {
      notifying = false;
      if (open) for (const listener of listeners) listener();
    });
  };

  // What did not change is not made anew: a host with many containers has thousands of both, and changes all the time.
  const applyLink = (link: LinkMessage, gone: boolean): void => {
    linkView = null;
    const renamed = links.get(link.index)?.message.name !== link.name;
    if (gone) links.delete(link.index);
    else links.set(link.index, { message: link, view: linkOf(link) });
    if (!gone && !renamed) return;
    addressView = null;
    for (const [key, { message }] of addresses) {
      if (message.interfaceIndex !== link.index) continue;
      // The kernel does not report every address of an interface that goes.
      if (gone) addresses.delete(key);
      else addresses.set(key, known(message));
    }
  };
  const known = (message: AddressMessage): KnownAddress => {
    const name = links.get(message.interfaceIndex)?.message.name ?? '';
    return { message, view: interfaceAddressOf(message, ownership.isOurs(message, name)) };
  };
  /** Whether more than the lifetime changed: the lease of every virtual address is renewed all the time. */
  const applyAddress = (address: AddressMessage, gone: boolean): boolean => {
    const key = keyOf(address);
    const before = addresses.get(key)?.message;
    const isNews = gone || before === undefined || !onlyLifetimeDiffers(before, address);
    if (gone && before === undefined) return false;
    if (gone) addresses.delete(key);
    else addresses.set(key, known(address));
    if (isNews) addressView = null;
    return isNews;
  };
  const apply = ({ type, body }: NetlinkMessage): void => {
    const isLink = type === MessageType.newLink || type === MessageType.delLink;
    const link = isLink ? decodeLink(body) : null;
    const isAddress = type === MessageType.newAddress || type === MessageType.delAddress;
    const address = isAddress ? decodeAddress(body) : null;
    if (link !== null) applyLink(link, type === MessageType.delLink);
    if (link !== null || (address !== null && applyAddress(address, type === MessageType.delAddress)))
      notify();
  };

  async function readEverything(): Promise<void> {
    if (postponed !== null) {
      readAgain = true;
      return;
    }
    readAgain = false;
    const waiting: NetlinkMessage[] = [];
    postponed = waiting;
    try {
      const linkDump = await netlink.dump(MessageType.getLink, encodeLinkDump());
      const addressDump = await netlink.dump(MessageType.getAddress, encodeAddressDump());
      links = new Map();
      addresses = new Map();
      linkView = null;
      addressView = null;
      for (const message of [...linkDump, ...addressDump]) apply(message);
    } finally {
      postponed = null;
      for (const message of waiting) apply(message);
    }
    notify();
    if (mustReadAgain()) await readEverything();
  }

  const monitor = openNetlinkMonitor(
    [RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR],
    (message) => {
      if (postponed === null) apply(message);
      else postponed.push(message);
    },
    () => {
      // Fails only when the answer was lost as well: the next attempt follows.
      const again = (): void => {
        if (open) readEverything().catch(() => setImmediate(again));
      };
      again();
    },
  );
  /** A host that refuses lets us hear what we know already. */
  const hearLess = (): void => {
    try {
      if (netlink.port !== null) monitor.dropRenewals(netlink.port);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
    }
  };
  try {
    await readEverything();
    hearLess();
  } catch (error) {
    monitor.close();
    throw error;
  }

  return {
    links: () => (linkView ??= Array.from(links.values(), ({ view }) => view)),
    addresses: () => (addressView ??= Array.from(addresses.values(), ({ view }) => view)),
    onChange: (listener) => {
      listeners.push(listener);
    },
    aliasOf: (index) => links.get(index)?.message.alias ?? null,
    close: () => {
      open = false;
      monitor.close();
    },
  };
}

/** As the kernel said it, and as it is shown. */
type KnownLink = Readonly<{ message: LinkMessage; view: Link }>;
type KnownAddress = Readonly<{ message: AddressMessage; view: InterfaceAddress }>;

const onlyLifetimeDiffers = (one: AddressMessage, other: AddressMessage): boolean =>
  one.flags === other.flags &&
  one.protocol === other.protocol &&
  one.label === other.label &&
  one.scope === other.scope;

const keyOf = ({ interfaceIndex, prefix }: AddressMessage): string =>
  `${String(interfaceIndex)} ${formatPrefix(prefix)}`;

const linkOf = ({ index, name, mac, flags, mtu, kind, parentIndex }: LinkMessage): Link => ({
  index,
  name,
  mac,
  ...flags,
  mtu,
  kind,
  // IFLA_LINK of a veth is its peer, which may be in another namespace.
  parentIndex: kind === 'macvlan' ? parentIndex : null,
});

const interfaceAddressOf = (
  { interfaceIndex, prefix, flags, scope }: AddressMessage,
  ours: boolean,
): InterfaceAddress => ({
  interfaceIndex,
  prefix,
  ours,
  secondary: (flags & AddressFlag.secondary) !== 0,
  tentative: (flags & IFA_UNUSABLE) !== 0,
  deprecated: (flags & AddressFlag.deprecated) !== 0,
  scope,
});
