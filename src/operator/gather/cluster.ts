import { SHORTEST_PERIOD, staleAfter } from '../../api/v1alpha1/heartbeat.js';
import type { VirtualIP } from '../../api/v1alpha1/virtual-ip.js';
import type { VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import type { Change } from '../../platform/kube/ports.js';
import { selects } from '../decide/node-selector.js';
import { sameContent } from '../decide/same-content.js';
import type { DaemonSet, Input, NodeFacts } from '../decide/types.js';
import { type KubePod, agentPodsByNode } from './agent-pods.js';
import { Backlog } from './backlog.js';
import { Claims } from './claims.js';
import { FreshView } from './fresh-view.js';
import type { Informers } from './informers.js';
import { NodeTable } from './node-table.js';
import { Observations } from './observations.js';
import { RouterIndex } from './router-index.js';

/** Who is told what has to be looked at again. */
export type Triggers = Readonly<{
  virtualIP: (name: string) => void;
  /** The DaemonSet, or the Secret. */
  agents: () => void;
}>;

/**
 * Everything that decisions are made from, kept up to date by informers and by the answers to our own writes; and which
 * VirtualIPs a change concerns.
 */
export class Cluster {
  readonly virtualIPs: FreshView<VirtualIP>;
  readonly virtualRouters: FreshView<VirtualRouter>;
  readonly daemonSets: FreshView<DaemonSet>;
  readonly claims: Claims;
  readonly observations = new Observations();
  readonly #nodes = new NodeTable();
  readonly #index = new RouterIndex();
  readonly #backlog = new Backlog();
  #agentPods: NonNullable<Input['agentPods']> = new Map();
  #watchingSince: number;

  constructor(
    private readonly informers: Informers,
    private readonly triggers: Triggers,
    /** Monotonic milliseconds. */
    private readonly now: () => number,
  ) {
    this.virtualIPs = new FreshView(informers.virtualIPs, now);
    this.virtualRouters = new FreshView(informers.virtualRouters, now);
    this.daemonSets = new FreshView(informers.daemonSets, now);
    this.claims = new Claims({
      now,
      virtualIP: (name) => this.virtualIPs.get(name),
      virtualRoutersOf: (name) => this.virtualRoutersOf(name),
    });
    this.#watchingSince = this.watched;
  }

  /**
   * Milliseconds, by a clock that stands still while VirtualRouters are not watched. Silence is measured by it: what an agent says
   * meanwhile nobody hears.
   */
  get watched(): number {
    return this.now() - this.informers.virtualRouters.unwatchedFor;
  }

  /** Whether {@link watched} goes on. */
  get isWatching(): boolean {
    return this.informers.virtualRouters.isWatching;
  }

  /** Begins to follow the informers; before they run. */
  start(): void {
    this.informers.virtualIPs.onChange((change) => {
      this.#virtualIPChanged(change);
    });
    this.informers.virtualRouters.onChange((change) => {
      this.#virtualRouterChanged(change);
    });
    this.informers.nodes.onChange((change) => {
      const facts = this.#nodes.update(change);
      if (facts !== null) this.#nodeChanged(facts);
    });
    this.informers.agentPods.onChange((change) => {
      this.#agentPodChanged(change);
    });
    this.informers.daemonSets.onChange(() => {
      this.triggers.agents();
    });
  }

  /** The caches are complete from now on. */
  synced(): void {
    this.#watchingSince = this.watched;
  }

  get nodes(): readonly NodeFacts[] {
    return this.#nodes.list;
  }

  get watchingSince(): number {
    return this.#watchingSince;
  }

  /** See {@link RouterIndex.heartbeats}. */
  get heartbeats(): ReadonlyMap<string, number> {
    return this.#index.heartbeats;
  }

  /** Those that were told before that they cannot have what they want do not wait for a turn. */
  get backlog(): Input['backlog'] {
    const waiting = this.claims.unfulfilled.filter((name) => this.virtualIPs.get(name)?.status === undefined);
    return this.#backlog.behind(waiting.length);
  }

  /** null: not known. */
  get agentPods(): Input['agentPods'] {
    return this.informers.agentPods.hasSynced ? this.#agentPods : null;
  }

  virtualRoutersOf(virtualIP: string): readonly VirtualRouter[] {
    return this.#index
      .routersOf(virtualIP)
      .map((name) => this.virtualRouters.get(name))
      .filter((router) => router?.spec.virtualIP === virtualIP) as readonly VirtualRouter[];
  }

  /** Nodes whose agents say that they hold something. */
  get holders(): ReadonlySet<string> {
    const active = this.virtualRouters
      .list()
      .flatMap(({ status }) => (status?.members ?? []).filter(({ state }) => state === 'Active'));
    return new Set(active.map(({ node }) => node));
  }

  /** The pods of the agents, also those that are going. */
  get pods(): readonly KubePod[] {
    return this.informers.agentPods.list();
  }

  /** VirtualRouters whose VirtualIP is no more: it was deleted while nobody watched. */
  get orphaned(): readonly string[] {
    return this.#index.virtualIPs.filter((name) => this.virtualIPs.get(name) === undefined);
  }

  /** See {@link Claims.reserve}. */
  reserve(virtualIP: string, virtualRouters: readonly VirtualRouter[]): void {
    this.claims.reserve(virtualIP, virtualRouters);
  }

  /** Nothing came of this attempt; of an earlier one that was not answered something still may. */
  refused(virtualIP: string): void {
    if (this.claims.doubtfulFor(virtualIP) === null) this.release(virtualIP);
  }

  /** See {@link Claims.doubt}. */
  doubt(virtualIP: string): void {
    this.claims.doubt(virtualIP);
  }

  /**
   * Ends the doubt about a write of VirtualRouters that are not written again, when they are there, or when nothing can come of it any
   * more. Until then: milliseconds until it is to be asked again; null: there is no doubt.
   */
  settleDoubt(virtualIP: string): number | null {
    const left = this.claims.doubtfulFor(virtualIP);
    if (left === null) return null;
    if (left > 0 && this.virtualRoutersOf(virtualIP).length === 0) return left;
    this.release(virtualIP);
    return null;
  }

  release(virtualIP: string): void {
    for (const other of this.claims.release(virtualIP))
      if (this.#mayWait(other)) this.triggers.virtualIP(other);
  }

  /** The answer to a write of ours. */
  wroteVirtualRouter(router: VirtualRouter): void {
    const before = this.virtualRouters.get(router.metadata.name);
    this.virtualRouters.wrote(router);
    this.#backlog.wrote(this.now());
    this.#backlog.update({ before, after: router });
    this.#index.update(before, router);
    this.#claimsChanged(router.spec.virtualIP);
  }

  removedVirtualRouter(router: VirtualRouter): void {
    this.virtualRouters.removed(router);
    this.#backlog.update({ before: router, after: undefined });
    this.#index.update(router, undefined);
    this.#claimsChanged(router.spec.virtualIP);
  }

  #virtualIPChanged({ before, after }: Change<VirtualIP>): void {
    const name = (after ?? before)?.metadata.name ?? '';
    this.#claimsChanged(name);
    this.triggers.virtualIP(name);
    this.triggers.agents();
  }

  #virtualRouterChanged(change: Change<VirtualRouter>): void {
    const now = this.watched;
    const { news, agents } = this.observations.record(change, now);
    const owners = ownersIn(change);
    this.#backlog.update(change);
    if (isRespecified(change)) {
      this.#index.update(change.before, change.after);
      for (const owner of owners) this.#claimsChanged(owner);
      this.triggers.agents();
    }
    if (news) for (const owner of owners) this.triggers.virtualIP(owner);
    // One entry of an agent that was given up makes all others of it believable again.
    for (const { node, before } of agents)
      if (now - (before ?? this.#watchingSince) >= staleAfter(this.heartbeats.get(node) ?? SHORTEST_PERIOD))
        this.#lookAtAllOn(node);
  }

  #claimsChanged(name: string): void {
    for (const other of this.claims.update(name)) if (this.#mayWait(other)) this.triggers.virtualIP(other);
  }

  /** What runs as it should is not disturbed by others, so only the rest has to look again. */
  #mayWait(name: string): boolean {
    const running = this.claims.get(name)?.running ?? null;
    return running === null || !isAccepted(this.virtualIPs.get(name));
  }

  #nodeChanged({ before, after }: Change<NodeFacts>): void {
    const name = (after ?? before)?.name ?? '';
    if (after === undefined) this.observations.forgetNode(name);
    this.#lookAtAllOn(name);
    for (const { metadata, spec } of this.virtualIPs.list())
      if ([before, after].some((facts) => facts !== undefined && selects(spec.nodeSelector, facts.labels)))
        this.triggers.virtualIP(metadata.name);
  }

  #agentPodChanged({ before, after }: Change<KubePod>): void {
    this.triggers.agents();
    const states = agentPodsByNode(this.informers.agentPods.list());
    const nodes = new Set([before?.spec?.nodeName, after?.spec?.nodeName]);
    const earlier = this.#agentPods;
    this.#agentPods = states;
    for (const node of nodes)
      if (node !== undefined && !sameContent(earlier.get(node), states.get(node))) this.#lookAtAllOn(node);
  }

  #lookAtAllOn(node: string): void {
    for (const name of this.#index.virtualIPsOn(node)) this.triggers.virtualIP(name);
  }
}

const isAccepted = (virtualIP: VirtualIP | undefined): boolean =>
  virtualIP?.status?.conditions?.some(({ type, status }) => type === 'Accepted' && status === 'True') ??
  false;

const ownersIn = ({ before, after }: Change<VirtualRouter>): readonly string[] => [
  ...new Set([before, after].flatMap((router) => (router === undefined ? [] : [router.spec.virtualIP]))),
];

const isRespecified = ({ before, after }: Change<VirtualRouter>): boolean =>
  before?.metadata.generation !== after?.metadata.generation || before?.metadata.uid !== after?.metadata.uid;
