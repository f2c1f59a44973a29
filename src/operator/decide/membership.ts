import type { DefaultedSpec } from '../../api/v1alpha1/virtual-ip.js';
import type { VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import { latecomersOf } from './remembered.js';

/** Who takes part now, as the VirtualRouters have it. */
export type Membership = Readonly<{
  present: ReadonlySet<string>;
  /** Whether a node that takes part from now on, or does so already, has to stand behind those that were there before. */
  isLate: (node: string) => boolean;
}>;

/**
 * A holder whose priority is lowered below that of another member hands over at once, without asking whether that one is there. So
 * a node that comes later stands behind the others until it waits as Backup, and only then gets the place that is its own. With
 * NoPreempt it gets only a priority that is fixed for it, and that only if the holder can keep its own: else its place might
 * cost the holder the addresses.
 */
export function membership(existing: readonly VirtualRouter[], spec: DefaultedSpec): Membership {
  const present = new Set(existing.flatMap((router) => router.spec.members.map(({ node }) => node)));
  const late = new Set(existing.flatMap(latecomersOf));
  const hasArrived = (node: string): boolean =>
    existing
      .filter((router) => router.spec.members.some((member) => member.node === node))
      .every(({ status }) =>
        status?.members?.some((entry) => entry.node === node && entry.state !== 'Initialize'),
      );
  const mayTakeItsPlace = (node: string): boolean =>
    spec.preemption.mode !== 'NoPreempt' || existing.every((router) => isHarmless(node, router, spec));
  return {
    present,
    isLate: (node) => {
      if (existing.length === 0) return false;
      if (!present.has(node)) return true;
      return late.has(node) && !(hasArrived(node) && mayTakeItsPlace(node));
    },
  };
}

/** Whether the priority that is fixed for a node lowers nobody's who holds the addresses. */
function isHarmless(node: string, router: VirtualRouter, spec: DefaultedSpec): boolean {
  const fixed = spec.nodes?.find(({ name }) => name === node)?.priority;
  if (fixed === undefined) return false;
  // Nobody else is given what is above spec.priority.
  if (fixed > spec.priority) return true;
  const active = (router.status?.members ?? []).filter(({ state }) => state === 'Active');
  const held = router.spec.members.filter((member) => active.some((entry) => entry.node === member.node));
  return held.length > 0 && held.every((holder) => holder.node === node || fixed < holder.priority);
}
