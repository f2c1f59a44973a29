import type { VirtualIPStatus } from '../../api/v1alpha1/virtual-ip.js';
import type { Condition } from './conditions/conditions.js';
import type { ConditionType } from './conditions/claimed.js';
import type { Situation } from './situation.js';
import { transitionReason } from './transition-reasons.js';
import type { EventToTell } from './types.js';
import { sentence } from './wording.js';

/**
 * What has happened between one status and the next. The status before is the one in the API server, so that an operator that
 * starts again repeats nothing and misses nothing.
 */
export const eventsBetween = (
  before: VirtualIPStatus | undefined,
  after: VirtualIPStatus,
  situation: Situation,
): readonly EventToTell[] =>
  before === after
    ? []
    : [
        ...admissionEvents(before, after),
        ...vridEvents(after, situation),
        ...splitBrainEvents(before, after),
        ...holderEvents(before, after, situation),
        ...turns(before, after, 'Redundant', 'False', 'Warning'),
        ...healthEvents(before, after),
      ];

const conditionOf = (status: VirtualIPStatus | undefined, type: ConditionType): Condition | undefined =>
  status?.conditions?.find((condition) => condition.type === type);

/** An event with the words of a condition, when it turns to `status` from something else that was known. */
function turns(
  before: VirtualIPStatus | undefined,
  after: VirtualIPStatus,
  type: ConditionType,
  status: Condition['status'],
  level: EventToTell['type'],
): readonly EventToTell[] {
  const was = conditionOf(before, type);
  const is = conditionOf(after, type);
  return is?.status === status && was !== undefined && was.status !== status ? [eventOf(level, is)] : [];
}

/** Reasons of conditions that we made ourselves a moment ago are reasons of ours. */
const eventOf = (type: EventToTell['type'], { reason, message }: Condition): EventToTell => ({
  type,
  reason: reason as EventToTell['reason'],
  message,
});

/** Each refused edit is told, also after another one; that a spec is good only after one that was not. */
function admissionEvents(
  before: VirtualIPStatus | undefined,
  after: VirtualIPStatus,
): readonly EventToTell[] {
  const was = conditionOf(before, 'Accepted');
  const is = conditionOf(after, 'Accepted');
  if (is === undefined) return [];
  if (is.status === 'True') return was?.status === 'False' ? [eventOf('Normal', is)] : [];
  const isNews =
    was?.status !== 'False' || was.reason !== is.reason || was.observedGeneration !== is.observedGeneration;
  return isNews ? [eventOf('Warning', is)] : [];
}

function vridEvents({ vrid }: VirtualIPStatus, { input, plan }: Situation): readonly EventToTell[] {
  const had = input.virtualRouters[0]?.spec.vrid;
  if (!plan.admission.accepted || vrid === undefined || vrid === had) return [];
  if (input.virtualIP.spec.vrid !== undefined) return [];
  const message =
    had === undefined
      ? `VRID ${String(vrid)} was free on the network segment and is this VirtualIP's from now on.`
      : `VRID ${String(vrid)} replaces ${String(had)}, which is another VirtualIP's where this one is now.`;
  return [{ type: 'Normal', reason: 'VRIDAllocated', message }];
}

function splitBrainEvents(
  before: VirtualIPStatus | undefined,
  after: VirtualIPStatus,
): readonly EventToTell[] {
  const is = conditionOf(after, 'SplitBrain');
  const was = conditionOf(before, 'SplitBrain');
  if (is?.status === 'True' && was?.status !== 'True') return [eventOf('Warning', is)];
  return was?.status === 'True' && is?.status !== 'True'
    ? [{ type: 'Normal', reason: 'NoSplitBrain', message: 'Only one node says that it is Active again.' }]
    : [];
}

function holderEvents(
  before: VirtualIPStatus | undefined,
  after: VirtualIPStatus,
  { routers }: Situation,
): readonly EventToTell[] {
  const [from, to] = [before?.holder, after.holder];
  if (from === to) return [];
  if (to === undefined) {
    const message = conditionOf(after, 'Ready')?.message ?? '';
    return [
      { type: 'Warning', reason: 'HolderLost', message: `${from ?? ''} held the addresses. ${message}` },
    ];
  }
  const because = routers.find(({ holder }) => holder?.node === to)?.holder?.because;
  const what = from === undefined ? `${to} holds the addresses` : `The addresses moved from ${from} to ${to}`;
  const why = because === undefined ? '' : `: ${transitionReason(because)}`;
  return [{ type: 'Normal', reason: 'HolderChanged', message: sentence(`${what}${why}`) }];
}

/** Problems of one kind after those of another are news, too. */
function healthEvents(before: VirtualIPStatus | undefined, after: VirtualIPStatus): readonly EventToTell[] {
  const was = conditionOf(before, 'Degraded');
  const is = conditionOf(after, 'Degraded');
  if (is?.status === 'True' && (was?.status !== 'True' || was.reason !== is.reason))
    return [eventOf('Warning', is)];
  return turns(before, after, 'Degraded', 'False', 'Normal');
}
