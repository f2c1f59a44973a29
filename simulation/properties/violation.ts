import type { Micros } from '../../src/values/time.js';

/** What must hold, whatever happens; docs/simulation.md has the derivations of the bounds. */
export const PROPERTIES = {
  oneHolder:
    'once the LAN is whole and quiet, exactly one host holds each address, the best one where routers preempt',
  twoHolders: 'hosts that hear each other do not both hold an address for longer than it takes to hear',
  leaseEnds: 'the addresses of an agent that is dead or stands still are gone when their lease is over',
  successorAlone: 'an agent that died holds an address beside its successor for 1.5 s at most',
  noGap: 'a planned move has no moment without a holder',
  noFalseTakeover: 'nobody takes over from a router that he must hear',
  bestFirst: 'of two Backups that heard the same, the better one takes over',
  noStorm: 'adverts do not call forth adverts without end',
  stillness: 'nothing changes while nothing happens',
  neighbours: 'while nothing unplanned happens, the neighbours send to a host that has the address',
  deadline: 'a router in the election has a deadline, and the timer is set for it',
  heldInBackup: 'only an Active router holds addresses, or for a bounded time the one before it',
  activeHolds: 'an Active router has its addresses in the kernel',
  noException: 'no input makes the engine throw',
} as const;

export type Property = keyof typeof PROPERTIES;

export type Violation = Readonly<{
  property: Property;
  at: Micros;
  /** What was seen, in a sentence. */
  seen: string;
}>;
