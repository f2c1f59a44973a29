import type { Arrival } from '../vrrp/receive.js';
import type { VirtualRouter } from './virtual-router.js';

/** What of an arrival tells whose it is. */
type Destination = Pick<Arrival, 'family' | 'vrid' | 'cast' | 'source'>;

/**
 * Finds the routers that an arrival is for: by interface, family, VRID and cast. Unicast routers may share a VRID when
 * their peers differ, so among those the sender decides.
 */
export class Demultiplexer {
  readonly #routers = new Map<number, VirtualRouter[]>();
  readonly #keys = new Map<VirtualRouter, readonly number[]>();

  /** Finds `router` from now on for what comes in by these interfaces, and by no others. */
  add(interfaceIndices: readonly number[], router: VirtualRouter): void {
    const { family, vrid, cast } = router.config;
    const keys = interfaceIndices.map((index) => keyOf(index, family, vrid, cast.mode));
    if (String(this.#keys.get(router)) === String(keys)) return;
    this.remove(router);
    this.#keys.set(router, keys);
    for (const key of keys) this.#routers.set(key, [router, ...(this.#routers.get(key) ?? [])]);
  }

  remove(router: VirtualRouter): void {
    for (const key of this.#keys.get(router) ?? []) {
      const others = (this.#routers.get(key) ?? []).filter((other) => other !== router);
      if (others.length === 0) this.#routers.delete(key);
      else this.#routers.set(key, others);
    }
    this.#keys.delete(router);
  }

  /** Another multicast router at work under what would be this one's name; two unicast ones may differ in their peers. */
  rivalOf(router: VirtualRouter, interfaceIndex: number): VirtualRouter | null {
    const { family, vrid, cast } = router.config;
    if (cast.mode === 'Unicast') return null;
    const found = this.#routers.get(keyOf(interfaceIndex, family, vrid, cast.mode)) ?? [];
    return found.find((other) => other !== router && other.state.name !== 'Initialize') ?? null;
  }

  /**
   * More than one only while a router that is out of the election, but perhaps still answers and waits for a successor,
   * has the same name as one that is in it.
   */
  find(interfaceIndex: number, { family, vrid, cast, source }: Destination): readonly VirtualRouter[] {
    const candidates = this.#routers.get(keyOf(interfaceIndex, family, vrid, cast)) ?? NOBODY;
    if (cast === 'Multicast') return candidates;
    const knowing = candidates.filter(
      ({ config }) => config.cast.mode === 'Unicast' && config.cast.peers.includes(source),
    );
    return knowing.length > 0 ? knowing : candidates.slice(0, 1);
  }
}

const NOBODY: readonly VirtualRouter[] = [];

/** One number for all four, because an advert is looked up by it: a VRID has 8 bits, the others that are left one each. */
const keyOf = (
  interfaceIndex: number,
  family: Destination['family'],
  vrid: number,
  cast: Destination['cast'],
): number => interfaceIndex * 1_024 + vrid * 4 + (family === 'IPv4' ? 0 : 2) + (cast === 'Multicast' ? 0 : 1);
