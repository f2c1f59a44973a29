import { setImmediate as turn } from 'node:timers/promises';
import { agentFieldManager } from '../../../src/api/v1alpha1/agent-field-manager.js';
import {
  API_VERSION,
  VIRTUAL_IP_KIND,
  type VirtualIP,
  type VirtualIPSpec,
} from '../../../src/api/v1alpha1/virtual-ip.js';
import {
  type MemberStatus,
  VIRTUAL_ROUTER_KIND,
  type VirtualRouter,
} from '../../../src/api/v1alpha1/virtual-router.js';
import { parseOperatorConfig } from '../../../src/operator/config.js';
import type { AgentSettings, DaemonSet, EventToTell } from '../../../src/operator/decide/types.js';
import { Operator } from '../../../src/operator/operator.js';
import type { Clock } from '../../../src/platform/clock.js';
import type { KubeObject } from '../../../src/platform/kube/ports.js';
import {
  DAEMON_SETS,
  NODES,
  PODS,
  SERVICE_ACCOUNTS,
  VIRTUAL_IPS,
  VIRTUAL_ROUTERS,
} from '../../../src/platform/kube/resources.js';
import type { Log } from '../../../src/platform/log.js';
import { NO_OBSERVER } from '../../../src/platform/observer.js';
import { type FakeCall, FakeKubeApi } from '../../support/fake-kube-api.js';

export const NAMESPACE = 'kube-vrrp';

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now = 1_000;
  readonly #timers = new Set<{ at: number; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  wallClock(): number {
    return Date.UTC(2026, 0, 1) + this.#now;
  }

  after(delay: number, callback: () => void): () => void {
    const timer = { at: this.#now + delay, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets so many milliseconds pass; what becomes due happens at its time, with all that follows from it. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settled();
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.at - b.at);
      if (next === undefined || next.at > end) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await settled();
    }
    this.#now = end;
  }
}

/** Everything that follows without time passing has happened: the fake API server answers in microtasks. */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) await turn();
}

export const SETTINGS: AgentSettings = (() => {
  const parsed = parseOperatorConfig('agent: {image: "registry.example/kube-vrrp:1"}');
  if (!parsed.ok) throw new Error(parsed.problem.join());
  return { ...parsed.value.agent, namespace: NAMESPACE };
})();

export type LogLine = Readonly<{ level: string; message: string; fields: Readonly<Record<string, unknown>> }>;

/** A cluster in memory with one operator; more can join. */
export class TestCluster {
  readonly clock = new ManualClock();
  readonly api = new FakeKubeApi({ now: () => new Date(this.clock.wallClock()) });
  readonly events: (EventToTell & { about: string })[] = [];
  readonly logged: LogLine[] = [];
  readonly log: Log = collectingLog(this.logged);
  readonly #running: AbortController[] = [];

  constructor(nodes: readonly string[] = ['edge-1', 'edge-2', 'edge-3']) {
    this.api.put(SERVICE_ACCOUNTS, {
      metadata: { name: SETTINGS.serviceAccountName, namespace: NAMESPACE },
    });
    for (const [index, name] of nodes.entries()) this.node(name, { address: `192.0.2.${String(index + 1)}` });
  }

