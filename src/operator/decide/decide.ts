import { admission } from './admission.js';
import { eventsBetween } from './events.js';
import { plan } from './plan.js';
import { type Situation, situation } from './situation.js';
import { virtualIPStatus } from './status.js';
import type { Decision, Input } from './types.js';
import { isUpToDate } from './virtual-routers.js';

/** Everything about one VirtualIP that is not being deleted: what to write, what to say, when to look again. */
export function decide(input: Input): Decision {
  const wanted = plan(input, admission(input));
  const existing = new Map(input.virtualRouters.map((router) => [router.metadata.name, router]));
  const names = new Set(wanted.virtualRouters.map(({ metadata }) => metadata.name));
  const changed = wanted.virtualRouters.filter(
    (router) => !isUpToDate(router, existing.get(router.metadata.name)),
  );
  const known = situation(input, wanted, changed);
  const status = virtualIPStatus(known);
  return {
    apply: changed,
    remove: [...existing.keys()].filter((name) => !names.has(name)),
    forget: orphans(input),
    status,
    events: eventsBetween(input.virtualIP.status, status, known),
    recheckAfter: recheckAfter(known),
  };
}

/** Entries of nodes that the cluster does not have any more: their agents cannot take them away. */
function orphans({ virtualRouters, nodes }: Input): Decision['forget'] {
  const there = new Set(nodes.map(({ name }) => name));
  return virtualRouters.flatMap(({ metadata, status }) =>
    (status?.members ?? [])
      .filter(({ node }) => !there.has(node))
      .map(({ node }) => ({ virtualRouter: metadata.name, node })),
  );
}

/** When the first entry grows stale, or more is known about claims that are out of date. */
function recheckAfter({ routers, nodes, freshness }: Situation): number | null {
  const stale = nodes
    .filter(({ parts }) => parts.some(({ member }) => member.entry !== null && member.fresh))
    .map(({ name }) => freshness.freshFor(name));
  const unsettled = routers.flatMap(({ unsettledFor }) => (unsettledFor === null ? [] : [unsettledFor]));
  const soonest = Math.min(...stale, ...unsettled);
  // A timer may fire a fraction of a millisecond early.
  return Number.isFinite(soonest) ? Math.ceil(soonest) + 1 : null;
}
