/** Who owns what the operator writes in its own name, as server-side apply knows it. */
export const OPERATOR_FIELD_MANAGER = 'kube-vrrp-operator';
