import type { MemberStatus, VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import type { AddressFamily } from '../../values/ip-address.js';
import { type ActiveRouters, activeRouters } from './active-routers.js';
import type { Freshness } from './freshness.js';
import type { Input } from './types.js';
import { type HeardActive, heardActive } from './witnesses.js';

/** What is known of one node's part in a virtual router. */
export type MemberView = Readonly<{
  node: string;
  /** What its agent said last; null: nothing ever. */
  entry: MemberStatus | null;
  /** Whether that is still believed. */
  fresh: boolean;
  /** Another node has become Active since, and this one has not said a word: it has probably not been able to. */
  superseded: boolean;
}>;

/** What is known of one virtual router. */
export type RouterView = Readonly<{
  /** As it is wanted. */
  router: VirtualRouter;
  family: AddressFamily;
  /** Its generation in the API server; null: what is wanted has not been written yet. */
  generation: number | null;
  members: readonly MemberView[];
  /** The entry of the node that says it is Active, and is believed; of several, the one that said so last. */
  holder: MemberStatus | null;
  /** The nodes that are Active at the same time, two or more; empty: no split brain. */
  rivals: readonly string[];
  /** While nobody says so itself: whom others hear. */
  heard: HeardActive | null;
  /** See there. */
  unsettledFor: ActiveRouters['unsettledFor'];
}>;

/**
 * `existing`: the same virtual router in the API server, where the agents write what they do.
 */
export function observe(
  router: VirtualRouter,
  existing: VirtualRouter | undefined,
  upToDate: boolean,
  input: Input,
  freshness: Freshness,
): RouterView {
  const entries = new Map((existing?.status?.members ?? []).map((entry) => [entry.node, entry]));
  // A node that has just been left out may still be Active, until its agent hears of it.
  const fresh = [...entries.values()].filter(({ node }) => freshness.isFresh(node));
  const active = activeRouters(router.metadata.name, fresh, input);
  const heard = active.holder === null ? heardActive(router, [...entries.values()], fresh, input) : null;
  return {
    router,
    family: router.spec.family,
    generation: upToDate ? (existing?.metadata.generation ?? null) : null,
    members: router.spec.members.map(({ node }) => ({
      node,
      entry: entries.get(node) ?? null,
      fresh: freshness.isFresh(node),
      superseded: active.superseded.has(node),
    })),
    holder: active.holder,
    rivals: active.rivals,
    unsettledFor: heard?.awaitedFor ?? active.unsettledFor,
    heard,
  };
}

/** The node that holds the addresses, as it says itself or others do; null: none that is known. */
export const heldBy = ({ holder, heard }: RouterView): string | null => holder?.node ?? heard?.node ?? null;
