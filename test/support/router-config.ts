import type { RouterConfig } from '../../src/node-agent/vrrp/config.js';
import { ipAddress } from '../../src/values/ip-address.js';
import { fromMillis, fromSeconds, micros } from '../../src/values/time.js';

/** A VRRPv3 IPv4 router with the defaults of a VirtualIP: VRID 51, priority 100, one address, adverts of 1 s. */
export function routerConfig(different: Partial<RouterConfig> = {}): RouterConfig {
  return {
    vrid: 51,
    family: 'IPv4',
    version: 3,
    basePriority: 100,
    addresses: [ipAddress('192.0.2.100')],
    advertisementInterval: fromSeconds(1),
    preemption: { mode: 'Preempt', delay: micros(0) },
    authentication: { type: 'None' },
    cast: { mode: 'Multicast' },
    checksum: 'PseudoHeader',
    announcement: { repeat: 5, delay: fromSeconds(5), refresh: fromSeconds(60) },
    leaseRenewal: fromSeconds(1),
    handover: { bound: fromMillis(1_100), settle: fromMillis(50), displaced: fromMillis(20) },
    strictOwner: false,
    strictFirstAddress: false,
    ...different,
  };
}