  /** Creates the node, or changes it. */
  node(
    name: string,
    {
      address = '192.0.2.250',
      cordoned = false,
      ready = true,
      labels = {},
    }: Readonly<{
      address?: string;
      cordoned?: boolean;
      ready?: boolean;
      labels?: Readonly<Record<string, string>>;
    }> = {},
  ): void {
    this.api.put(NODES, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'kubernetes.io/os': 'linux', ...labels } },
      spec: cordoned ? { unschedulable: true } : {},
      status: {
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastHeartbeatTime: 'now' }],
        addresses: [{ type: 'InternalIP', address }],
      },
    } as KubeObject);
  }

  /** Like `kubectl apply`: what the operator says in the status stays. */
  virtualIP(
    name: string,
    spec: Partial<Omit<VirtualIPSpec, 'vrid'>> & Readonly<{ vrid?: number | undefined }> = {},
  ): void {
    const existing = this.api.peek<VirtualIP>(VIRTUAL_IPS, { name });
    this.api.put(VIRTUAL_IPS, {
      apiVersion: API_VERSION,
      kind: VIRTUAL_IP_KIND,
      metadata: { name },
      spec: { addresses: ['192.0.2.100/24'], vrid: 51, ...spec },
      ...(existing?.status === undefined ? {} : { status: existing.status }),
    });
  }

  /** What the DaemonSet controller does: starts agents on these nodes, from the template as it is now. */
  agentPods(nodes: readonly string[]): void {
    const [daemonSet] = this.api.all<DaemonSet>(DAEMON_SETS);
    const { template } = daemonSet?.spec as { template: { metadata: { labels: Record<string, string> } } };
    const status = { desiredNumberScheduled: new Set([...this.podNames, ...nodes.map(podOf)]).size };
    this.api.put(DAEMON_SETS, { ...daemonSet, status } as KubeObject);
    for (const node of nodes)
      this.api.put(PODS, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: podOf(node), namespace: NAMESPACE, labels: template.metadata.labels },
        spec: { nodeName: node },
        status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
      } as KubeObject);
  }

  get podNames(): readonly string[] {
    return this.api.all(PODS).map(({ metadata }) => metadata?.name ?? '');
  }

  /** What the agent of a node says, as it says it. */
  async agentSays(
    virtualRouter: string,
    entry: Partial<MemberStatus> & Pick<MemberStatus, 'node'>,
  ): Promise<void> {
    const now = new Date(this.clock.wallClock()).toISOString();
    const generation = this.router(virtualRouter)?.metadata.generation ?? 0;
    const member = { state: 'Backup', heartbeat: now, since: now, observedGeneration: generation, ...entry };
    await this.api.apply(
      VIRTUAL_ROUTERS,
      {
        apiVersion: API_VERSION,
        kind: VIRTUAL_ROUTER_KIND,
        metadata: { name: virtualRouter },
        status: { members: [member] },
      } as KubeObject,
      { fieldManager: agentFieldManager(entry.node), force: true, subresource: 'status' },
    );
    await settled();
  }

  /** All members of the router report, the first one as the holder. */
  async agentsReport(virtualRouter: string): Promise<void> {
    for (const [index, { node, priority }] of (this.router(virtualRouter)?.spec.members ?? []).entries())
      await this.agentSays(virtualRouter, {
        node,
        priority,
        state: index === 0 ? 'Active' : 'Backup',
        interface: 'eth0',
        ...(index === 0 ? { held: [...(this.router(virtualRouter)?.spec.addresses ?? [])] } : {}),
      });
  }

  operator(settings: Partial<AgentSettings> = {}): Operator {
    return new Operator({
      api: this.api,
      settings: { ...SETTINGS, ...settings },
      workers: 4,
      tell: ({ metadata }, event) => this.events.push({ ...event, about: metadata.name }),
      log: this.log,
      clock: this.clock,
      observer: NO_OBSERVER,
    });
  }

  /** Starts an operator that leads at once. The returned function stops it. */
  async start(operator: Operator = this.operator()): Promise<() => Promise<void>> {
    const stopping = new AbortController();
    this.#running.push(stopping);
    const watching = operator.watch(stopping.signal);
    await operator.synced;
    const leading = operator.lead(stopping.signal);
    await this.clock.advance(2_000);
    return async () => {
      stopping.abort();
      await settled();
      await Promise.all([watching, leading]);
    };
  }

  close(): void {
    for (const stopping of this.#running) stopping.abort();
  }

  router(name: string): VirtualRouter | undefined {
    return this.api.peek<VirtualRouter>(VIRTUAL_ROUTERS, { name });
  }

  get daemonSets(): readonly KubeObject[] {
    return this.api.all(DAEMON_SETS);
  }

  status(name: string): VirtualIP['status'] {
    return this.api.peek<VirtualIP>(VIRTUAL_IPS, { name })?.status;
  }

  condition(
    name: string,
    type: string,
  ): Readonly<{ status: string; reason: string; message: string }> | null {
    return this.status(name)?.conditions?.find((each) => each.type === type) ?? null;
  }

  /** Writes of operators since so many of them. */
  writesSince(count: number): readonly FakeCall[] {
    return this.operatorWrites.slice(count);
  }

  get operatorWrites(): readonly FakeCall[] {
    return this.api.writes.filter(({ fieldManager = '' }) => !fieldManager.startsWith('kube-vrrp-agent-'));
  }
}

const podOf = (node: string): string => `agent-${node}`;

function collectingLog(lines: LogLine[]): Log {
  const at =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      lines.push({ level, message, fields });
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    write: ({ level, message, fields }) => lines.push({ level, message, fields }),
    flush: () => undefined,
  };
}
