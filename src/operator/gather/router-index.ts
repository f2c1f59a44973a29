import { heartbeatPeriod } from '../../api/v1alpha1/heartbeat.js';
import type { VirtualRouter } from '../../api/v1alpha1/virtual-router.js';

/** Which VirtualRouters belong to a VirtualIP, and which VirtualIPs concern a node. */
export class RouterIndex {
  readonly #byVirtualIP = new SetMap();
  readonly #byMember = new SetMap();
  readonly #periods = new Map<string, number>();
  readonly #heartbeats = new Map<string, number>();

  /** By node that is a member of any: milliseconds from one heartbeat of its agent to the next. */
  get heartbeats(): ReadonlyMap<string, number> {
    return this.#heartbeats;
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
    const period = heartbeatPeriod(router.spec);
    this.#byVirtualIP.add(virtualIP, router.metadata.name);
    this.#periods.set(entryOf(router), period);
    for (const { node } of members) {
      this.#byMember.add(node, entryOf(router));
      this.#heartbeats.set(node, Math.max(period, this.#heartbeats.get(node) ?? 0));
    }
  }

  #remove(router: VirtualRouter): void {
    const { virtualIP, members } = router.spec;
    this.#byVirtualIP.remove(virtualIP, router.metadata.name);
    this.#periods.delete(entryOf(router));
    for (const { node } of members) {
      this.#byMember.remove(node, entryOf(router));
      this.#measure(node);
    }
  }

  #measure(node: string): void {
    const periods = this.#byMember.get(node).map((entry) => this.#periods.get(entry) ?? 0);
    if (periods.length === 0) this.#heartbeats.delete(node);
    else this.#heartbeats.set(node, Math.max(...periods));
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
