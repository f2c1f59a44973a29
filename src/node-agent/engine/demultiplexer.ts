import type { Arrival } from '../vrrp/receive.js';
import type { VirtualRouter } from './virtual-router.js';

/**
 * Finds the router that an arrival is for: by interface, family, VRID and cast. Unicast routers may share a VRID when
 * their peers differ, so among those the sender decides.
 */
export class Demultiplexer {
  readonly #routers = new Map<string, VirtualRouter[]>();
  readonly #keys = new Map<VirtualRouter, string>();

  add(interfaceIndex: number, router: VirtualRouter): void {
    const { family, vrid, cast } = router.config;
    const key = keyOf(interfaceIndex, family, vrid, cast.mode);
    if (this.#keys.get(router) === key) return;
    this.remove(router);
    this.#keys.set(router, key);
    this.#routers.set(key, [router, ...(this.#routers.get(key) ?? [])]);
  }

  remove(router: VirtualRouter): void {
    const key = this.#keys.get(router);
    if (key === undefined) return;
    this.#keys.delete(router);
    const others = (this.#routers.get(key) ?? []).filter((other) => other !== router);
    if (others.length === 0) this.#routers.delete(key);
    else this.#routers.set(key, others);
  }

  find(interfaceIndex: number, { family, vrid, cast, source }: Arrival): VirtualRouter | null {
    const candidates = this.#routers.get(keyOf(interfaceIndex, family, vrid, cast));
    if (candidates === undefined) return null;
    const knowing = candidates.find(
      ({ config }) => config.cast.mode === 'Unicast' && config.cast.peers.includes(source),
    );
    return knowing ?? candidates[0] ?? null;
  }
}

const keyOf = (interfaceIndex: number, family: string, vrid: number, cast: string): string =>
  `${String(interfaceIndex)}/${family}/${String(vrid)}/${cast}`;
