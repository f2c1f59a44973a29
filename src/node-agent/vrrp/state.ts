import type { IpAddress } from '../../values/ip-address.js';
import type { Micros } from '../../values/time.js';
import type { Priority, RouterConfig } from './config.js';
import type { TransitionReason } from './effect.js';

/** What every state knows. All of it is plain data: a state written as JSON and read back behaves the same. */
type Common = Readonly<{
  config: RouterConfig;
  /** The effective priority: base and tracking. */
  priority: Priority;
  /** The address adverts are sent from; null until the first startup. */
  source: IpAddress | null;
  /** Not Active any more, but the addresses are still held so that a successor takes over without a gap. */
  answering: Answering | null;
}>;

export type Answering = Readonly<{
  /** When the addresses are released. */
  until: Micros;
  /** How long they are still held once another router is heard; shortens `until`. */
  settle: Micros;
  /** The last advert as Active, if it ended with a resignation. Who answers that one has yielded to it, and is no successor. */
  last: Readonly<{ sentAt: Micros; priority: Priority }> | null;
}>;

/** RFC 9568 §6.4.1 */
export type Initialize = Common & Readonly<{ name: 'Initialize' }>;

/** RFC 9568 §6.4.2 */
export type Backup = Common &
  Readonly<{
    name: 'Backup';
    /** When Active_Down_Timer fires. */
    activeDownAt: Micros;
    /** Active_Adver_Interval: the interval of the router that is Active. */
    activeAdverInterval: Micros;
    /** Whether that interval was heard, and is not just our own. */
    intervalLearned: boolean;
    /** When the preemption delay ends; null while no lower-priority router is being waited for. */
    preemptAt: Micros | null;
    /** What the transition to Active will be put down to, as far as is known by now. */
    takeover: Extract<TransitionReason, 'activeDown' | 'resignation' | 'preemption' | 'stalled' | 'yielded'>;
    /** The router whose advert was accepted last. */
    active: Readonly<{ source: IpAddress; priority: Priority }> | null;
  }>;

/** RFC 9568 §6.4.3 */
export type Active = Common &
  Readonly<{
    name: 'Active';
    /** When Adver_Timer fires. */
    adverAt: Micros;
    /** When the last advert was sent: silence since then is what the other routers measure. */
    sentAt: Micros;
    renewAt: Micros;
    announcing: Announcing;
  }>;

/** Where the router is in its schedule of announcements. */
export type Announcing = Readonly<{
  /** When the next one is due; null: none is. */
  at: Micros | null;
  /** How many are left in the running burst, the one at `at` included. */
  left: number;
  /** When the second burst starts; null once it has, or when there is none. */
  secondAt: Micros | null;
  /** How many of the running burst did not wait for their turn. */
  hastened: number;
}>;

export type RouterState = Initialize | Backup | Active;
