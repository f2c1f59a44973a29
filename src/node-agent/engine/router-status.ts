import { formatPrefix } from '../../values/prefix.js';
import type { Micros } from '../../values/time.js';
import type { RouterStatus } from '../ipc/messages.js';
import type { TrackerState } from '../ipc/router-spec.js';
import { addressesOn } from './present-addresses.js';
import type { InterfaceAddress } from './ports.js';
import type { VirtualRouter } from './virtual-router.js';

/** What a router is doing, for everybody outside of this process. */
export function routerStatus(
  router: VirtualRouter,
  present: readonly InterfaceAddress[],
  interfaces: readonly TrackerState[],
  now: Micros,
): RouterStatus {
  const { spec, state, seat } = router;
  const obstacle = router.obstacle === null ? [] : [router.obstacle];
  return {
    key: spec.key,
    virtualIP: spec.virtualIP,
    family: spec.family,
    vrid: spec.vrid,
    state: state.name,
    because: router.because,
    since: router.since,
    priority: state.priority,
    basePriority: spec.priority,
    interface: seat?.place.link.name ?? spec.interface,
    source: state.source,
    addresses: spec.addresses,
    held: heldBy(router, present),
    active: activeOf(router),
    counters: { ...router.statistics, addressReinstalls: router.addressReinstalls },
    transitions: Object.fromEntries(router.transitions),
    takeover: router.takeover.snapshot(),
    trackers: [...interfaces, ...router.trackers],
    problems: [...obstacle, ...router.problems.current(now)],
  };
}

/** Which of the router's addresses the kernel has. */
export function heldBy(
  { prefixes, seat }: VirtualRouter,
  present: readonly InterfaceAddress[],
): readonly string[] {
  if (seat === null) return [];
  const there = addressesOn(seat.place.link.index, present);
  return prefixes.map(formatPrefix).filter((text) => there.has(text));
}

function activeOf({ state }: VirtualRouter): RouterStatus['active'] {
  if (state.name === 'Active')
    return state.source === null ? null : { source: state.source, priority: state.priority };
  return state.name === 'Backup' ? state.active : null;
}
