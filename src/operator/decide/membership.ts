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
 * NoPreempt it never does: its place might cost the holder the addresses.
 */
export function membership(existing: readonly VirtualRouter[], { preemption }: DefaultedSpec): Membership {
  const present = new Set(existing.flatMap(({ spec }) => spec.members.map(({ node }) => node)));
  const late = new Set(existing.flatMap(latecomersOf));
  const hasArrived = (node: string): boolean =>
    existing
      .filter(({ spec }) => spec.members.some((member) => member.node === node))
      .every(({ status }) =>
        status?.members?.some((entry) => entry.node === node && entry.state !== 'Initialize'),
      );
  return {
    present,
    isLate: (node) => {
      if (existing.length === 0) return false;
      if (!present.has(node)) return true;
      return late.has(node) && (preemption.mode === 'NoPreempt' || !hasArrived(node));
    },
  };
}
