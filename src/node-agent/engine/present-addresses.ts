import { formatPrefix } from '../../values/prefix.js';
import type { InterfaceAddress } from './ports.js';

/*
 * What every router asks about the addresses of the host, worked out once for each list of them. A list never changes.
 */

const texts = new WeakMap<readonly InterfaceAddress[], ReadonlyMap<number, ReadonlySet<string>>>();
const own = new WeakMap<readonly InterfaceAddress[], readonly InterfaceAddress[]>();
const NONE: ReadonlySet<string> = new Set();

/** The addresses of one interface as text, with their prefix lengths. */
export function addressesOn(
  interfaceIndex: number,
  present: readonly InterfaceAddress[],
): ReadonlySet<string> {
  return remembered(texts, present, byInterface).get(interfaceIndex) ?? NONE;
}

/** The host's own addresses, without those that this program holds. */
export const ownAddresses = (present: readonly InterfaceAddress[]): readonly InterfaceAddress[] =>
  remembered(own, present, (all) => all.filter(({ ours }) => !ours));

function byInterface(present: readonly InterfaceAddress[]): ReadonlyMap<number, ReadonlySet<string>> {
  const result = new Map<number, Set<string>>();
  for (const { interfaceIndex, prefix } of present) {
    const there = result.get(interfaceIndex);
    if (there === undefined) result.set(interfaceIndex, new Set([formatPrefix(prefix)]));
    else there.add(formatPrefix(prefix));
  }
  return result;
}

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
