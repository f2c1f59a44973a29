import { SomeRefused } from '../../platform/errors.js';
import { type Prefix, formatPrefix } from '../../values/prefix.js';
import type { AddressTable, HostNetwork, InterfaceAddress, Link } from '../engine/ports.js';
import { readSysctl } from '../host/sysctls.js';
import {
  type Carrier,
  hasPushedAhead,
  holdRequest,
  isForeign,
  isOurs,
  outdatedLength,
  releaseRequest,
} from './address-requests.js';
import { type AddressRecord, noRecord } from './address-record.js';
import { Arrivals } from './arrival.js';
import type { Netlink, Request } from './netlink.js';
import { recordOf } from './ownership.js';

/** The address, or the interface, is gone already. */
const ALREADY_GONE: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'ENODEV', 'ENXIO']);

type Place = Readonly<{ interfaceIndex: number; prefix: Prefix }>;

type Renewal = Readonly<{
  carrier: Carrier;
  seconds: number;
  /** When it was made, in changes of what is installed. */
  changes: number;
  requests: readonly Request[];
  records: readonly string[];
}>;

/** What is asked for was so before: only lifetimes change. */
const untold = (request: Request): Request => ({ ...request, untold: true });

export type AddressTableOptions = Readonly<{
  /** Where held addresses are written down for ownership.ts. */
  record: AddressRecord;
  /** Whether the kernel keeps the other addresses of a subnet when its first one goes (promote_secondaries). */
  promotes: (interfaceName: string) => boolean;
}>;

/**
 * Holds addresses under a lease: the kernel removes them by itself unless they are renewed. Every address carries the mark of
 * ownership.ts. An address that somebody else put on the interface is never taken over, renewed or removed: `hold` then rejects
 * with the code EEXIST, after it has done the others.
 *
 * An address of ours that came to stand in front of the interface's own ones is put behind them again.
 */
