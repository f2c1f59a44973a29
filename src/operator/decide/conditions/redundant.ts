import { type NodeView, type Situation, isSpeaking } from '../situation.js';
import { enumerate, sentence } from '../wording.js';
import type { Claimed } from './claimed.js';

/** Nodes that would take over: they report, and wait as Backup for each family that they take part in. */
export const backups = ({ nodes }: Situation): readonly string[] =>
  nodes.filter(isBackup).map(({ name }) => name);

/** Whether it waits as Backup for each family that it takes part in. */
export const isBackup = ({ parts }: NodeView): boolean =>
  parts.every(({ member }) => member.fresh && member.entry?.state === 'Backup');

/** Whether the failure of one node would leave the addresses with another one. */
export function redundant(situation: Situation): Claimed {
  const { nodes, routers } = situation;
  if (nodes.length === 0)
    return { type: 'Redundant', status: 'False', reason: 'NoMembers', message: 'No node takes part.' };
  const [first] = backups(situation);
  if (first !== undefined)
    return {
      type: 'Redundant',
      status: 'True',
      reason: 'BackupReady',
      // Not who or how many: that changes more often than what matters here.
      message: 'At least one node waits as Backup.',
    };
  const holders = new Set(routers.flatMap(({ holder }) => (holder === null ? [] : [holder.node])));
  const others = nodes.filter(({ name }) => !holders.has(name));
  return {
    type: 'Redundant',
    status: 'False',
    reason: 'NoBackup',
    message:
      others.length === 0
        ? sentence(`${enumerate([...holders].sort())} alone takes part; select more nodes`)
        : sentence(`No node waits as Backup: ${enumerate(others.map(shortState).sort())}`),
  };
}

const shortState = (node: NodeView): string =>
  `${node.name} ${isSpeaking(node) ? `is ${statesOf(node)}` : 'is not heard'}`;

const statesOf = ({ parts }: NodeView): string =>
  [...new Set(parts.map(({ member }) => member.entry?.state ?? 'Unknown'))].join(' and ');
