import type { StateName, TransitionReason } from '../vrrp/effect.js';
import type { Priority, Vrid } from '../vrrp/config.js';

/** The message of the log line about a transition; its fields are {@link StateChangedFields}. */
export const STATE_CHANGED = 'State changed';

export type StateChangedFields = Readonly<{
  /** The router's key. */
  router: string;
  from: StateName;
  to: StateName;
  because: TransitionReason;
  vrid: Vrid;
  interface: string | null;
  /** The effective priority. */
  priority: Priority;
  /** How long nothing was heard from the Active router, in seconds; where it is the reason. */
  silence?: number;
  /** The router that is Active now, where it is another one and known. */
  active?: string;
}>;
