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
  others.flatMap((other) => (other.virtualIP === own.virtualIP ? [] : lostTo(own, other)));

/** What runs is not disturbed. Otherwise who was there first has it. */
function lostTo(own: Claim, other: Claim): readonly LostClash[] {
  if (own.wanted === null) return [];
  const older = isOlder(other, own);
  const runsBoth = keysOf(clashes(own.running, other.running));
  const theirs = clashes(own.wanted, other.running).flatMap((clash): readonly LostClash[] => {
    if (!runsBoth.has(keyOf(clash))) return [{ ...clash, to: other.virtualIP, because: 'running' }];
    return older ? [{ ...clash, to: other.virtualIP, because: 'older' }] : [];
  });
  if (!older) return theirs;
  const decided = keysOf(clashes(own.wanted, other.running));
  const ours = keysOf(clashes(own.running, other.wanted));
  const wished = clashes(own.wanted, other.wanted).filter(
    (clash) => !decided.has(keyOf(clash)) && !ours.has(keyOf(clash)),
  );
  return [
    ...theirs,
    ...wished.map((clash) => ({ ...clash, to: other.virtualIP, because: 'older' as const })),
  ];
}

const isOlder = (one: Claim, other: Claim): boolean =>
  one.creationTimestamp === other.creationTimestamp
    ? one.virtualIP < other.virtualIP
    : one.creationTimestamp < other.creationTimestamp;

const keyOf = (clash: Clash): string => (clash.kind === 'vrid' ? 'vrid' : clash.address);
const keysOf = (all: readonly Clash[]): ReadonlySet<string> => new Set(all.map(keyOf));

function clashes(one: ClaimedThings | null, other: ClaimedThings | null): readonly Clash[] {
  if (one === null || other === null) return [];
  const shared = mayShareSegment(one, other);
  const theirs = new Set(other.addresses);
  // A link-local address means something on its own segment only.
  const addresses = one.addresses.filter(
    (address) => theirs.has(address) && (shared || !isLinkLocal(address)),
  );
  return [
    ...(shared && one.vrid !== null && one.vrid === other.vrid && haveFamilyInCommon(one, other)
      ? [{ kind: 'vrid', vrid: one.vrid } as const]
      : []),
    ...addresses.map((address) => ({ kind: 'address', address }) as const),
  ];
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
