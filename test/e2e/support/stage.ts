import assert from 'node:assert/strict';

import { holders, holdings, overlap, stretches } from '../../../lab/address-watch.js';
import { ClusterLab, type Cluster } from '../../../lab/cluster/index.js';
import { NotInTime, eventually } from '../../../lab/eventually.js';
import { wallClock } from '../../../lab/libc.js';
import { Prober } from '../../../lab/prober.js';
import { Timeline } from '../../../lab/timeline.js';
import type { VirtualIPSpec } from '../../../src/api/v1alpha1/virtual-ip.js';
import { type Access, openAccess } from './access.js';
import { type ApiObject, ApiWatch } from './api-watch.js';
import {
  GROUP_PATH,
  type LivePod,
  type LiveVirtualIP,
  type LiveVirtualRouter,
  condition,
  describePod,
  describeVirtualIP,
  describeVirtualRouter,
  isReadyPod,
  isTrue,
  virtualIP,
} from './objects.js';
import { NAMESPACE } from './settings.js';

/** Where a test plays: a cluster with the product in it, watched through its API. */
export class Stage {
  readonly #cleanups: (() => Promise<unknown>)[] = [];
  readonly #watches: ApiWatch<ApiObject>[] = [];
  #virtualIPs: ApiWatch<LiveVirtualIP> | null = null;
  #virtualRouters: ApiWatch<LiveVirtualRouter> | null = null;
  #pods: ApiWatch<LivePod> | null = null;

  protected constructor(
    readonly access: Access,
    readonly timeline: Timeline,
  ) {}

  static async open(): Promise<Stage> {
    const { access } = await openAccess();
    return new Stage(access, new Timeline());
  }

  /** Registers an action for {@link close}; the last one registered runs first. */
  defer(action: () => Promise<unknown>): void {
    this.#cleanups.push(action);
  }

  /** Watches what there is of the product. Once the custom resource definitions are installed. */
  async watch(): Promise<void> {
    if (this.#virtualIPs !== null) return;
    const start = async <Value extends ApiObject>(
      path: string,
      describe: (object: Value) => string,
    ): Promise<ApiWatch<Value>> => {
      const watch = await ApiWatch.start(this.access, this.timeline, path, describe);
      this.#watches.push(watch as unknown as ApiWatch<ApiObject>);
      return watch;
    };
    [this.#virtualIPs, this.#virtualRouters, this.#pods] = await Promise.all([
      start<LiveVirtualIP>(`${GROUP_PATH}/virtualips`, describeVirtualIP),
      start<LiveVirtualRouter>(`${GROUP_PATH}/virtualrouters`, describeVirtualRouter),
      start<LivePod>(`/api/v1/namespaces/${NAMESPACE}/pods`, describePod),
    ]);
  }

