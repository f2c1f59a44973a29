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
/** Members that the selector does not select any more, and that stay until one that it selects holds the addresses. */
const KEPT = 'kube-vrrp.io/kept-nodes';

type Annotations = Readonly<Record<string, string>>;

export const annotationsOf = (
  selector: NodeSelector | undefined,
  { latecomers, kept }: Readonly<{ latecomers: readonly string[]; kept: readonly string[] }>,
): Annotations => ({
  [SELECTOR]: canonicalJson(selector ?? {}),
  [LATECOMERS]: latecomers.join(','),
  [KEPT]: kept.join(','),
});

/** Ours as they are, for an object that is written again. */
export const keptAnnotations = ({ metadata }: VirtualRouter): Annotations =>
  Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([key]) => [SELECTOR, LATECOMERS, KEPT].includes(key)),
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

export const latecomersOf = (router: VirtualRouter): readonly string[] => namesIn(router, LATECOMERS);

export const keptNodesOf = (router: VirtualRouter): readonly string[] => namesIn(router, KEPT);

const namesIn = ({ metadata }: VirtualRouter, annotation: string): readonly string[] =>
  (metadata.annotations?.[annotation] ?? '').split(',').filter((name) => name !== '');
