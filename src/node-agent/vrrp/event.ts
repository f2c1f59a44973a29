import type { IpAddress } from '../../values/ip-address.js';
import type { Advert } from './advert.js';
import type { Priority, RouterConfig } from './config.js';

/** Why a router leaves the election (RFC 9568 §6.4 Shutdown) or cannot enter it. */
export type ShutdownReason =
  /** The agent was asked to stop. */
  | 'stopping'
  /** The router is no longer configured. */
  | 'removed'
  | 'interfaceMissing'
  | 'linkDown'
  | 'noSourceAddress'
  /** A tracked object without a weight failed. */
  | 'trackingFailed'
  /** The host does not let the agent do its work, e.g. a socket could not be opened. */
  | 'hostRefused';

/** What can happen to one virtual router. Times are not in here: `now` is an argument of `transition`. */
export type RouterEvent =
  /** The interface is usable; `source` is the address adverts are sent from. */
  | Readonly<{ kind: 'startup'; source: IpAddress }>
  /**
   * Leave the election. With `handover` the router, if Active, goes on answering until its successor is heard;
   * without, it gives the addresses up at once.
   */
  | Readonly<{ kind: 'shutdown'; because: ShutdownReason; handover: boolean }>
  /** An advert that passed every check. */
  | Readonly<{ kind: 'advertReceived'; advert: Advert; sender: IpAddress }>
  /** Some deadline may have passed; harmless when none has. */
  | Readonly<{ kind: 'timerExpired' }>
  /**
   * The effective priority changed. With `yieldToPeer` a better router is known to be alive, and an Active router
   * hands over to it without a gap instead of waiting to be preempted.
   */
  | Readonly<{ kind: 'prioritySet'; priority: Priority; yieldToPeer: boolean }>
  /** The configuration changed; VRID, family and version stay (another identity is another router). */
  | Readonly<{ kind: 'configSet'; config: RouterConfig }>
  | Readonly<{ kind: 'sourceSet'; source: IpAddress }>
  /** Somebody else removed addresses that this router holds. */
  | Readonly<{ kind: 'addressesLost'; addresses: readonly IpAddress[] }>;