  get virtualIPs(): ApiWatch<LiveVirtualIP> {
    assert.ok(this.#virtualIPs !== null, 'watch() comes first');
    return this.#virtualIPs;
  }

  get virtualRouters(): ApiWatch<LiveVirtualRouter> {
    assert.ok(this.#virtualRouters !== null, 'watch() comes first');
    return this.#virtualRouters;
  }

  get pods(): ApiWatch<LivePod> {
    assert.ok(this.#pods !== null, 'watch() comes first');
    return this.#pods;
  }

  kubectl(...argv: readonly string[]): Promise<string> {
    return this.access.kubectl(argv);
  }

  /** `argv` as after `kubectl get`; a List has `items`. */
  async get<Value>(...argv: readonly string[]): Promise<Value> {
    return JSON.parse(await this.kubectl('get', ...argv, '--output=json')) as Value;
  }

  /** Applies a manifest, and deletes what it brought when the test ends. Returns when it was sent. */
  async apply(manifest: string): Promise<number> {
    const at = this.timeline.step(`kubectl apply: ${manifest.slice(0, 300)}`);
    await this.access.kubectl(['apply', '--filename=-'], { input: manifest });
    this.defer(() =>
      this.access.kubectl(['delete', '--filename=-', '--ignore-not-found', '--timeout=60s'], {
        input: manifest,
      }),
    );
    return at;
  }

  /** Applies a VirtualIP; see {@link apply}. */
  applyVirtualIP(name: string, spec: VirtualIPSpec): Promise<number> {
    return this.apply(virtualIP(name, spec));
  }

  /** Changes fields of a VirtualIP's spec; null removes one. Returns when that was sent. */
  async edit(name: string, spec: Readonly<Record<string, unknown>>): Promise<number> {
    const patch = JSON.stringify({ spec });
    const at = this.timeline.step(`kubectl patch virtualip ${name}: ${patch}`);
    await this.kubectl('patch', 'virtualip', name, '--type=merge', `--patch=${patch}`);
    return at;
  }

  /** Waits until the agents run what the spec of a VirtualIP says now; returns since when they do. */
  async programmed(name: string, milliseconds = 20_000): Promise<number> {
    const { metadata } = await this.get<LiveVirtualIP>('virtualip', name);
    return this.comesTo(name, 'runs the present spec', milliseconds, (virtualIP) => {
      return isAbout(virtualIP, metadata.generation) && isTrue(virtualIP, 'Programmed');
    });
  }

  /** Waits until `look` returns something; asked after every event. */
  async eventually<Value>(
    what: string,
    milliseconds: number,
    look: () => Value | undefined | null | false,
  ): Promise<Value> {
    try {
      return await eventually(this.timeline, what, milliseconds, look);
    } catch (error) {
      if (error instanceof NotInTime) error.message = `${this.#lastState()}\n${error.message}`;
      throw error;
    }
  }

  /** Waits until a VirtualIP satisfies `test`; returns since when it does, in wall-clock milliseconds. */
  async comesTo(
    name: string,
    what: string,
    milliseconds: number,
    test: (virtualIP: LiveVirtualIP) => boolean,
  ): Promise<number> {
    return this.eventually(`virtualip/${name}: ${what}`, milliseconds, () =>
      this.virtualIPs.since(name, test),
    );
  }

  /** Waits until a VirtualIP is as it should be, and every node that takes part has said so; returns the object. */
  async settled(name: string, milliseconds = 30_000): Promise<LiveVirtualIP> {
    // The watch may be behind an edit that has just been made.
    const { metadata } = await this.get<LiveVirtualIP>('virtualip', name);
    await this.comesTo(name, 'is as it should be', milliseconds, (virtualIP) => {
      const members = this.virtualRouters.objects.filter(({ spec }) => spec.virtualIP === name);
      const backups = (members[0]?.spec.members.length ?? 1) - 1;
      return (
        isAbout(virtualIP, metadata.generation) &&
        (['Accepted', 'Programmed', 'Ready'] as const).every((type) => isTrue(virtualIP, type)) &&
        (['SplitBrain', 'Degraded'] as const).every(
          (type) => condition(virtualIP, type)?.status !== 'True',
        ) &&
        virtualIP.status?.backups === backups
      );
    });
    const found = this.virtualIPs.get(name);
    assert.ok(found !== undefined);
    return found;
  }

  /** The nodes of a VirtualIP, the most preferred one first. */
  preference(name: string): readonly string[] {
    const [router] = this.virtualRouters.objects.filter(({ spec }) => spec.virtualIP === name);
    assert.ok(router !== undefined, `there is no VirtualRouter of ${name}`);
    return [...router.spec.members]
      .sort((one, other) => other.priority - one.priority)
      .map(({ node }) => node);
  }

  /** The pod of the agent on a node. */
  agentOn(node: string): LivePod {
    const found = this.pods.objects.find(
      (pod) => isAgent(pod) && pod.spec.nodeName === node && pod.metadata.deletionTimestamp === undefined,
    );
    assert.ok(found !== undefined, `there is no agent on ${node}`);
    return found;
  }

  get agents(): readonly LivePod[] {
    return this.pods.objects.filter(isAgent);
  }

  /** Waits until there is one agent on each node, and all of them are ready. */
  async agentsReady(milliseconds = 60_000): Promise<void> {
    const names = await this.kubectl('get', 'nodes', '--selector=kubernetes.io/os=linux', '--output=name');
    const count = names.trim().split('\n').length;
    await this.eventually(`${String(count)} agents are ready`, milliseconds, () => {
      // An old kubelet takes a minute or more to let go of a pod whose containers have ended.
      const agents = this.agents.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      return agents.length === count && agents.every(isReadyPod);
    });
  }

  /** Undoes everything. Every action is tried; the first failure is thrown at the end. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let action = this.#cleanups.pop(); action !== undefined; action = this.#cleanups.pop())
      await action().catch((error: unknown) => failures.push(error));
    await Promise.all(this.#watches.map((watch) => watch.close()));
    if (failures.length > 0) throw failures[0];
  }

  #lastState(): string {
    const lines = (this.#virtualIPs?.objects ?? []).map(
      (object) => `now: virtualip/${object.metadata.name} ${describeVirtualIP(object)}`,
    );
    return lines.join('\n');
  }
}

const isAgent = ({ metadata }: LivePod): boolean =>
  metadata.labels?.['app.kubernetes.io/component'] === 'agent';

/** The laboratory's cluster: its nodes can be broken, and the segment is watched. */
export class LabStage extends Stage {
  private constructor(
    access: Access,
    readonly cluster: Cluster,
    readonly lab: ClusterLab,
  ) {
    super(access, lab.timeline);
  }

  static override async open(): Promise<LabStage> {
    const { access, cluster } = await openAccess();
    assert.ok(cluster !== null, 'this needs the cluster of the laboratory');
    const lab = await ClusterLab.open(cluster);
    const stage = new LabStage(access, cluster, lab);
    stage.defer(() => lab.close());
    stage.defer(() => cluster.undo());
    return stage;
  }

  /** Lets time pass in which nothing is expected to happen; the only sleep of a test, with its reason. */
  passTime(milliseconds: number, why: string): Promise<void> {
    return this.lab.lab.passTime(milliseconds, why);
  }

  /** A client that asks an address a thousand times a second. */
  prober(address: string): Promise<Prober> {
    return Prober.start(this.lab.lan, this.lab.client, address);
  }

  /** The nodes whose kernels have the address now. */
  holders(address: string): string[] {
    return holders(this.timeline, address);
  }

  /** Waits until a node, or any, has the address in its kernel; returns since when. */
  holds(address: string, node: string | null, milliseconds: number): Promise<number> {
    return this.eventually(`${node ?? 'a node'} holds ${address}`, milliseconds, () => {
      const current = holdings(this.timeline, address).find(
        ({ host, to }) => to === Infinity && (node === null || host === node),
      );
      return current?.from;
    });
  }

  /** Waits until these nodes, and no others, have the address in their kernels. */
  heldBy(address: string, nodes: readonly string[], milliseconds: number): Promise<void> {
    const wanted = [...nodes].sort().join();
    return this.eventually(
      `${wanted === '' ? 'nobody' : wanted} alone holds ${address}`,
      milliseconds,
      () => this.holders(address).sort().join() === wanted,
    ).then(() => undefined);
  }

  /** The longest stretch since `since` in which more than one node had the address, in milliseconds. */
  longestOverlap(address: string, since: number): number {
    const shared = stretches(this.timeline, address, (hosts) => hosts.length > 1, since, wallClock());
    // Stretches that touch are one: somebody else joined or left.
    let longest = 0;
    let from = 0;
    let end = -1;
    for (const stretch of shared) {
      if (stretch.from !== end) from = stretch.from;
      end = stretch.to;
      longest = Math.max(longest, end - from);
    }
    return longest;
  }

  /** For how many milliseconds since `since` more than one node had the address. */
  overlap(address: string, since: number): number {
    return overlap(this.timeline, address, since, wallClock());
  }
}

/** Whether a status is about the spec of this generation, or a newer one. */
const isAbout = ({ status }: LiveVirtualIP, generation = 0): boolean =>
  (status?.observedGeneration ?? 0) >= generation;
