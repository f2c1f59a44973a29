/*
 * Agents watch only the VirtualRouters that name their node. The API server can select by labels but not by list items, so the
 * operator puts one label per member on each VirtualRouter.
 */

const PREFIX = 'member.kube-vrrp.io/';
/** A label's name, without its prefix, is at most this long; a node's name may be 253 characters. */
const LONGEST = 63;

/**
 * The key of the label that a VirtualRouter has for a member node; its value is empty. Long names are shortened and made
 * different again by a hash. Two nodes may still share a label: an agent looks itself up in the members.
 */
export function memberLabel(node: string): string {
  if (node.length <= LONGEST) return `${PREFIX}${node}`;
  const hash = fnv1a(node).toString(16).padStart(8, '0');
  return `${PREFIX}${node.slice(0, LONGEST - hash.length - 1).replace(/[-.]+$/, '')}-${hash}`;
}

/** FNV-1a, 32 bits. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return hash;
}
