import { fnv1a } from './member-label.js';

const PREFIX = 'kube-vrrp-agent-';
/** The API server's own bound; a node's name may be 253 characters. */
const LONGEST = 128;

/**
 * As whom the agent of a node owns its entries by server-side apply. Whoever takes an entry away in its stead, because the
 * node is no more, applies an empty status under the same name.
 */
export function agentFieldManager(node: string): string {
  const name = `${PREFIX}${node}`;
  if (name.length <= LONGEST) return name;
  const hash = fnv1a(node).toString(16).padStart(8, '0');
  return `${name.slice(0, LONGEST - hash.length - 1)}-${hash}`;
}
