import { firstSilence, heartbeatPeriod } from '../../../src/api/v1alpha1/heartbeat.js';
import type { VirtualRouter } from '../../../src/api/v1alpha1/virtual-router.js';
import type { KnownRouter } from '../../../src/node-agent/desired/known-routers.js';
import type { RouterStatus, VrrpStatus } from '../../../src/node-agent/ipc/messages.js';
import type { Seat } from './wire.js';

/** One virtual router of a simulated agent. */
export type Part = Readonly<{ router: VirtualRouter; seat: Seat; active: Seat | null }>;

/** What the reporter of an agent is told to expect for a VirtualRouter. */
export const knownRouter = ({ metadata, spec }: VirtualRouter): KnownRouter => ({
  name: metadata.name,
  running: { key: metadata.name, generation: metadata.generation ?? 0 },
  problem: null,
  heartbeat: heartbeatPeriod(spec),
  silence: firstSilence(spec),
});

const NO_HISTOGRAM = { buckets: [], sum: 0, count: 0 };

/** What a VRRP process would say. `addressOf`: of a node. */
export const vrrpStatus = (
  parts: readonly Part[],
  revision: string,
  addressOf: (node: string) => string,
): VrrpStatus => ({
  time: Date.now(),
  process: {
    pid: 0,
    scheduling: '',
    lateness: NO_HISTOGRAM,
    droppedMessages: 0,
    unmatched: {},
    problems: [],
  },
  revision,
  routers: parts.map((part) => routerStatus(part, addressOf)),
});

function routerStatus({ router, seat, active }: Part, addressOf: (node: string) => string): RouterStatus {
  const { virtualIP, family, vrid, addresses, members } = router.spec;
  const { node, priority, state, because, since } = seat;
  return {
    key: router.metadata.name,
    ...{ virtualIP, family, state, because, since, addresses },
    vrid,
    priority,
    basePriority: priority,
    interface: members.find((member) => member.node === node)?.interface ?? null,
    source: addressOf(node),
    held: state === 'Active' ? addresses : [],
    active: active === null ? null : { source: addressOf(active.node), priority: active.priority },
    ...{ counters: {}, transitions: {}, takeover: NO_HISTOGRAM, trackers: [], problems: [] },
  };
}