export function createAddressTable(
  netlink: Netlink,
  network: HostNetwork,
  { record = noRecord, promotes = promotesSecondaries }: Partial<AddressTableOptions> = {},
): AddressTable {
  /** What this run has installed and not released, also while the kernel's notification has not come round yet. */
  const installed = new Map<string, Place & { seconds: number }>();
  /** How often something else than its lifetime changed there. */
  let changes = 0;

  /** What was found out about interfaces, for as long as the host has the same ones and the same addresses. */
  let carriers = new Map<number, Carrier>();
  let knownLinks: readonly Link[] | null = null;
  let knownAddresses: readonly InterfaceAddress[] | null = null;

  const carrierOf = (index: number): Carrier => {
    const links = network.links();
    const addresses = network.addresses();
    if (links !== knownLinks || addresses !== knownAddresses) carriers = new Map();
    knownLinks = links;
    knownAddresses = addresses;
    const known = carriers.get(index);
    if (known !== undefined) return known;
    const carrier: Carrier = {
      index,
      name: links.find((link) => link.index === index)?.name ?? '',
      addresses: addresses.filter(({ interfaceIndex }) => interfaceIndex === index),
    };
    carriers.set(index, carrier);
    return carrier;
  };

  const arrivals = new Arrivals(network);

  /** Renewals as they were asked for last: the same again while nothing else changes. */
  const renewals = new WeakMap<readonly Prefix[], Renewal>();

  const namesOfLinks = (): ReadonlyMap<number, string> =>
    new Map(network.links().map(({ index, name }) => [index, name]));

  network.onChange(() => {
    for (const { interfaceIndex, prefix, seconds } of installed.values()) {
      const carrier = carrierOf(interfaceIndex);
      if (!hasPushedAhead(prefix, carrier.addresses) || !promotes(carrier.name)) continue;
      // Should it fail, the next renewal reports why.
      void netlink.request([
        releaseRequest(interfaceIndex, prefix),
        holdRequest(carrier, prefix, seconds, false),
      ]);
    }
  });

  const forget = (place: Place): void => {
    if (installed.delete(keyOf(place))) changes++;
  };

  const remove = async (places: readonly Place[]): Promise<void> => {
    for (const place of places) forget(place);
    const names = namesOfLinks();
    const answers = await netlink.request(
      places.map(({ interfaceIndex, prefix }) => releaseRequest(interfaceIndex, prefix)),
    );
    record.erase(
      places.map(({ interfaceIndex, prefix }) => recordOf(names.get(interfaceIndex) ?? '', prefix)),
    );
    throwRefused(
      'release',
      places.map(({ prefix }, index) => {
        const code = answers[index] ?? null;
        return { prefix, code: code !== null && ALREADY_GONE.has(code) ? null : code };
      }),
    );
  };

  /** Throws when there are refusals among the `answers`; `foreign` ones have not even been asked for. */
  const evaluate = (
    carrier: Carrier,
    wanted: readonly Prefix[],
    answers: readonly (string | null)[],
    foreign: readonly Prefix[] = [],
  ): void => {
    if (foreign.length === 0 && answers.every((answer) => answer === null)) return;
    const results = wanted.map((prefix, index) => ({ prefix, code: answers[index] ?? null }));
    for (const { prefix, code } of results)
      if (code === 'EEXIST') {
        forget({ interfaceIndex: carrier.index, prefix });
        record.erase([recordOf(carrier.name, prefix)]);
      }
    // The next attempt looks at everything anew.
    changes++;
    throwRefused('hold', [...results, ...foreign.map((prefix) => ({ prefix, code: 'EEXIST' }))]);
  };

  return {
    renew: (interfaceIndex, prefixes, { seconds }, refused) => {
      const renewal = renewals.get(prefixes);
      if (renewal?.seconds !== seconds || renewal.changes !== changes) return false;
      if (renewal.carrier !== carrierOf(interfaceIndex)) return false;
      record.note(renewal.records);
      netlink.order(renewal.requests, refused);
      return true;
    },

    hold: async (interfaceIndex, prefixes, { seconds }) => {
      const carrier = carrierOf(interfaceIndex);
      const foreign = prefixes.filter((prefix) => isForeign(prefix, carrier.addresses));
      const wanted = prefixes.filter((prefix) => !foreign.includes(prefix));
      for (const prefix of foreign) forget({ interfaceIndex, prefix });

      const outdated = wanted
        .map((prefix) => outdatedLength(prefix, carrier.addresses))
        .filter((prefix) => prefix !== null);
      const known = wanted.map(
        (prefix) => installed.has(keyOf({ interfaceIndex, prefix })) || isOurs(prefix, carrier.addresses),
      );
      const requests = [
        ...outdated.map((prefix) => releaseRequest(interfaceIndex, prefix)),
        ...wanted.map((prefix, index) => holdRequest(carrier, prefix, seconds, known[index] === true)),
      ];
      const records = wanted.map((prefix) => recordOf(carrier.name, prefix));
      record.note(records);
      // Noted before the answer: a release that is called meanwhile follows on the same socket and finds it.
      for (const prefix of wanted)
        installed.set(keyOf({ interfaceIndex, prefix }), { interfaceIndex, prefix, seconds });
      if (known.includes(false)) changes++;
      else if (foreign.length === 0 && outdated.length === 0)
        renewals.set(prefixes, { carrier, seconds, changes, requests: requests.map(untold), records });
      const asked = netlink.request(requests);
      // Who waits for an address must not wait for the rest of this turn; renewals may.
      if (known.includes(false)) netlink.flush();
      const answers = (await asked).slice(outdated.length);
      evaluate(carrier, wanted, answers, foreign);
    },

    arrival: (interfaceIndex, prefixes) => arrivals.of(interfaceIndex, prefixes),

    release: (interfaceIndex, prefixes) => {
      const { addresses } = carrierOf(interfaceIndex);
      const ours = prefixes.filter(
        (prefix) => installed.has(keyOf({ interfaceIndex, prefix })) || isOurs(prefix, addresses),
      );
      return remove(ours.map((prefix) => ({ interfaceIndex, prefix })));
    },

    sweep: async (except) => {
      const kept = new Set(except.map(keyOf));
      const stale = network.addresses().filter((address) => address.ours && !kept.has(keyOf(address)));
      const names = namesOfLinks();
      await remove(stale);
      return stale.map(
        ({ interfaceIndex, prefix }) =>
          `${formatPrefix(prefix)} on ${names.get(interfaceIndex) ?? String(interfaceIndex)}`,
      );
    },
  };
}

/** Throws when there are errors. */
function throwRefused(
  operation: string,
  results: readonly Readonly<{ prefix: Prefix; code: string | null }>[],
): void {
  const refused = new Map<string, string>();
  for (const { prefix, code } of results) if (code !== null) refused.set(formatPrefix(prefix), code);
  if (refused.size > 0) throw new SomeRefused(operation, refused);
}

const promotesSecondaries = (name: string): boolean =>
  readSysctl('ipv4/conf/all/promote_secondaries') === 1 ||
  readSysctl(`ipv4/conf/${name}/promote_secondaries`) === 1;

const keyOf = ({ interfaceIndex, prefix }: Place): string =>
  `${String(interfaceIndex)} ${formatPrefix(prefix)}`;
