import type { Change } from '../../platform/kube/ports.js';
import { sameContent } from '../decide/same-content.js';
import type { NodeFacts } from '../decide/types.js';
import { type KubeNode, nodeFacts } from './node-facts.js';

/** What is known of the nodes. Their heartbeats change nothing here. */
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
    const facts = after === undefined ? undefined : nodeFacts(after);
    if (sameContent(known, facts)) return null;
    this.#list = null;
    if (facts === undefined) this.#facts.delete(name);
    else this.#facts.set(name, facts);
    return { before: known, after: facts };
  }
}
