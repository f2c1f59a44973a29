import type { AddressFamily, IpAddress } from '../../values/ip-address.js';
import type { Micros } from '../../values/time.js';

export type VrrpVersion = 2 | 3;

/** RFC 9568 §5.2.3: 1-255, per interface and address family. */
export type Vrid = number;

/** RFC 9568 §5.2.4: 1-254, or 255 for the router that owns the addresses. 0 exists on the wire only: "I resign". */
export type Priority = number;

export const OWNER_PRIORITY: Priority = 255;

/** How the v3 checksum over IPv4 is formed: RFC 5798 read with a pseudo-header, or RFC 9568 §5.2.8 without one. */
export type ChecksumForm = 'PseudoHeader' | 'MessageOnly';

/** RFC 2338 §5.3.6: none, or the eight octets of a plain-text password. VRRPv2 only. */
export type Authentication = Readonly<{ type: 'None' }> | Readonly<{ type: 'Password'; password: string }>;

/** Where adverts go and from whom they are taken; hop limits are those a received advert may show, inclusive. */
export type Cast =
  | Readonly<{ mode: 'Multicast' }>
  | Readonly<{
      mode: 'Unicast';
      peers: readonly IpAddress[];
      hopLimit: Readonly<{ min: number; max: number }>;
    }>;

export type Preemption = Readonly<{
  mode: 'Preempt' | 'NoPreempt';
  /** How long a lower-priority Active router is left alone, from its first advert heard. Not in the RFC. */
  delay: Micros;
}>;

export type Announcement = Readonly<{
  /** Announcements per burst: one burst on becoming Active, one `delay` later. At least 1. */
  repeat: number;
  /** From the start of the first burst to the second one; 0: no second burst. */
  delay: Micros;
  /** Then one announcement each `refresh`; 0: none. */
  refresh: Micros;
}>;

/** How an address passes from one router to the next without a moment in which nobody answers. */
export type Handover = Readonly<{
  /** How long a router that resigned goes on answering when no successor is heard. */
  bound: Micros;
  /** How long it goes on after the successor's first advert, which precedes the successor's announcement. */
  settle: Micros;
  /** How long a router goes on that was displaced by a better one: that one's advert, too, precedes its announcement. */
  displaced: Micros;
}>;

/** One virtual router as configured: everything the protocol needs to know, valid and in range. */
export type RouterConfig = Readonly<{
  vrid: Vrid;
  family: AddressFamily;
  version: VrrpVersion;
  /** The priority without tracking. */
  basePriority: Priority;
  /** In the order in which they are advertised. At least one. */
  addresses: readonly IpAddress[];
  advertisementInterval: Micros;
  preemption: Preemption;
  authentication: Authentication;
  cast: Cast;
  checksum: ChecksumForm;
  announcement: Announcement;
  /** How often held addresses are renewed; see addresses/lease.ts. */
  leaseRenewal: Micros;
  /**
   * null: addresses are given up at once. With a virtual MAC two hosts must not answer at the same time: a switch would send
   * the traffic to whoever answered last, and that may be the one that leaves.
   */
  handover: Handover | null;
  /** RFC 9568 §6.4.3 as published: an owner discards every advert. Off: elect by address (EID 8298). */
  strictOwner: boolean;
  /** RFC 9568 §5.2.9: drop an IPv6 advert whose first address is not link-local. Off: count it. */
  strictFirstAddress: boolean;
}>;
