import type { VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import type { NodeSelector } from './node-selector.js';
import { canonicalJson } from './same-content.js';

/*
 * What the operator has to know again next time, and no agent needs: annotations of the VirtualRouters.
 */

/** The selector by which the members were chosen: that of the last spec that was accepted. */
const SELECTOR = 'kube-vrrp.io/node-selector';
/** Members that came later than the others and have not got their place among them yet. */
const LATECOMERS = 'kube-vrrp.io/latecomers';

type Annotations = Readonly<Record<string, string>>;

export const annotationsOf = (
  selector: NodeSelector | undefined,
  latecomers: readonly string[],
): Annotations => ({
  [SELECTOR]: canonicalJson(selector ?? {}),
  [LATECOMERS]: latecomers.join(','),
});

/** Ours as they are, for an object that is written again. */
export const keptAnnotations = ({ metadata }: VirtualRouter): Annotations =>
  Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([key]) => key === SELECTOR || key === LATECOMERS),
  );

/** null: somebody has removed the annotation, or made it unreadable. */
export function selectorOf({ metadata }: VirtualRouter): NodeSelector | null {
  try {
    const selector: unknown = JSON.parse(metadata.annotations?.[SELECTOR] ?? 'null');
    // The operator wrote it, from a spec that fits the schema.
    return typeof selector === 'object' ? selector : null;
  } catch {
    return null;
  }
}

export const latecomersOf = ({ metadata }: VirtualRouter): readonly string[] =>
  (metadata.annotations?.[LATECOMERS] ?? '').split(',').filter((name) => name !== '');
