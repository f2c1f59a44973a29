import type { RouterView } from '../observed.js';
import type { Situation } from '../situation.js';
import { addressesOf, enumerate, sentences } from '../wording.js';
import type { Claimed } from './claimed.js';

export function splitBrain({ routers }: Situation): Claimed {
  const torn = routers.filter(({ rivals }) => rivals.length > 0);
  if (torn.length === 0)
    return {
      type: 'SplitBrain',
      status: 'False',
      reason: 'NoSplitBrain',
      message: 'At most one node says that it is Active.',
    };
  return {
    type: 'SplitBrain',
    status: 'True',
    reason: 'SplitBrain',
    message: sentences([...torn.map((view) => whoOf(view, routers.length)), ...remedies(torn)]),
  };
}

/** `a and b are both Active for the addresses: they do not hear each other.` */
export const whoOf = ({ rivals, family }: RouterView, families: number): string =>
  `${enumerate(rivals)} are ${rivals.length === 2 ? 'both' : 'all'} Active for ${addressesOf(family, families)}: they do not hear each other.`;

const remedies = (torn: readonly RouterView[]): readonly string[] => [
  'Look for a firewall on or between them that drops IP protocol 112.',
  ...(torn.some(({ router }) => router.spec.unicast?.mode !== 'Unicast')
    ? [
        'Look for a switch that does not carry multicast to 224.0.0.18 or ff02::12; with spec.unicast.mode Unicast none is needed.',
      ]
    : ['Look whether each can reach the InternalIP of the other.']),
  'Look whether they are on one network segment.',
];
