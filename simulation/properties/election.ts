import type { VirtualRouter } from '../../src/node-agent/engine/virtual-router.js';
import { OWNER_PRIORITY } from '../../src/node-agent/vrrp/config.js';
import { compareAddresses } from '../../src/values/ip-address.js';
import { hostAddress } from '../world/host-address.js';
import type { SimulatedHost } from '../world/host.js';
import type { World } from '../world/world.js';

/** Whether a host is set up so that it believes the adverts of another one. */
export function compatible(world: World, router: number, sender: number, receiver: number): boolean {
  const from = world.settingsOf(router, sender);
  const to = world.settingsOf(router, receiver);
  return (
    from.vrid === to.vrid &&
    from.version === to.version &&
    from.unicast === to.unicast &&
    (from.version === 3 || (from.interval === to.interval && from.password === to.password))
  );
}

/**
 * Who must hold the addresses: the candidate of the highest priority, of equal ones whoever was first. null: none can be named,
 * because some do not preempt, or because two are equal.
 */
export function bestOf(
  world: World,
  router: number,
  candidates: readonly SimulatedHost[],
  routerOn: (host: number) => VirtualRouter | null,
): number | null {
  const running = candidates.flatMap(({ index }) => {
    const on = routerOn(index);
    return on === null ? [] : [{ index, priority: on.state.priority }];
  });
  const highest = Math.max(...running.map(({ priority }) => priority));
  const best = running.filter(({ priority }) => priority === highest);
  const [only] = best;
  if (only === undefined || best.length > 1) return null;
  const { mode } = world.settingsOf(router, only.index).preemption;
  return mode === 'Preempt' || only.priority === OWNER_PRIORITY ? only.index : null;
}

/** Whether one host's adverts win over another's: by priority, then by address. */
export function wins(
  one: Readonly<{ host: number; priority: number }>,
  other: Readonly<{ host: number; priority: number }>,
): boolean {
  if (one.priority !== other.priority) return one.priority > other.priority;
  return compareAddresses(hostAddress('IPv4', one.host), hostAddress('IPv4', other.host)) > 0;
}
