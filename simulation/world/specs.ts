import type { RouterSpec } from '../../src/node-agent/ipc/router-spec.js';
import type { AddressFamily } from '../../src/values/ip-address.js';
import { fromCentiseconds, fromSeconds, micros, toSeconds } from '../../src/values/time.js';
import type { Settings } from '../schedule.js';
import { hostAddress } from './host-address.js';

/** What of the settings must be the same on all hosts for them to be one virtual router. */
export const sharedSettings = ({
  vrid,
  version,
  addresses,
  password,
  unicast,
  interval,
}: Settings): Partial<Settings> => ({
  vrid,
  version,
  addresses,
  password,
  unicast,
  // VRRPv3 learns it.
  ...(version === 2 && { interval }),
});

const LONGEST_V3 = fromCentiseconds(4_095);

/** What the API would let pass: VRRPv2 is for IPv4, and counts whole seconds; VRRPv3 counts 4,095 centiseconds at most. */
export function possible(settings: Settings, family: AddressFamily): Settings {
  if (settings.version === 3 || family === 'IPv6')
    return { ...settings, version: 3, interval: micros(Math.min(settings.interval, LONGEST_V3)) };
  return { ...settings, interval: fromSeconds(Math.max(1, Math.round(toSeconds(settings.interval)))) };
}

export const keyOf = (router: number, family: AddressFamily): string => `vip-${String(router)}/${family}`;

export const routerOf = (key: string): number => Number.parseInt(key.slice(4), 10);

/** What the agent of a host is told to run, given what all hosts are set to. */
export function specFor(
  router: number,
  host: number,
  family: AddressFamily,
  all: readonly Settings[],
): RouterSpec {
  const own = all[host];
  if (own === undefined) throw new RangeError(`no settings for host ${String(host)}`);
  const others = all.filter((_, other) => other !== host).map(({ priority }) => priority);
  return {
    key: keyOf(router, family),
    virtualIP: `vip-${String(router)}`,
    family,
    vrid: own.vrid,
    version: own.version,
    priority: own.priority,
    bestPeerPriority: others.length === 0 ? null : Math.max(...others),
    interface: 'eth0',
    addresses: own.addresses,
    advertisementInterval: own.interval,
    preemption: own.preemption,
    authentication:
      own.password === null || own.version === 3
        ? { type: 'None' }
        : { type: 'Password', password: own.password },
    unicast: own.unicast
      ? {
          peers: all.map((_, peer) => hostAddress(family, peer)),
          source: null,
          hopLimit: { min: 255, max: 255 },
        }
      : null,
    virtualMAC: false,
    checksum: own.checksum,
    announcement: own.announcement,
    trackInterfaces: own.uplinkWeight === null ? [] : [{ name: 'uplink0', weight: own.uplinkWeight }],
  };
}
