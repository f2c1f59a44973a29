import type { AddressFamily } from '../../values/ip-address.js';
import type { Micros } from '../../values/time.js';
import type { ChecksumForm, Preemption, Priority, VrrpVersion, Vrid } from '../vrrp/config.js';
import type { Announcement, Authentication } from '../vrrp/config.js';

/**
 * One virtual router as the VRRP process is told to run it: a VirtualIP reduced to one address family, defaulted and
 * valid, with nothing left to look up but the state of this host. Plain JSON.
 */
export type RouterSpec = Readonly<{
  /** `NAME/IPv4` or `NAME/IPv6`: unique, and stable across edits of everything else. */
  key: string;
  /** The VirtualIP's name. */
  virtualIP: string;
  family: AddressFamily;
  vrid: Vrid;
  version: VrrpVersion;
  /** This host's priority without tracking. */
  priority: Priority;
  /**
   * The highest priority that another configured member of the router has; null when none is known. When our priority is lowered below
   * it, the addresses are handed over instead of waiting to be preempted.
   */
  bestPeerPriority: Priority | null;
  /** The interface's name; null: the one whose connected subnet holds the first address. */
  interface: string | null;
  /** `ADDRESS/LENGTH`, in the order of the VirtualIP. At least one. */
  addresses: readonly string[];
  advertisementInterval: Micros;
  preemption: Preemption;
  authentication: Authentication;
  /** null: multicast. */
  unicast: UnicastSpec | null;
  virtualMAC: boolean;
  checksum: ChecksumForm;
  announcement: Announcement;
  /** Links whose state counts. weight null: while one is down the router leaves the election. */
  trackInterfaces: readonly Readonly<{ name: string; weight: number | null }>[];
}>;

export type UnicastSpec = Readonly<{
  peers: readonly string[];
  /** What the peers know this host by, and take adverts from alone; null: nobody has said, the interface decides. */
  source: string | null;
  /** What a received advert may show, inclusive. */
  hopLimit: Readonly<{ min: number; max: number }>;
}>;

/**
 * The state of what the other process watches for a router (probes, later pods). As in keepalived: a negative weight
 * counts while the object fails, a positive one while it is up, null takes the router out while it fails.
 */
export type TrackerState = Readonly<{ id: string; up: boolean; weight: number | null; message: string }>;
