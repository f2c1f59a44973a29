import type { VirtualRouter } from '../../api/v1alpha1/virtual-router.js';

/** Which VirtualRouters belong to a VirtualIP, and which VirtualIPs concern a node. */
export class RouterIndex {
  readonly #byVirtualIP = new SetMap();
  readonly #byMember = new SetMap();
  readonly #sizes = new Map<string, number>();
  readonly #largest = new Map<string, number>();

  /** How many members the largest VirtualRouter has that a node is a member of. */
  get largestRouter(): ReadonlyMap<string, number> {
    return this.#largest;
  }

  update(before: VirtualRouter | undefined, after: VirtualRouter | undefined): void {
    if (before !== undefined) this.#remove(before);
    if (after !== undefined) this.#add(after);
  }

  /** Names of VirtualRouters. */
  routersOf(virtualIP: string): readonly string[] {
    return this.#byVirtualIP.get(virtualIP);
  }

  /** Names of the VirtualIPs that the node is a member of. */
  virtualIPsOn(node: string): readonly string[] {
    return [...new Set(this.#byMember.get(node).map((entry) => entry.slice(0, entry.indexOf('/'))))];
  }

  /** Names of the VirtualIPs that have VirtualRouters. */
  get virtualIPs(): readonly string[] {
    return this.#byVirtualIP.keys;
  }

  #add(router: VirtualRouter): void {
    const { virtualIP, members } = router.spec;
    this.#byVirtualIP.add(virtualIP, router.metadata.name);
    this.#sizes.set(entryOf(router), members.length);
    for (const { node } of members) {
      this.#byMember.add(node, entryOf(router));
      this.#largest.set(node, Math.max(members.length, this.#largest.get(node) ?? 0));
    }
  }

  #remove(router: VirtualRouter): void {
    const { virtualIP, members } = router.spec;
    this.#byVirtualIP.remove(virtualIP, router.metadata.name);
    this.#sizes.delete(entryOf(router));
    for (const { node } of members) {
      this.#byMember.remove(node, entryOf(router));
      this.#measure(node);
    }
  }

  #measure(node: string): void {
    const sizes = this.#byMember.get(node).map((entry) => this.#sizes.get(entry) ?? 0);
    if (sizes.length === 0) this.#largest.delete(node);
    else this.#largest.set(node, Math.max(...sizes));
  }
}

/** Two VirtualRouters of one VirtualIP name a node each on its own. */
const entryOf = ({ metadata, spec }: VirtualRouter): string => `${spec.virtualIP}/${metadata.name}`;

/** Sets of names, by name. */
class SetMap {
  readonly #sets = new Map<string, Set<string>>();

  get keys(): readonly string[] {
    return [...this.#sets.keys()];
  }

  get(key: string): readonly string[] {
    return [...(this.#sets.get(key) ?? [])];
  }

  add(key: string, value: string): void {
    const set = this.#sets.get(key);
    if (set === undefined) this.#sets.set(key, new Set([value]));
    else set.add(value);
  }

  remove(key: string, value: string): void {
    const set = this.#sets.get(key);
    if (set?.delete(value) === true && set.size === 0) this.#sets.delete(key);
  }
}
