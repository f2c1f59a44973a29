import { staleAfter } from '../../api/v1alpha1/heartbeat.js';
import type { Input } from './types.js';

/** Whether what a node's agent said last is still believed. */
export type Freshness = Readonly<{
  isFresh: (node: string) => boolean;
  /** Milliseconds until a node that is fresh is not any more, if nothing is heard from it. */
  freshFor: (node: string) => number;
}>;

/**
 * `period`: the longest of the heartbeats that VirtualRouters of this VirtualIP ask for.
 *
 * An operator that has just begun to watch has heard nobody. It believes what it finds for as long as if it had been said at
 * that moment, but for nodes that its predecessor had given up already: else the dead would seem to rise at each restart.
 */
export function freshness(input: Input, period: number): Freshness {
  const { agentHeardAt, heartbeats, watchingSince, now } = input;
  const givenUp = nodesGivenUp(input);
  const freshFor = (node: string): number => {
    const heardAt = agentHeardAt.get(node) ?? (givenUp.has(node) ? -Infinity : watchingSince);
    return heardAt + staleAfter(Math.max(period, heartbeats.get(node) ?? 0)) - now.monotonic;
  };
  return { freshFor, isFresh: (node) => freshFor(node) > 0 };
}

/**
 * Nodes that were Unknown when the operator last looked, and have not spoken since. Here two clocks are compared for want
 * of anything better; a node is given up half a minute after its last word, so they may well differ by some seconds.
 */
function nodesGivenUp({ virtualIP, virtualRouters }: Input): ReadonlySet<string> {
  const lastWords = new Map<string, number>();
  for (const { node, heartbeat } of virtualRouters.flatMap(({ status }) => status?.members ?? []))
    lastWords.set(node, Math.max(lastWords.get(node) ?? 0, Date.parse(heartbeat) || 0));
  return new Set(
    (virtualIP.status?.nodes ?? [])
      .filter(({ state }) => state === 'Unknown')
      .filter(
        ({ name, lastTransitionTime = '' }) => !((lastWords.get(name) ?? 0) > Date.parse(lastTransitionTime)),
      )
      .map(({ name }) => name),
  );
}
