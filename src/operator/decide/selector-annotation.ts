import type { VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import type { NodeSelector } from './node-selector.js';
import { canonicalJson } from './same-content.js';

/** The selector by which the members of a VirtualRouter were chosen: that of the last spec that was accepted. */
const ANNOTATION = 'kube-vrrp.io/node-selector';

export const selectorAnnotation = (selector: NodeSelector | undefined): Readonly<Record<string, string>> => ({
  [ANNOTATION]: canonicalJson(selector ?? {}),
});

/** The annotation as it is, for an object that is written again. */
export function keptSelectorAnnotation({ metadata }: VirtualRouter): Readonly<Record<string, string>> {
  const text = metadata.annotations?.[ANNOTATION];
  return text === undefined ? {} : { [ANNOTATION]: text };
}

/** null: somebody has removed the annotation, or made it unreadable. */
export function selectorOf({ metadata }: VirtualRouter): NodeSelector | null {
  try {
    const selector: unknown = JSON.parse(metadata.annotations?.[ANNOTATION] ?? 'null');
    // The operator wrote it, from a spec that fits the schema.
    return typeof selector === 'object' ? selector : null;
  } catch {
    return null;
  }
}
