/**
 * The nodes in the order in which a VirtualIP prefers them: by a hash of both names (rendezvous hashing). It is the same
 * whoever computes it, differs between VirtualIPs, so that their holders spread over the nodes, and does not depend on
 * the other nodes: when one comes or goes, the rest keep their order.
 */
export const preferenceOrder = (virtualIP: string, nodes: readonly string[]): readonly string[] =>
  nodes
    .map((node) => ({ node, weight: hash(`${virtualIP}\n${node}`) }))
    .sort((a, b) => b.weight - a.weight || (a.node < b.node ? -1 : 1))
    .map(({ node }) => node);

/**
 * FNV-1a, 32 bits, and the last step of MurmurHash3: FNV alone hardly lets the last characters, in which the names of
 * nodes differ, reach the high bits, which decide the order.
 */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
