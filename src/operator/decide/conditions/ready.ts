import type { MemberStatus } from '../../../api/v1alpha1/virtual-router.js';
import { type MemberView, type RouterView, heldBy } from '../observed.js';
import { silenceOf, silences } from '../silence.js';
import type { Situation } from '../situation.js';
import { transitionReason } from '../transition-reasons.js';
import { addressesOf, enumerate, few, sentence, sentences } from '../wording.js';
import type { Claimed } from './claimed.js';
import { whoOf } from './split-brain.js';

/** What is to be said about one virtual router. */
type Verdict = Pick<Claimed, 'status' | 'reason'> & Readonly<{ holder: string | null; text: string }>;

/** The worst first: of two virtual routers, the condition has the reason of the worse one. */
const SEVERITY: readonly Claimed['reason'][] = [
  'SplitBrain',
  'NoMembers',
  'NoHolder',
  'HeldOutside',
  'AddressesMissing',
  'HolderUnknown',
  'Pending',
  'HeldUnreported',
  'Held',
];

const OWNER = 255;

/** Whether the addresses are held by exactly one node, as far as can be known. */
export function ready(situation: Situation): Claimed {
  const verdicts = situation.routers.map((view) => verdictOf(view, situation));
  const worst = verdicts.toSorted((a, b) => SEVERITY.indexOf(a.reason) - SEVERITY.indexOf(b.reason))[0];
  if (worst === undefined)
    return {
      type: 'Ready',
      status: 'False',
      reason: 'NotAccepted',
      message: 'The spec is refused, see Accepted, and nothing ran before.',
    };
  const holders = new Set(verdicts.map(({ holder }) => holder));
  const apart = worst.status === 'True' && holders.size > 1;
  return {
    type: 'Ready',
    status: worst.status,
    reason: apart ? 'HeldApart' : worst.reason,
    message: sentences([...new Set(verdicts.map(({ text }) => sentence(text)))]),
  };
}

function verdictOf(view: RouterView, situation: Situation): Verdict {
  const { router, rivals, holder, heard } = view;
  if (rivals.length > 0)
    return {
      status: 'False',
      reason: 'SplitBrain',
      holder: holder?.node ?? null,
      text: `${whoOf(view, situation.routers.length)} See SplitBrain.`,
    };
  if (holder !== null) return verdictOnHolder(view, holder, situation);
  if (heard !== null) return verdictOnHearsay(view, heard, situation);
  if (router.spec.members.length === 0)
    return { status: 'False', reason: 'NoMembers', holder: null, text: whyNoMembers(situation) };
  return verdictOnNobody(view, situation);
}

function verdictOnHolder(view: RouterView, holder: MemberStatus, { routers }: Situation): Verdict {
  const missing = missingAddresses(view, holder);
  if (missing.length > 0)
    return {
      status: 'False',
      reason: 'AddressesMissing',
      holder: holder.node,
      text: `${holder.node} is Active, but ${enumerate(missing)} ${missing.length === 1 ? 'is' : 'are'} not on its interface; if it stays so, see Degraded and the log of its agent`,
    };
  return {
    status: 'True',
    reason: 'Held',
    holder: holder.node,
    text: `${holder.node} holds ${held(view, routers, holder.node)}`,
  };
}

/** When one node holds everything there is no need to tell the families apart. */
const held = ({ family }: RouterView, routers: readonly RouterView[], node: string): string =>
  addressesOf(family, routers.every((view) => heldBy(view) === node) ? 1 : routers.length);

/**
 * An owner has them on its interface anyway, perhaps with another prefix length. Of an edit that the holder has not heard of yet
 * Programmed tells.
 */
function missingAddresses(
  { router, generation }: RouterView,
  { node, held: has = [], observedGeneration = 0 }: MemberStatus,
): readonly string[] {
  if (generation === null || observedGeneration < generation) return [];
  if (router.spec.members.some((member) => member.node === node && member.priority === OWNER)) return [];
  return router.spec.addresses.filter((address) => !has.includes(address));
}

function verdictOnHearsay(
  { family, router }: RouterView,
  { node, source, by, awaitedFor }: NonNullable<RouterView['heard']>,
  { routers, nodes, input }: Situation,
): Verdict {
  if (node !== null && awaitedFor !== null)
    return {
      status: 'True',
      reason: 'Held',
      holder: node,
      text: `${node} holds ${addressesOf(family, routers.every((view) => heldBy(view) === node) ? 1 : routers.length)}`,
    };
  const hears = `${enumerate(by)} ${by.length === 1 ? 'hears' : 'hear'}`;
  const silent = nodes.find(({ name }) => name === node);
  if (node !== null)
    return {
      status: 'True',
      reason: 'HeldUnreported',
      holder: node,
      text: `${node} holds ${addressesOf(family, routers.length)}, as ${hears}, but does not report it${silent === undefined ? '' : `: ${silenceOf(silent, input.agentPods)}`}`,
    };
  return {
    status: 'False',
    reason: 'HeldOutside',
    holder: null,
    text: `${hears} ${source} as the Active router of VRID ${String(router.spec.vrid)}, and no node that takes part has that address; if it is a router of yours, lower its priority to hand over, else set another spec.vrid`,
  };
}

function verdictOnNobody({ members, family }: RouterView, { routers, nodes, input }: Situation): Verdict {
  const what = addressesOf(family, routers.length);
  const unknown = members.filter(({ fresh, entry, superseded }) => !fresh || entry === null || superseded);
  const told = members.filter((member) => !unknown.includes(member));
  if (members.every(({ entry }) => entry === null))
    return {
      status: 'Unknown',
      reason: 'Pending',
      holder: null,
      text: 'No agent has reported yet, see Programmed',
    };
  if (unknown.length === 0)
    return {
      status: 'False',
      reason: 'NoHolder',
      holder: null,
      text: `No node holds ${what}: ${few(told.map(stateOf).sort())}`,
    };
  const silent = nodes.filter(({ name }) => unknown.some(({ node }) => node === name));
  const groups = silences(silent, input.agentPods).map(({ names, why }) => `${names} (${why})`);
  return {
    status: 'Unknown',
    reason: 'HolderUnknown',
    holder: null,
    text: `No node says that it holds ${what}, and nothing is heard from ${groups.join(' or ')}`,
  };
}

/** `a is Initialize, because its link is down` */
const stateOf = ({ node, entry }: MemberView): string =>
  `${node} is ${entry?.state ?? 'Unknown'}${entry?.because === undefined ? '' : `, because ${transitionReason(entry.because)}`}`;

function whyNoMembers({ input, plan }: Situation): string {
  if (!plan.admission.accepted) return 'No node that took part is left';
  const hint = 'compare spec.nodeSelector with `kubectl get nodes --show-labels`';
  return input.nodes.some(({ ready: isReady }) => isReady)
    ? `No Ready Linux node is selected; ${hint}, and with spec.unicast see that the nodes have addresses of the family`
    : 'No node of the cluster is Ready';
}
