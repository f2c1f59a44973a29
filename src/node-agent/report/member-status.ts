import type { MemberStatus } from '../../api/v1alpha1/virtual-router.js';
import type { Problem, RouterStatus } from '../ipc/messages.js';
import type { TrackerState } from '../ipc/router-spec.js';

/** What an agent says about its part in one virtual router, without the time at which it says so. */
export type Report = Omit<MemberStatus, 'heartbeat'>;

/** What is to be reported on. */
export type Subject = Readonly<{
  node: string;
  /** Generation of the VirtualRouter that runs; null: none does, or it is not known yet. */
  generation: number | null;
  /** Why the newest generation is not what runs; null: it is. */
  problem: string | null;
  /** Wall clock, milliseconds since the epoch: since when nothing runs, where nothing does. */
  since: number;
}>;

/** The bounds of the schema. */
const MOST_FAILING = 80;
const MOST_PROBLEMS = 16;
const LONGEST_FAILING = 256;
const LONGEST_CODE = 64;
const LONGEST_TEXT = 1024;

/** `router`: what the VRRP process says; null: nothing runs. Texts are cut where the schema ends. */
export function reportOf(subject: Subject, router: RouterStatus | null): Report {
  const { node, generation, problem, since } = subject;
  const problems = problem === null ? [] : [unusable(problem)];
  if (router === null)
    return {
      ...{ node, state: 'Initialize', because: 'notStarted', since: instant(since) },
      ...(problems.length > 0 && { problems }),
    };
  const { state, because, priority, interface: name, source, held, active } = router;
  const failing = router.trackers.filter(({ up }) => !up).map(inWords);
  problems.push(...router.problems.map(bounded));
  return {
    ...{ node, state, because: because.slice(0, LONGEST_CODE), since: instant(router.since), priority },
    ...(generation !== null && { observedGeneration: generation }),
    ...(name !== null && { interface: name }),
    ...(source !== null && { source }),
    ...(held.length > 0 && { held }),
    ...(active !== null && { active: { source: active.source, priority: active.priority } }),
    ...(failing.length > 0 && { failing: failing.slice(0, MOST_FAILING) }),
    ...(problems.length > 0 && { problems: problems.slice(0, MOST_PROBLEMS) }),
  };
}

/** What is left to say when the agent ends: nothing runs here any more. */
export const farewell = ({ node, observedGeneration, problems }: Report, now: number): Report => ({
  ...{ node, state: 'Initialize', because: 'stopping', since: instant(now) },
  ...(observedGeneration !== undefined && { observedGeneration }),
  ...(problems !== undefined && { problems }),
});

export const entryOf = (report: Report, now: number): MemberStatus => ({
  ...report,
  heartbeat: instant(now),
});

const unusable = (problem: string): Problem => ({
  code: 'VirtualRouterUnusable',
  message: problem.slice(0, LONGEST_TEXT),
  remedy:
    'correct the VirtualIP, or bring operator and agents to the same version; what ran before goes on until then',
});

const bounded = ({ code, message, remedy }: Problem): Problem => ({
  code: code.slice(0, LONGEST_CODE),
  message: message.slice(0, LONGEST_TEXT),
  remedy: remedy.slice(0, LONGEST_TEXT),
});

const inWords = ({ id, message }: TrackerState): string =>
  (message === '' ? id : `${id}: ${message}`).slice(0, LONGEST_FAILING);

/** RFC 3339 with milliseconds. */
const instant = (milliseconds: number): string => new Date(milliseconds).toISOString();
