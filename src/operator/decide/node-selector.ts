import type { VirtualIPSpec } from '../../api/v1alpha1/virtual-ip.js';

export type NodeSelector = NonNullable<VirtualIPSpec['nodeSelector']>;
type Expression = NonNullable<NodeSelector['matchExpressions']>[number];
type Labels = Readonly<Record<string, string>>;

/** The label by which every kubelet tells its node's operating system. */
export const OS_LABEL = 'kubernetes.io/os';

/**
 * Whether a VirtualIP wants a node with these labels. Agents run on Linux alone, so other nodes are never meant, whatever
 * the selector says; without a selector it is all Linux nodes.
 */
export const selects = (selector: NodeSelector | undefined, labels: Labels): boolean =>
  labels[OS_LABEL] === 'linux' &&
  Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
  (selector?.matchExpressions ?? []).every((expression) => holds(expression, labels[expression.key]));

/** As Kubernetes has it: a node without the label satisfies NotIn. */
function holds({ operator, values = [] }: Expression, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}
