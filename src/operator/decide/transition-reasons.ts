/**
 * What an agent gives as the reason of its state, in words that complete "because …". Agents of another version may have more:
 * those are told as they are.
 */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['notStarted', 'its agent cannot run this virtual router'],
  ['stopping', 'its agent stopped'],
  ['removed', 'it was configured anew'],
  ['interfaceMissing', 'its interface does not exist'],
  ['linkDown', 'its link is down'],
  ['noSourceAddress', 'its interface has no address to send from'],
  ['trackingFailed', 'something that is tracked on it failed'],
  ['hostRefused', 'the host does not let its agent do its work'],
  ['startup', 'it has just started'],
  ['owner', 'the addresses are its own'],
  ['activeDown', 'it heard no advertisement in time'],
  ['resignation', 'the node that was Active resigned'],
  ['preemption', 'it has a higher priority'],
  ['higherPriority', 'a node of higher priority advertises'],
  ['higherAddress', 'a node of equal priority and greater address advertises'],
  ['stalled', 'it stood still for too long'],
  ['yielded', 'a node of higher priority is there'],
]);

export const transitionReason = (because: string): string => WORDS.get(because) ?? because;
