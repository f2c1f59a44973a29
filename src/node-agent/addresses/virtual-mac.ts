import { HostError } from '../../platform/errors.js';
import type { MacAddress } from '../../values/mac-address.js';
import type { Link, VirtualMacLinks } from '../engine/ports.js';
import type { KernelNetwork } from './host-network.js';
import type { Netlink } from './netlink.js';
import { Flag, MessageType } from './netlink-wire.js';
import {
  type LinkMessage,
  decodeLink,
  encodeLinkDump,
  encodeLinkKey,
  encodeLinkSettings,
  encodeLinkUp,
  encodeMacvlan,
  encodeNoAddressGeneration,
} from './rtnetlink-link.js';

/** IFLA_IFALIAS of the interfaces that this program made. */
export const OUR_ALIAS = 'kube-vrrp';

/**
 * Settings of our macvlan, as keepalived's `use_vmac` has them. By rtnetlink, because in a container /proc/sys is read-only.
 * rp_filter off: requests come in by the macvlan, while the route to who asked leads out by the interface below.
 */
const SETTINGS: Readonly<Record<number, number>> = {
  8: 0, // rp_filter
  19: 1, // arp_ignore: answer for the virtual addresses only
  20: 1, // promote_secondaries
  23: 1, // accept_local
};

/** IPv6 is switched off. */
const WITHOUT_IPV6: ReadonlySet<string> = new Set(['EAFNOSUPPORT', 'EOPNOTSUPP', 'ENODEV']);

/** {@link VirtualMacLinks}, and what clears up after an earlier run. */
export interface MacvlanLinks extends VirtualMacLinks {
  /** Removes every interface of ours but these; tells which by name. */
  sweep(except: readonly number[]): Promise<readonly string[]>;
}

/**
 * Private-mode macvlans: a frame with the virtual MAC as its source, e.g. a peer's advert, is not taken for one of our own, and two virtual
 * routers of this host do not see each other's frames.
 */
export function createVirtualMacLinks(netlink: Netlink, network: KernelNetwork): MacvlanLinks {
  const request = async (
    operation: string,
    type: number,
    flags: number,
    body: Uint8Array,
    tolerated?: ReadonlySet<string>,
  ): Promise<void> => {
    const [code = null] = await netlink.request([{ type, flags, body }]);
    if (code !== null && tolerated?.has(code) !== true) throw new HostError(operation, code);
  };
  /** Read from the kernel, for the notification of what was just made may still be under way. */
  const findLink = async (name: string): Promise<LinkMessage | null> => {
    const messages = await netlink.dump(MessageType.getLink, encodeLinkDump());
    return messages.map(({ body }) => decodeLink(body)).find((link) => link?.name === name) ?? null;
  };
  const deleteLink = (index: number): Promise<void> =>
    request('remove macvlan', MessageType.delLink, 0, encodeLinkKey(index), new Set(['ENODEV']));

  return {
    ensure: async (parent: Link, mac: MacAddress, name: string) => {
      let found = await findLink(name);
      if (found !== null && found.alias !== OUR_ALIAS)
        throw new HostError(`create macvlan ${name}: an interface of that name exists already`, 'EEXIST');
      if (found !== null && (found.parentIndex !== parent.index || found.mac !== mac)) {
        await deleteLink(found.index);
        found = null;
      }
      if (found === null) {
        const body = encodeMacvlan({ name, parentIndex: parent.index, mac });
        await request(`create macvlan ${name}`, MessageType.newLink, Flag.create | Flag.exclusive, body);
      }
      // Before it comes up, for then addresses would be made and ARP requests answered.
      const settings = encodeLinkSettings(name, OUR_ALIAS, SETTINGS);
      await request(`configure macvlan ${name}`, MessageType.newLink, 0, settings);
      const generation = encodeNoAddressGeneration(name);
      await request(`configure macvlan ${name}`, MessageType.newLink, 0, generation, WITHOUT_IPV6);
      await request(`bring up macvlan ${name}`, MessageType.newLink, 0, encodeLinkUp(name));
      const made = await findLink(name);
      if (made === null) throw new HostError(`create macvlan ${name}`, 'ENODEV');
      return made.index;
    },

    remove: async (index) => {
      // Not what somebody else has made since under the same index.
      if (network.aliasOf(index) === OUR_ALIAS) await deleteLink(index);
    },

    sweep: async (except) => {
      const kept = new Set(except);
      const stale = network
        .links()
        .filter(({ index, kind }) => kind === 'macvlan' && network.aliasOf(index) === OUR_ALIAS)
        .filter(({ index }) => !kept.has(index));
      for (const { index } of stale) await deleteLink(index);
      return stale.map(({ name }) => name);
    },
  };
}
