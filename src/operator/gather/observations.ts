import type { MemberStatus, VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import type { Change } from '../../platform/kube/ports.js';
import { sameContent } from '../decide/same-content.js';
import type { Observation } from '../decide/types.js';

/** What a change of a VirtualRouter told about its members. */
export type Heard = Readonly<{
  /** Nodes whose agents wrote, with what was known of when they wrote before: null when they never had. */
  agents: readonly Readonly<{ node: string; before: number | null }>[];
  /** Whether anything but heartbeats changed. */
  news: boolean;
}>;

/**
 * When the operator saw agents write. A clock of another host is never compared with ours, so this is how old what they
 * say is. Times are the operator's monotonic milliseconds.
 */
export class Observations {
  readonly #entries = new Map<string, Observation>();
  readonly #agents = new Map<string, number>();

  /** By `NAME/NODE`. */
  get entries(): ReadonlyMap<string, Observation> {
    return this.#entries;
  }

  /** By node: when any entry of it changed last. */
  get agentHeardAt(): ReadonlyMap<string, number> {
    return this.#agents;
  }

  /** An object that is seen for the first time tells nothing: it may have said so for days. */
  record({ before, after }: Change<VirtualRouter>, now: number): Heard {
    const present = new Set(membersOf(after).map(({ node }) => node));
    for (const { node } of membersOf(before))
      if (!present.has(node)) this.#entries.delete(entryKey(before, node));
    if (before === undefined || after === undefined) return { agents: [], news: true };
    const changed = changedEntries(before, after);
    const agents = changed.map(({ entry: { node } }) => ({ node, before: this.#agents.get(node) ?? null }));
    for (const { old, entry } of changed) {
      this.#agents.set(entry.node, now);
      this.#observe(entryKey(after, entry.node), old, entry, now);
    }
    const news =
      !sameExceptMembers(before, after) ||
      membersOf(before).some(({ node }) => !present.has(node)) ||
      changed.some(({ old, entry }) => !sameContent(withoutHeartbeat(old), withoutHeartbeat(entry)));
    return { agents, news };
  }

  /** The node is no more. */
  forgetNode(node: string): void {
    this.#agents.delete(node);
  }

  #observe(key: string, old: MemberStatus | undefined, entry: MemberStatus, now: number): void {
    const moved = old?.state !== entry.state || old.since !== entry.since;
    this.#entries.set(key, {
      heardAt: now,
      stateSeenAt: moved ? now : (this.#entries.get(key)?.stateSeenAt ?? null),
    });
  }
}

const membersOf = (router: VirtualRouter | undefined): readonly MemberStatus[] =>
  router?.status?.members ?? [];

const entryKey = (router: VirtualRouter | undefined, node: string): string =>
  `${router?.metadata.name ?? ''}/${node}`;

/** The entries that are new or different. */
function changedEntries(
  before: VirtualRouter,
  after: VirtualRouter,
): readonly Readonly<{ old: MemberStatus | undefined; entry: MemberStatus }>[] {
  const earlier = new Map(membersOf(before).map((entry) => [entry.node, entry]));
  return membersOf(after)
    .map((entry) => ({ old: earlier.get(entry.node), entry }))
    .filter(({ old, entry }) => old === undefined || !sameContent(old, entry));
}

const withoutHeartbeat = (entry: MemberStatus | undefined): unknown => ({ ...entry, heartbeat: null });

/** Whatever is not said by agents: spec, labels, owners, deletion. */
const sameExceptMembers = (before: VirtualRouter, after: VirtualRouter): boolean =>
  before.metadata.generation === after.metadata.generation &&
  before.metadata.uid === after.metadata.uid &&
  before.metadata.deletionTimestamp === after.metadata.deletionTimestamp &&
  sameContent(before.metadata.labels, after.metadata.labels) &&
  sameContent(before.metadata.ownerReferences, after.metadata.ownerReferences);
