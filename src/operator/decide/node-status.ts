import type { VirtualIPStatus } from '../../api/v1alpha1/virtual-ip.js';
import type { MemberView } from './observed.js';
import { instant } from './instant.js';
import { silenceOf } from './silence.js';
import type { NodeView, Situation } from './situation.js';
import { transitionReason } from './transition-reasons.js';
import { sentence, shortened } from './wording.js';

type NodeStatus = NonNullable<VirtualIPStatus['nodes']>[number];
type State = NodeStatus['state'];

/** With two families the node's state is the one that is further from holding the addresses. */
const WORST_FIRST: readonly State[] = ['Unknown', 'Initialize', 'Backup', 'Active'];
const LONGEST_MESSAGE = 1024;
const KEPT = 'Not selected any more; takes part until a selected node holds the addresses.';

/** `status.nodes`, most preferred first. */
export const nodeStatuses = (situation: Situation): readonly NodeStatus[] =>
  situation.nodes.map((node) => nodeStatus(node, situation));

function nodeStatus(node: NodeView, { input, plan }: Situation): NodeStatus {
  const { name, parts } = node;
  const state = WORST_FIRST.find((each) => parts.some(({ member }) => stateOf(member) === each)) ?? 'Unknown';
  const entries = parts.flatMap(({ member }) => (member.entry === null ? [] : [member.entry]));
  const priorities = entries.flatMap(({ priority }) => (priority === undefined ? [] : [priority]));
  const [interfaceName] = entries.flatMap((entry) =>
    entry.interface === undefined ? [] : [entry.interface],
  );
  const since = state === 'Unknown' ? unknownSince(name, input) : latest(entries.map((entry) => entry.since));
  const kept = plan.placement?.kept.includes(name) ?? false;
  const message = shortened(
    [...(kept ? [KEPT] : []), messageOf(node, state, input.agentPods)]
      .filter((text) => text !== '')
      .join(' '),
    LONGEST_MESSAGE,
  );
  return {
    name,
    state,
    ...(state === 'Unknown' || priorities.length === 0 ? {} : { priority: Math.min(...priorities) }),
    ...(interfaceName === undefined ? {} : { interface: interfaceName }),
    ...(since === undefined ? {} : { lastTransitionTime: since }),
    ...(message === '' ? {} : { message }),
  };
}

const stateOf = ({ entry, fresh, superseded }: MemberView): State =>
  entry === null || !fresh || superseded ? 'Unknown' : entry.state;

function unknownSince(name: string, { virtualIP, now }: Situation['input']): string {
  const before = virtualIP.status?.nodes?.find((node) => node.name === name);
  return before?.state === 'Unknown' && before.lastTransitionTime !== undefined
    ? before.lastTransitionTime
    : instant(now.wall);
}

const latest = (times: readonly (string | undefined)[]): string | undefined =>
  times
    .filter((time) => time !== undefined)
    .sort((a, b) => Date.parse(a) - Date.parse(b))
    .at(-1);

function messageOf(node: NodeView, state: State, agentPods: Situation['input']['agentPods']): string {
  const views = node.parts.map(({ member }) => member);
  const said = views.flatMap(({ entry, fresh }) => (entry === null || !fresh ? [] : [entry]));
  const about = [
    ...(state === 'Unknown' ? [whyUnknown(node, views, agentPods)] : []),
    ...(new Set(views.map(stateOf)).size > 1
      ? [node.parts.map(({ router, member }) => `${router.family} is ${stateOf(member)}`).join(', ')]
      : []),
    ...said.flatMap((entry) =>
      entry.state === 'Initialize' && entry.because !== undefined
        ? [`Out of the election, because ${transitionReason(entry.because)}`]
        : [],
    ),
    ...said.flatMap((entry) => (entry.failing ?? []).map((tracked) => `Failing: ${tracked}`)),
    ...said.flatMap((entry) => (entry.problems ?? []).map(({ message, remedy }) => `${message}; ${remedy}`)),
  ];
  return [...new Set(about.map(sentence))].join(' ');
}

function whyUnknown(
  node: NodeView,
  views: readonly MemberView[],
  agentPods: Situation['input']['agentPods'],
): string {
  if (views.some(({ entry }) => entry === null)) return `Not reported yet: ${silenceOf(node, agentPods)}`;
  if (views.some(({ fresh }) => !fresh)) return `Not heard any more: ${silenceOf(node, agentPods)}`;
  return 'It was Active when last heard, and another node has become so since';
}
