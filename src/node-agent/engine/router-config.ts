import { type IpAddress, ipAddress } from '../../values/ip-address.js';
import { type Prefix, parsePrefix } from '../../values/prefix.js';
import { type Micros, fromMillis, fromSeconds, micros } from '../../values/time.js';
import { leaseFor } from '../addresses/lease.js';
import type { RouterSpec } from '../ipc/router-spec.js';
import type { Cast, Handover, RouterConfig } from '../vrrp/config.js';

/**
 * After the successor's advert: its addresses and its announcement follow it within a few milliseconds, or within a hundred when
 * its host is short of processor time. Until then we answer, and afterwards nobody asks us any more.
 */
const SETTLE: Micros = fromMillis(100);
/**
 * When displaced, likewise; shorter, for we have not chosen the moment and the other one may have held them for long. A host that is
 * short of processor time must be through with it after 50 ms.
 */
const SETTLE_WHEN_DISPLACED: Micros = fromMillis(30);
/** No successor waits longer than one interval (v2: one second); this covers its way to us. */
const SUCCESSOR_MARGIN: Micros = fromMillis(100);
/** A stop must fit into the grace period that a supervisor grants. */
const LONGEST_BOUND: Micros = fromSeconds(10);

/** What the protocol needs to know of a spec. */
export function routerConfig(spec: RouterSpec): RouterConfig {
  return {
    vrid: spec.vrid,
    family: spec.family,
    version: spec.version,
    basePriority: spec.priority,
    addresses: prefixesOf(spec).map(({ address }) => address),
    advertisementInterval: spec.advertisementInterval,
    preemption: spec.preemption,
    authentication: spec.authentication,
    cast: castOf(spec),
    checksum: spec.checksum,
    announcement: spec.announcement,
    leaseRenewal: leaseFor(spec.advertisementInterval).renewal,
    handover: handoverOf(spec),
    strictOwner: false,
    strictFirstAddress: false,
  };
}

/** The addresses of a spec with their prefix lengths. Throws when one cannot be read: specs are made from valid input. */
export function prefixesOf(spec: RouterSpec): readonly Prefix[] {
  return spec.addresses.map((text) => {
    const parsed = parsePrefix(text);
    if (!parsed.ok) throw new TypeError(`${spec.key}: ${parsed.problem}`);
    return parsed.value;
  });
}

/**
 * Whether two specs describe the same router on the wire, so that one becomes the other without a new election. Which interface is
 * asked for does not matter by itself: it may be the one that was found anyway, and the engine sees where the router is.
 */
export const sameRouter = (one: RouterSpec, other: RouterSpec): boolean =>
  one.key === other.key &&
  one.family === other.family &&
  one.vrid === other.vrid &&
  one.version === other.version &&
  (one.interface === other.interface || String(one.addresses) === String(other.addresses)) &&
  one.virtualMAC === other.virtualMAC &&
  (one.unicast === null) === (other.unicast === null);

function castOf({ unicast }: RouterSpec): Cast {
  if (unicast === null) return { mode: 'Multicast' };
  const peers: IpAddress[] = unicast.peers.map(ipAddress);
  return { mode: 'Unicast', peers, hopLimit: unicast.hopLimit };
}

function handoverOf({ version, advertisementInterval, virtualMAC }: RouterSpec): Handover | null {
  if (virtualMAC) return null;
  const longestSkew = version === 2 ? fromSeconds(1) : advertisementInterval;
  const bound = micros(Math.min(longestSkew + SUCCESSOR_MARGIN, LONGEST_BOUND));
  return { bound, settle: SETTLE, displaced: SETTLE_WHEN_DISPLACED };
}
