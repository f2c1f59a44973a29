import { formatPrefix } from '../../values/prefix.js';
import type { InterfaceAddress } from './ports.js';

/*
 * What every router asks about the addresses of the host, worked out once for each list of them. A list never changes.
 */

const texts = new WeakMap<readonly InterfaceAddress[], Map<number, ReadonlySet<string>>>();
const own = new WeakMap<readonly InterfaceAddress[], readonly InterfaceAddress[]>();

/** The addresses of one interface as text, with their prefix lengths. Others are not looked at: a host may have thousands. */
export function addressesOn(
  interfaceIndex: number,
  present: readonly InterfaceAddress[],
): ReadonlySet<string> {
  const known = remembered(texts, present, () => new Map<number, ReadonlySet<string>>());
  const there = known.get(interfaceIndex);
  if (there !== undefined) return there;
  const here = present.filter((address) => address.interfaceIndex === interfaceIndex);
  const made = new Set(here.map(({ prefix }) => formatPrefix(prefix)));
  known.set(interfaceIndex, made);
  return made;
}

/** The host's own addresses, without those that this program holds. */
export const ownAddresses = (present: readonly InterfaceAddress[]): readonly InterfaceAddress[] =>
  remembered(own, present, (all) => all.filter(({ ours }) => !ours));

function remembered<Key extends object, Value extends object>(
  memory: WeakMap<Key, Value>,
  key: Key,
  make: (key: Key) => Value,
): Value {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make(key);
  memory.set(key, made);
  return made;
}
