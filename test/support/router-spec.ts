import type { RouterSpec } from '../../src/node-agent/ipc/router-spec.js';
import { fromSeconds } from '../../src/values/time.js';

/** A router of VRID 51 with 192.0.2.100 at priority 150 and 1 s, except for what is given. */
export const routerSpec = (change: Partial<RouterSpec> = {}): RouterSpec => ({
  key: 'web/IPv4',
  virtualIP: 'web',
  family: 'IPv4',
  vrid: 51,
  version: 3,
  priority: 150,
  bestPeerPriority: null,
  interface: 'eth0',
  addresses: ['192.0.2.100/32'],
  advertisementInterval: fromSeconds(1),
  preemption: { mode: 'Preempt', delay: fromSeconds(0) },
  authentication: { type: 'None' },
  unicast: null,
  virtualMAC: false,
  checksum: 'PseudoHeader',
  announcement: { repeat: 5, delay: fromSeconds(5), refresh: fromSeconds(60) },
  trackInterfaces: [],
  ...change,
});
