import type { Reason } from '../../api/v1alpha1/reasons.js';
import type { Finding } from '../../api/v1alpha1/finding.js';
import { validateVirtualIP } from '../../api/v1alpha1/validate.js';
import type { DefaultedVirtualIP } from '../../api/v1alpha1/virtual-ip.js';
import { claimFrom } from './claim.js';
import { type LostClash, lostClashes } from './clash.js';
import type { Claim, Input } from './types.js';
import { chooseVrid, lowestFreeVrid } from './vrid.js';
import { enumerate, sentence, sentences } from './wording.js';

/** Whether the spec can be carried out; if not, what runs already is left alone. */
export type Admission =
  | Readonly<{
      accepted: true;
      virtualIP: DefaultedVirtualIP;
      vrid: number;
      /** What is allowed but probably not meant. */
      warnings: readonly Finding[];
    }>
  | Readonly<{ accepted: false; reason: Reason; message: string }>;

/** Room for every problem; a condition's message may be twice as long. */
const ALL_PROBLEMS = 16_384;

/** Judges the spec by itself, then beside the other VirtualIPs. */
export function admission(input: Input): Admission {
  const { problems, warnings, accepted } = validateVirtualIP(input.virtualIP, 'cluster');
  if (accepted === null) return refused('Invalid', sentences(problems.map(findingSentence), ALL_PROBLEMS));
  if (typeof input.password === 'string') return refused('PasswordUnusable', sentence(input.password));
  const own = claimFrom(input.virtualIP, accepted, input.virtualRouters);
  const vrid = chooseVrid(own, input.claims);
  if (vrid === null)
    return refused(
      'NoFreeVRID',
      'All 255 VRIDs are taken on the network segment. Name another interface, or merge VirtualIPs: one can have many addresses.',
    );
  const lost = lostClashes(withVrid(own, vrid), input.claims);
  if (lost.length > 0) return refusedFor(lost, own, input.claims);
  return { accepted: true, virtualIP: accepted, vrid, warnings };
}

const refused = (reason: Reason, message: string): Admission => ({ accepted: false, reason, message });

const withVrid = (own: Claim, vrid: number): Claim => ({
  ...own,
  wanted: own.wanted === null ? null : { ...own.wanted, vrid },
});

function refusedFor(lost: readonly LostClash[], own: Claim, claims: readonly Claim[]): Admission {
  const addresses = lost.filter((clash) => clash.kind === 'address');
  const [first] = lost.filter((clash) => clash.kind === 'vrid');
  const others = [...new Set(addresses.map(({ to }) => to))].sort();
  const aboutAddresses =
    addresses.length === 0
      ? []
      : [
          `${enumerate([...new Set(addresses.map(({ address }) => address))])} ${addresses.length === 1 ? 'is an address' : 'are addresses'} of VirtualIP ${enumerate(others)}.`,
          'Keep each address in one of them.',
        ];
  const aboutVrid =
    first === undefined
      ? []
      : [
          `VRID ${String(first.vrid)} is ${first.because === 'running' ? 'in use by' : 'asked for by the older'} VirtualIP ${first.to}, which may be on the same network segment.`,
          vridRemedy(lowestFreeVrid(own, claims)),
        ];
  return refused(
    first === undefined ? 'AddressConflict' : 'VRIDConflict',
    sentences([...aboutVrid, ...aboutAddresses]),
  );
}

const vridRemedy = (free: number | null): string =>
  free === null
    ? 'No VRID is free there: name the interfaces if the two are on different segments.'
    : `Set spec.vrid to a free one, such as ${String(free)}, or leave it out; if the two are on different segments, name the interface of each.`;

/** `spec.vrid must be at most 255, is 300: …` */
export const findingSentence = ({ path, problem, remedy }: Finding): string =>
  sentence(`${path === '' ? 'The object' : path} ${problem}${remedy === undefined ? '' : `; ${remedy}`}`);
