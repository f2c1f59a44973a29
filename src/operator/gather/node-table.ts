import type { Change } from '../../platform/kube/ports.js';
import { sameContent } from '../decide/same-content.js';
import type { NodeFacts } from '../decide/types.js';
import { familyOf, parseIpAddress } from '../../values/ip-address.js';
import { type KubeNode, nodeFacts } from './node-facts.js';

/**
 * What is known of the nodes. Their heartbeats change nothing here. A node that has no InternalIP of a family any more keeps the
 * ones it had: it loses them for a moment when its kubelet or the cloud's controller starts again.
 */
export class NodeTable {
  readonly #facts = new Map<string, NodeFacts>();
  #list: readonly NodeFacts[] | null = null;

  get list(): readonly NodeFacts[] {
    this.#list ??= [...this.#facts.values()];
    return this.#list;
  }

  /** What the node was and is; null when nothing that matters has changed. */
  update({ before, after }: Change<KubeNode>): Change<NodeFacts> | null {
    const name = (after ?? before)?.metadata?.name ?? '';
    const known = this.#facts.get(name);
    const facts = after === undefined ? undefined : withLastAddresses(nodeFacts(after), known);
    if (sameContent(known, facts)) return null;
    this.#list = null;
    if (facts === undefined) this.#facts.delete(name);
    else this.#facts.set(name, facts);
    return { before: known, after: facts };
  }
}

function withLastAddresses(facts: NodeFacts, known: NodeFacts | undefined): NodeFacts {
  const families = new Set(facts.addresses.map(familyOfText));
  const missing = (known?.addresses ?? []).filter((text) => !families.has(familyOfText(text)));
  return missing.length === 0 ? facts : { ...facts, addresses: [...facts.addresses, ...missing] };
}

function familyOfText(text: string): string | null {
  const parsed = parseIpAddress(text);
  return parsed.ok ? familyOf(parsed.value) : null;
}
