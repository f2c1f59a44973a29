import { LeaderElection, type LeaderElectionOptions } from '../platform/kube/leader-election.js';

/** `mayWrite`: whether this process leads still; false also when it stood still for so long that another one may lead by now. */
export type Lead = (signal: AbortSignal, mayWrite: () => boolean) => Promise<void>;

/**
 * Acts whenever this process has the Lease, until `signal` is aborted. A Lease that is lost, because the API server did not answer
 * for some seconds, say, is nothing to end for: what is known stays known, and whoever gets the Lease next goes on.
 */
export async function actInTurns(
  election: LeaderElectionOptions,
  signal: AbortSignal,
  lead: Lead,
): Promise<void> {
  let turn: Promise<void> = Promise.resolve();
  const stopped = (): boolean => signal.aborted;
  while (!stopped()) {
    const before = turn;
    const one = new LeaderElection(election);
    await one.run(signal, async (leading) => {
      // What the last turn had begun may still wait for an answer; it writes nothing any more.
      await before;
      turn = lead(leading, () => one.isLeading);
      await turn;
    });
  }
}
