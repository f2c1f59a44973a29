import type { TrackerState } from '../ipc/router-spec.js';
import { OWNER_PRIORITY, type Priority } from '../vrrp/config.js';

export type EffectivePriority = Readonly<{
  /** What the router advertises: 1-254, or 255 for the owner. */
  priority: Priority;
  /** Whether the router may be in the election at all; false while a tracked object without a weight fails. */
  takesPart: boolean;
  /** The trackers that make the difference to the base priority, in words; empty when none does. */
  because: readonly string[];
}>;

/**
 * Base priority and tracked objects give the priority that is advertised, by the rules of keepalived:
 * a negative weight is added while its object fails, a positive one while its object is up, and an object without a
 * weight takes the router out while it fails. The sum is kept within 1-254; the owner's 255 is never changed, and
 * never reached by weights.
 */
export function effectivePriority(base: Priority, trackers: readonly TrackerState[]): EffectivePriority {
  const counting = trackers.filter(({ up, weight }) =>
    weight === null ? !up : base !== OWNER_PRIORITY && up === weight > 0,
  );
  const sum = counting.reduce((total, { weight }) => total + (weight ?? 0), base);
  return {
    priority: base === OWNER_PRIORITY ? base : Math.min(Math.max(sum, 1), OWNER_PRIORITY - 1),
    takesPart: counting.every(({ weight }) => weight !== null),
    because: counting.filter(({ weight }) => weight !== 0).map(inWords),
  };
}

function inWords({ id, up, weight, message }: TrackerState): string {
  const state = up ? 'is up' : 'fails';
  const detail = message === '' ? '' : ` (${message})`;
  const consequence = weight === null ? 'out of the election' : `${weight > 0 ? '+' : ''}${String(weight)}`;
  return `${id} ${state}${detail}: ${consequence}`;
}
