import type { Reason } from '../../../api/v1alpha1/reasons.js';

/** The types of conditions. SplitBrain and Degraded are bad when they are True, the others when they are not. */
export type ConditionType = 'Accepted' | 'Programmed' | 'Ready' | 'SplitBrain' | 'Redundant' | 'Degraded';

/** What a condition says now; since when is found by comparing it with what it said before. */
export type Claimed = Readonly<{
  type: ConditionType;
  status: 'True' | 'False' | 'Unknown';
  reason: Reason;
  /** Must not contain what changes by itself, such as an age: each change is a write. */
  message: string;
}>;
