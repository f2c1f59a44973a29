import type { VirtualIP } from '../../api/v1alpha1/virtual-ip.js';
import type { VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import { type NodeSelector, OS_LABEL } from './node-selector.js';
import { canonicalJson } from './same-content.js';

/** As in `nodeAffinity`: the terms are alternatives, the requirements of one must all hold. */
export type NodeSelectorTerm = Readonly<{
  matchExpressions?: readonly Requirement[];
  matchFields?: readonly Requirement[];
}>;

type Requirement = Readonly<{ key: string; operator: string; values?: readonly string[] }>;

const LINUX: Requirement = { key: OS_LABEL, operator: 'In', values: ['linux'] };

/** Which nodes need an agent; none: no VirtualIP does. */
export function agentNodeTerms(
  virtualIPs: readonly VirtualIP[],
  virtualRouters: readonly VirtualRouter[],
): readonly NodeSelectorTerm[] {
  const accepted = virtualIPs.filter(isAccepted);
  // What is refused, or not yet looked at, may have VirtualRouters of an earlier spec, which go on.
  const names = new Set(accepted.map(({ metadata }) => metadata.name));
  const members = new Set(
    virtualRouters
      .filter(({ spec }) => !names.has(spec.virtualIP))
      .flatMap(({ spec }) => spec.members.map(({ node }) => node)),
  );
  return withoutRedundant([
    ...accepted.map(({ spec }) => selectorTerm(spec.nodeSelector)),
    ...[...members].sort().map(nameTerm),
  ]);
}

/** Whether the operator has looked at the present spec and found it good. */
const isAccepted = ({ metadata, status }: VirtualIP): boolean =>
  status?.conditions?.some(
    ({ type, status: holds, observedGeneration }) =>
      type === 'Accepted' && holds === 'True' && observedGeneration === metadata.generation,
  ) === true;

function selectorTerm(selector: NodeSelector | undefined): NodeSelectorTerm {
  const labels = Object.entries(selector?.matchLabels ?? {}).map(([key, value]): Requirement => ({
    key,
    operator: 'In',
    values: [value],
  }));
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }): Requirement =>
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
  const everywhere = distinct.get(canonicalJson(selectorTerm(undefined)));
  if (everywhere !== undefined) return [everywhere];
  return [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, term]) => term);
}
