import type { IpAddress } from '../../values/ip-address.js';
import type { Priority } from './config.js';
import type { ShutdownReason } from './event.js';

export type StateName = 'Initialize' | 'Backup' | 'Active';

/** Why a router changed its state. */
export type TransitionReason =
  | ShutdownReason
  /** Startup with a priority below 255. */
  | 'startup'
  /** Startup of the address owner. */
  | 'owner'
  /** Active_Down_Timer ran out without an advert (RFC 6527 masterNoResponse). */
  | 'activeDown'
  /** The Active router resigned with priority 0 (RFC 6527 priority). */
  | 'resignation'
  /** We displace a router of lower priority (RFC 6527 preempted). */
  | 'preemption'
  /** An advert of higher priority arrived. */
  | 'higherPriority'
  /** An advert of equal priority from a greater address arrived. */
  | 'higherAddress'
  /** This host stood still for so long that another router may have taken over. */
  | 'stalled'
  /** Our priority fell below that of a router known to be alive. */
  | 'yielded';

/** Something an operator should hear about; the shell limits the rate. */
export type Notice =
  /** RFC 9568 §6.4.3: our own advert came back, or another host has our source address. */
  | Readonly<{ code: 'ownAddressHeard'; sender: IpAddress }>
  /** Two routers claim to own the addresses (priority 255). */
  | Readonly<{ code: 'secondOwner'; sender: IpAddress }>
  /** A router of lower priority is Active too: a partition has healed, or it does not hear us. */
  | Readonly<{ code: 'lowerPriorityActive'; sender: IpAddress; priority: Priority }>;

/** What the shell does for a router, blindly and in the order of the list. */
export type Effect =
  | Readonly<{ kind: 'sendAdvert'; priority: Priority | 0 }>
  /** Install and keep exactly the configured addresses, leased; idempotent. */
  | Readonly<{ kind: 'holdAddresses' }>
  /** Extend the lease of the held addresses. */
  | Readonly<{ kind: 'renewAddresses' }>
  | Readonly<{ kind: 'releaseAddresses' }>
  /** One gratuitous ARP or unsolicited NA per address, once they are installed. */
  | Readonly<{ kind: 'announceAddresses' }>
  | Readonly<{ kind: 'stateChanged'; from: StateName; to: StateName; because: TransitionReason }>
  | Readonly<{ kind: 'notice'; notice: Notice }>;
