import { type IpAddress, familyOf, isLinkLocal } from '../../values/ip-address.js';
import type { Claim, ClaimedThings } from './types.js';

/** What two VirtualIPs cannot both have. */
export type Clash =
  Readonly<{ kind: 'vrid'; vrid: number }> | Readonly<{ kind: 'address'; address: IpAddress }>;

export type LostClash = Clash &
  Readonly<{
    /** The VirtualIP that keeps it. */
    to: string;
    /** Whether the other one runs it, or merely was there first. */
    because: 'running' | 'older';
  }>;

/** What of the claim's wishes others keep, one line per thing and VirtualIP. */
export const lostClashes = (own: Claim, others: readonly Claim[]): readonly LostClash[] =>
  others
    .filter((other) => other.virtualIP !== own.virtualIP && wantsAnyOf(own, other))
    .flatMap((other) => lostTo(own, other));

const wantsAnyOf = ({ wanted }: Claim, other: Claim): boolean =>
  haveAnyInCommon(wanted, other.wanted) || haveAnyInCommon(wanted, other.running);

/**
 * What runs is not disturbed: of two that want the same, the one that runs it already keeps it. When both do, or neither, it
 * is who was there first. What the other one still runs is not free either, whether it wants it or not. Asked from both
 * sides, at least one of the two loses each thing that both want.
 */
function lostTo(own: Claim, other: Claim): readonly LostClash[] {
  const theirs = clashes(own.wanted, other.running);
  const wished = clashes(own.wanted, other.wanted);
  if (theirs.length === 0 && wished.length === 0) return [];
  const [theyRun, weRun] = [keysOf(theirs), keysOf(clashes(own.running, other.wanted))];
  const distinct = new Map([...theirs, ...wished].map((clash) => [keyOf(clash), clash]));
  return Array.from(distinct, ([key, clash]): readonly LostClash[] => {
    if (theyRun.has(key) && !weRun.has(key)) return [{ ...clash, to: other.virtualIP, because: 'running' }];
    const undecided = theyRun.has(key) === weRun.has(key);
    return undecided && isOlder(other, own) ? [{ ...clash, to: other.virtualIP, because: 'older' }] : [];
  }).flat();
}

const isOlder = (one: Claim, other: Claim): boolean =>
  one.creationTimestamp === other.creationTimestamp
    ? one.virtualIP < other.virtualIP
    : one.creationTimestamp < other.creationTimestamp;

const keyOf = (clash: Clash): string =>
  clash.kind === 'vrid' ? `vrid ${String(clash.vrid)}` : clash.address;
const keysOf = (all: readonly Clash[]): ReadonlySet<string> => new Set(all.map(keyOf));

const NONE: readonly Clash[] = [];

function clashes(one: ClaimedThings | null, other: ClaimedThings | null): readonly Clash[] {
  if (one === null || other === null || !haveAnyInCommon(one, other)) return NONE;
  const shared = mayShareSegment(one, other);
  // A link-local address means something on its own segment only.
  const addresses = one.addresses.filter(
    (address) => other.addresses.includes(address) && (shared || !isLinkLocal(address)),
  );
  return [
    ...(shared && one.vrid !== null && one.vrid === other.vrid && haveFamilyInCommon(one, other)
      ? [{ kind: 'vrid', vrid: one.vrid } as const]
      : []),
    ...addresses.map((address) => ({ kind: 'address', address }) as const),
  ];
}

/**
 * Every VirtualIP is compared with every other one, and as good as all pairs have nothing in common. That is found out in loops, which make
 * nothing: it is asked more often than anything else here.
 */
function haveAnyInCommon(one: ClaimedThings | null, other: ClaimedThings | null): boolean {
  if (one === null || other === null) return false;
  if (one.vrid !== null && one.vrid === other.vrid) return true;
  for (const address of one.addresses) if (other.addresses.includes(address)) return true;
  return false;
}

/**
 * Whether both may be on one network segment: yes, unless both name their interfaces and have none in common. An interface
 * that is left out is found by each node for itself.
 */
export const mayShareSegment = (
  { interfaces: one }: Pick<ClaimedThings, 'interfaces'>,
  { interfaces: other }: Pick<ClaimedThings, 'interfaces'>,
): boolean => one === null || other === null || one.some((name) => other.includes(name));

/** The VRIDs of IPv4 and IPv6 are different numbers (RFC 9568 §1.8). */
export function haveFamilyInCommon(
  one: Pick<ClaimedThings, 'addresses'>,
  other: Pick<ClaimedThings, 'addresses'>,
): boolean {
  const families = new Set(one.addresses.map(familyOf));
  return other.addresses.some((address) => families.has(familyOf(address)));
}
