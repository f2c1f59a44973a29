import { HostError } from '../../platform/errors.js';
import { familyOf } from '../../values/ip-address.js';
import { type Prefix, contains, formatPrefix, fullLength } from '../../values/prefix.js';
import type { AddressTable, HostNetwork, InterfaceAddress } from '../engine/ports.js';
import type { Netlink, Request } from './netlink.js';
import { OUR_PROTOCOL, labelFor } from './ownership.js';
import { AddressFlag, Flag, MessageType, encodeAddress, encodeAddressKey } from './rtnetlink-codec.js';

/** The address, or the interface, is gone already. */
const ALREADY_GONE: ReadonlySet<string | null> = new Set(['EADDRNOTAVAIL', 'ENODEV', 'ENXIO', null]);

/**
 * Holds addresses under a lease: the kernel removes them by itself unless they are renewed. Every address carries the mark of
 * ownership.ts. An address that somebody else put on the interface is never taken over, renewed or removed: `hold` then rejects
 * with the code EEXIST, after it has done the others.
 */
export function createAddressTable(netlink: Netlink, network: HostNetwork): AddressTable {
  /** What this run has installed, before the kernel's notification of it comes round. */
  const installed = new Set<string>();

  const on = (interfaceIndex: number): InterfaceAddress[] =>
    network.addresses().filter((address) => address.interfaceIndex === interfaceIndex);

  return {
    hold: async (interfaceIndex, prefixes, { seconds }) => {
      const present = on(interfaceIndex);
      const name = network.links().find(({ index }) => index === interfaceIndex)?.name ?? '';
      const isForeign = ({ address }: Prefix): boolean =>
        present.some(({ ours, prefix }) => !ours && prefix.address === address);
      const foreign = prefixes.filter(isForeign);
      const wanted = prefixes.filter((prefix) => !isForeign(prefix));

      const answers = await netlink.request(
        wanted.map((prefix): Request => {
          const text = formatPrefix(prefix);
          const known =
            installed.has(keyOf(interfaceIndex, text)) ||
            present.some((address) => address.ours && formatPrefix(address.prefix) === text);
          // A first installation must not turn an address that has just been added by somebody else into ours.
          return {
            type: MessageType.newAddress,
            flags: Flag.create | (known ? Flag.replace : Flag.exclusive),
            body: encodeAddress({
              interfaceIndex,
              prefix,
              flags: flagsFor(prefix, present),
              label: familyOf(prefix.address) === 'IPv4' && name !== '' ? labelFor(name) : null,
              protocol: OUR_PROTOCOL,
              validLifetime: seconds,
              // 0: deprecated, so that no connection of this host chooses it as its source. IPv4 has no such choice.
              preferredLifetime: familyOf(prefix.address) === 'IPv4' ? seconds : 0,
            }),
          };
        }),
      );
      for (const [index, prefix] of wanted.entries())
        if (answers[index] === null) installed.add(keyOf(interfaceIndex, formatPrefix(prefix)));
      report('hold', [
        ...wanted.map((prefix, index) => ({ prefix, code: answers[index] ?? null })),
        ...foreign.map((prefix) => ({ prefix, code: 'EEXIST' })),
      ]);
    },

    release: async (interfaceIndex, prefixes) => {
      const present = on(interfaceIndex);
      const ours = prefixes.filter((prefix) => {
        const text = formatPrefix(prefix);
        return (
          installed.delete(keyOf(interfaceIndex, text)) ||
          present.some((address) => address.ours && formatPrefix(address.prefix) === text)
        );
      });
      await remove(ours.map((prefix) => ({ interfaceIndex, prefix })));
    },

    sweep: async (except) => {
      const kept = new Set(
        except.map(({ interfaceIndex, prefix }) => keyOf(interfaceIndex, formatPrefix(prefix))),
      );
      const stale = network
        .addresses()
        .filter(
          ({ ours, interfaceIndex, prefix }) =>
            ours && !kept.has(keyOf(interfaceIndex, formatPrefix(prefix))),
        );
      for (const { interfaceIndex, prefix } of stale)
        installed.delete(keyOf(interfaceIndex, formatPrefix(prefix)));
      const names = new Map(network.links().map(({ index, name }) => [index, name]));
      await remove(stale);
      return stale.map(
        ({ interfaceIndex, prefix }) =>
          `${formatPrefix(prefix)} on ${names.get(interfaceIndex) ?? String(interfaceIndex)}`,
      );
    },
  };

  async function remove(
    addresses: readonly Readonly<{ interfaceIndex: number; prefix: Prefix }>[],
  ): Promise<void> {
    const answers = await netlink.request(
      addresses.map(({ interfaceIndex, prefix }) => ({
        type: MessageType.delAddress,
        flags: 0,
        body: encodeAddressKey(interfaceIndex, prefix),
      })),
    );
    report(
      'release',
      addresses.map(({ prefix }, index) => {
        const code = answers[index] ?? null;
        return { prefix, code: ALREADY_GONE.has(code) ? null : code };
      }),
    );
  }
}

/** Throws the first error that is left, naming every address with its error. */
function report(
  operation: string,
  results: readonly Readonly<{ prefix: Prefix; code: string | null }>[],
): void {
  const refused = results.filter(({ code }) => code !== null);
  const [first] = refused;
  if (first?.code == null) return;
  const others = refused.length === 1 ? '' : ` and ${String(refused.length - 1)} more`;
  throw new HostError(`${operation} ${formatPrefix(first.prefix)}${others}`, first.code);
}

function flagsFor(prefix: Prefix, present: readonly InterfaceAddress[]): number {
  const { address, length } = prefix;
  // Duplicate address detection would keep the address unusable for a second, and the address is unique by protocol.
  if (familyOf(address) === 'IPv6') return AddressFlag.noDad | AddressFlag.noPrefixRoute;
  const single = length === fullLength('IPv4');
  const covered = present.some(({ ours, prefix: other }) => !ours && contains(other, address));
  return single || covered ? AddressFlag.noPrefixRoute : 0;
}

const keyOf = (interfaceIndex: number, prefix: string): string => `${String(interfaceIndex)} ${prefix}`;
