import { haveFamilyInCommon, lostClashes, mayShareSegment } from './clash.js';
import type { Claim, ClaimedThings } from './types.js';

const ALL = Array.from({ length: 255 }, (_, index) => index + 1);

/**
 * The VRID of a VirtualIP: the one it asks for; else the one it has, unless that is somebody else's where it wants to be
 * now; else the lowest that nobody on the segment has or wants. null: there is none left.
 */
export function chooseVrid(own: Claim, others: readonly Claim[]): number | null {
  const { wanted, running } = own;
  if (wanted === null) return running?.vrid ?? null;
  if (wanted.vrid !== null) return wanted.vrid;
  const present = running?.vrid ?? aboutToRun(own, others);
  if (present !== null && keeps(own, present, others)) return present;
  return lowestFreeVrid(own, others);
}

/** What was chosen before, and is being written, or may have been. */
const aboutToRun = ({ virtualIP }: Claim, all: readonly Claim[]): number | null =>
  all.find((claim) => claim.virtualIP === virtualIP && claim.running !== null)?.running?.vrid ?? null;

const keeps = (own: Claim, vrid: number, others: readonly Claim[]): boolean =>
  own.wanted !== null &&
  !lostClashes({ ...own, wanted: { ...own.wanted, vrid } }, others).some(({ kind }) => kind === 'vrid');

/**
 * A number that is free for both address families if there is one, so that the VirtualIP may get addresses of the other
 * family later; null: all are taken.
 */
export function lowestFreeVrid(own: Claim, others: readonly Claim[]): number | null {
  const { wanted } = own;
  if (wanted === null) return null;
  const things: ClaimedThings[] = [];
  const add = (one: ClaimedThings | null): void => {
    if (one !== null && one.vrid !== null && mayShareSegment(one, wanted)) things.push(one);
  };
  for (const other of others) {
    if (other.virtualIP === own.virtualIP) continue;
    add(other.running);
    add(other.wanted);
  }
  return (
    lowestWithout(things) ?? lowestWithout(things.filter((one) => haveFamilyInCommon(one, wanted))) ?? null
  );
}

function lowestWithout(things: readonly ClaimedThings[]): number | undefined {
  const taken = new Set(things.map(({ vrid }) => vrid));
  return ALL.find((vrid) => !taken.has(vrid));
}
