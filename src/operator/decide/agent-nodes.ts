import type { VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import { type NodeSelector, OS_LABEL } from './node-selector.js';
import { canonicalJson } from './same-content.js';
import { keptNodesOf, selectorOf } from './remembered.js';

/** As in `nodeAffinity`: the terms are alternatives, the requirements of one must all hold. */
export type NodeSelectorTerm = Readonly<{
  matchExpressions?: readonly Requirement[];
  matchFields?: readonly Requirement[];
}>;

type Requirement = Readonly<{ key: string; operator: string; values?: readonly string[] }>;

const LINUX: Requirement = { key: OS_LABEL, operator: 'In', values: ['linux'] };

/**
 * Which nodes need an agent; none: there is no VirtualRouter. Each one tells by which selector its members were chosen, so
 * that an edit that is refused moves no agent.
 */
export const agentNodeTerms = (virtualRouters: readonly VirtualRouter[]): readonly NodeSelectorTerm[] =>
  withoutRedundant(virtualRouters.flatMap(termsOf));

function termsOf(router: VirtualRouter): readonly NodeSelectorTerm[] {
  const chosenBy = selectorOf(router);
  const byName = chosenBy === null ? router.spec.members.map(({ node }) => node) : keptNodesOf(router);
  return [...(chosenBy === null ? [] : [selectorTerm(chosenBy)]), ...byName.map(nameTerm)];
}

function selectorTerm(selector: NodeSelector): NodeSelectorTerm {
  const labels = Object.entries(selector.matchLabels ?? {}).map(([key, value]): Requirement => ({
    key,
    operator: 'In',
    values: [value],
  }));
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }): Requirement =>
    values.length === 0 ? { key, operator } : { key, operator, values },
  );
  const sorted = [...labels, ...expressions]
    .filter((requirement) => !isLinux(requirement))
    .sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
  return { matchExpressions: [LINUX, ...sorted] };
}

const isLinux = (requirement: Requirement): boolean => canonicalJson(requirement) === canonicalJson(LINUX);

/** The API server takes one name per term here. */
const nameTerm = (node: string): NodeSelectorTerm => ({
  matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }],
});

/** Each term once, in an order that does not depend on that of the VirtualIPs; one that selects every Linux node is enough. */
function withoutRedundant(terms: readonly NodeSelectorTerm[]): readonly NodeSelectorTerm[] {
  const distinct = new Map(terms.map((term) => [canonicalJson(term), term]));
  const everywhere = distinct.get(canonicalJson(selectorTerm({})));
  if (everywhere !== undefined) return [everywhere];
  return [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, term]) => term);
}
