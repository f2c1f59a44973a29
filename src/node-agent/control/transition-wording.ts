import type { Sentence, Wording } from '../../platform/log-text.js';
import { STATE_CHANGED } from '../ipc/log-messages.js';
import type { TransitionReason } from '../vrrp/effect.js';

/** keepalived's names, for those who look for them. */
const KEEPALIVED_NAMES: Readonly<Record<string, string>> = { Backup: 'BACKUP', Active: 'MASTER' };

const REASONS: Readonly<Record<TransitionReason, string>> = {
  stopping: 'the agent is stopping',
  removed: 'no longer configured, or configured anew',
  interfaceMissing: 'the interface does not exist',
  linkDown: 'the link is down',
  noSourceAddress: 'the interface has no address to send from',
  trackingFailed: 'a tracked object failed',
  hostRefused: 'the host does not let the agent do its work',
  startup: 'started',
  owner: 'started as the owner of the addresses',
  activeDown: 'no advertisement in time',
  resignation: 'the Active router resigned',
  preemption: 'the Active router has a lower priority',
  higherPriority: 'a router of higher priority advertises',
  higherAddress: 'a router of equal priority and greater address advertises',
  stalled: 'this host stood still for too long',
  yielded: 'a router of higher priority is known to be alive',
};

/**
 * A transition as one sentence, `Backup -> Active (MASTER): no advertisement for 3.61 s`: RFC 9568's names, with the
 * one that keepalived logs behind the new state.
 */
export const transitionWording: Wording = (message, fields): Sentence | null => {
  if (message !== STATE_CHANGED) return null;
  const { from, to, because, silence } = fields;
  const name = KEEPALIVED_NAMES[String(to)] ?? outOfElection(String(because));
  const why =
    because === 'activeDown' && typeof silence === 'number'
      ? `no advertisement for ${silence.toFixed(2)} s`
      : ((REASONS as Readonly<Record<string, string>>)[String(because)] ?? String(because));
  return {
    text: `${String(from)} -> ${String(to)} (${name}): ${why}`,
    told: ['from', 'to', 'because', 'silence'],
  };
};

/** keepalived has two names for what RFC 9568 calls Initialize. */
const outOfElection = (because: string): string =>
  because === 'stopping' || because === 'removed' ? 'INIT' : 'FAULT';
