import type { MemberStatus } from '../../api/v1alpha1/virtual-router.js';
import type { Input } from './types.js';

/*
 * Who holds the addresses, when several nodes have said that they do. Usually only the last of them does: the others have died, or
 * have lost the API server, before they could take it back. If one of them speaks again and still says Active, it does not
 * hear the other one.
 */

export type ActiveRouters = Readonly<{
  holder: MemberStatus | null;
  /** Two or more, or none. */
  rivals: readonly string[];
  /** Nodes whose claim is out of date. */
  superseded: ReadonlySet<string>;
  /** Milliseconds after which more may be known about claims that are out of date; null: there are none. */
  unsettledFor: number | null;
}>;

/** How long after a takeover an entry may still be on its way that was written before. */
const ON_ITS_WAY = 2_000;

/** An agent that says Active again within that time, because it has seen the other one say so, has taken it back by then if ever. */
const TAKEN_BACK = 4_000;

/**
 * The same for another entry of the agent. It writes entries that change before it renews one that does not, but a node that loses
 * many virtual routers at once has many to write.
 */
const BACKLOG = 10_000;

/** No change of the virtual router tells that an agent has spoken elsewhere. */
const LOOK_AGAIN = 5_000;

type Claimant = Readonly<{
  entry: MemberStatus;
  /** When it was first seen Active; null: before the operator began to watch. */
  seenAt: number | null;
  heardAt: number | null;
  agentHeardAt: number | null;
}>;

/** `fresh`: the entries that are believed. */
export function activeRouters(
  virtualRouter: string,
  fresh: readonly MemberStatus[],
  { observations, agentHeardAt, watchingSince, now }: Input,
): ActiveRouters {
  const claimants = fresh
    .filter(({ state }) => state === 'Active')
    .map((entry): Claimant => {
      const observation = observations.get(`${virtualRouter}/${entry.node}`);
      return {
        entry,
        seenAt: observation?.stateSeenAt ?? null,
        heardAt: observation?.heardAt ?? null,
        agentHeardAt: agentHeardAt.get(entry.node) ?? null,
      };
    })
    .sort(latestFirst);
  const [latest, ...earlier] = claimants;
  if (latest === undefined) return { holder: null, rivals: [], superseded: new Set(), unsettledFor: null };
  const takenAt = latest.seenAt ?? watchingSince;
  const verdicts = earlier.map((claimant) => ({ claimant, knownAt: activeForSureAt(claimant, takenAt) }));
  const rivals = verdicts.filter(({ knownAt }) => knownAt <= now.monotonic);
  const open = verdicts.filter(({ knownAt }) => knownAt > now.monotonic);
  return {
    holder: latest.entry,
    rivals: rivals.length === 0 ? [] : [latest, ...rivals.map((one) => one.claimant)].map(nodeOf).sort(),
    superseded: new Set(open.map(({ claimant }) => nodeOf(claimant))),
    unsettledFor:
      open.length === 0 ? null : Math.min(LOOK_AGAIN, ...open.map(({ knownAt }) => knownAt - now.monotonic)),
  };
}

const nodeOf = ({ entry }: Claimant): string => entry.node;

/** When an earlier claim is known to hold beside one that was seen at `takenAt`; Infinity: nothing says that it does. */
function activeForSureAt({ heardAt, agentHeardAt }: Claimant, takenAt: number): number {
  if (heardAt !== null && heardAt > takenAt + ON_ITS_WAY) return heardAt;
  if (agentHeardAt !== null && agentHeardAt > takenAt + BACKLOG) return agentHeardAt;
  return heardAt !== null && heardAt > takenAt ? takenAt + TAKEN_BACK : Infinity;
}

/**
 * By when the operator saw them become Active. For those that it found so when it began to watch: who has spoken since is more likely
 * to be there, and then there is nothing better than the clocks of the nodes.
 */
function latestFirst(a: Claimant, b: Claimant): number {
  const bySight = (b.seenAt ?? -1) - (a.seenAt ?? -1);
  if (bySight !== 0) return bySight;
  const byVoice = Number(b.agentHeardAt !== null) - Number(a.agentHeardAt !== null);
  if (byVoice !== 0) return byVoice;
  const [one, other] = [Date.parse(a.entry.since ?? ''), Date.parse(b.entry.since ?? '')];
  return (other || 0) - (one || 0) || (a.entry.node < b.entry.node ? -1 : 1);
}
