import { type Clock, systemClock } from '../../platform/clock.js';
import { familyOf } from '../../values/ip-address.js';
import { type Prefix, formatPrefix } from '../../values/prefix.js';
import type { HostNetwork } from '../engine/ports.js';

/** Milliseconds. Longer than a work queue of the kernel ever waits; who has not answered by then will not for having been waited for. */
const LONGEST_WAIT = 100;

type Waiting = Readonly<{ isOver: () => boolean; resolve: () => void }>;

/**
 * Knows when addresses that the kernel has accepted answer. IPv4 does so at once. IPv6 does not: the route to itself, without which
 * an address answers nobody, is made by a work queue, also without duplicate address detection, and on a busy host some milliseconds
 * later. The kernel's notification follows it.
 */
export class Arrivals {
  readonly #waiting = new Set<Waiting>();

  constructor(
    private readonly network: HostNetwork,
    private readonly clock: Pick<Clock, 'after'> = systemClock,
  ) {
    network.onChange(() => {
      for (const { isOver, resolve } of this.#waiting) if (isOver()) resolve();
    });
  }

  /** Resolves when these addresses answer; also after a while in which the kernel has told nothing of them. null: they do. */
  of(interfaceIndex: number, prefixes: readonly Prefix[]): Promise<void> | null {
    const awaited = prefixes.filter(({ address }) => familyOf(address) === 'IPv6').map(formatPrefix);
    if (awaited.length === 0) return null;
    const isOver = (): boolean => {
      const there = this.network.addresses().filter((address) => address.interfaceIndex === interfaceIndex);
      const texts = new Set(there.map(({ prefix }) => formatPrefix(prefix)));
      return awaited.every((text) => texts.has(text));
    };
    if (isOver()) return null;
    return new Promise<void>((resolve) => {
      const settle = (): void => {
        cancel();
        this.#waiting.delete(waiting);
        resolve();
      };
      const waiting: Waiting = { isOver, resolve: settle };
      const cancel = this.clock.after(LONGEST_WAIT, settle);
      this.#waiting.add(waiting);
    });
  }
}
