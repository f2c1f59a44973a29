import { silences } from '../silence.js';
import { type Situation, hasReported, isSpeaking } from '../situation.js';
import { nodesWithoutAddress } from '../virtual-routers.js';
import { enumerate, sentence, sentences } from '../wording.js';
import type { Claimed } from './claimed.js';

type Complaint = Pick<Claimed, 'reason'> & Readonly<{ text: string }>;

/** What somebody should look at although the addresses may be held. */
export function degraded(situation: Situation): Claimed {
  const complaints = [...reportedProblems(situation), ...silentNodes(situation), ...nodesLeftOut(situation)];
  const [first] = complaints;
  if (first === undefined)
    return {
      type: 'Degraded',
      status: 'False',
      reason: 'AllWell',
      message: 'No node has reported a problem.',
    };
  return {
    type: 'Degraded',
    status: 'True',
    reason: first.reason,
    message: sentences(complaints.map(({ text }) => sentence(text))),
  };
}

/** The same problem on several nodes is told once. */
function reportedProblems({ nodes }: Situation): readonly Complaint[] {
  const nodesWith = new Map<string, Set<string>>();
  for (const { name, parts } of nodes)
    for (const { member } of parts)
      for (const { message, remedy } of member.fresh ? (member.entry?.problems ?? []) : []) {
        const text = `${message}; ${remedy}`;
        nodesWith.set(text, (nodesWith.get(text) ?? new Set()).add(name));
      }
  return [...nodesWith]
    .map(([text, who]) => `${enumerate([...who].sort())}: ${text}`)
    .sort()
    .map((text) => ({ reason: 'NodeProblems', text }));
}

/** Those that never said anything are in Programmed. */
const silentNodes = ({ nodes, input }: Situation): readonly Complaint[] =>
  silences(
    nodes.filter((node) => hasReported(node) && !isSpeaking(node)),
    input.agentPods,
  ).map(({ names, why }) => ({ reason: 'NodesSilent', text: `${names}: not heard any more, ${why}` }));

function nodesLeftOut({ plan: { admission, placement }, routers }: Situation): readonly Complaint[] {
  if (!admission.accepted || placement === null) return [];
  const { members, surplus } = placement;
  const withoutAddress = routers
    .map(({ family, router }) => ({ family, names: nodesWithoutAddress(router, members) }))
    .filter(({ names }) => names.length > 0)
    .map(({ family, names }): Complaint => ({
      reason: 'NodesWithoutAddress',
      text: `${enumerate(names.toSorted())} cannot take part by unicast without an InternalIP of ${family}; set spec.unicast.mode to Multicast, or narrow spec.nodeSelector`,
    }));
  return surplus.length === 0
    ? withoutAddress
    : [
        ...withoutAddress,
        {
          reason: 'TooManyNodes',
          text: `${String(surplus.length)} of the selected nodes take no part, because there is no priority left for them; narrow spec.nodeSelector`,
        },
      ];
}
