import type { VirtualIP } from '../api/v1alpha1/virtual-ip.js';
import type { Clock } from '../platform/clock.js';
import type { Health } from '../platform/http/reply.js';
import { fencedApi } from '../platform/kube/fenced-api.js';
import type { KubeApi } from '../platform/kube/ports.js';
import type { Log } from '../platform/log.js';
import { Controller } from '../platform/loop/controller.js';
import { WorkQueue } from '../platform/loop/work-queue.js';
import type { Observer } from '../platform/observer.js';
import { AGENTS, AgentsController } from './controllers/agents-controller.js';
import { VirtualIPController } from './controllers/virtual-ip-controller.js';
import type { AgentSettings, EventToTell } from './decide/types.js';
import { Cluster } from './gather/cluster.js';
import { type Informers, createInformers } from './gather/informers.js';
import { SecretReader } from './gather/secret-reader.js';

export type OperatorParts = Readonly<{
  api: KubeApi;
  settings: AgentSettings;
  /** How many VirtualIPs are worked on at the same time. */
  workers: number;
  /** Tells an event; never fails. */
  tell: (about: VirtualIP, event: EventToTell) => void;
  log: Log;
  clock: Clock;
  observer: Observer;
}>;

/**
 * Milliseconds from a change to looking at the agents' DaemonSet and Secret. An edited VirtualIP counts as accepted only
 * once it has been decided about, so whoever looked at once would change the DaemonSet twice.
 */
const AGENTS_DELAY = 500;

type Queues = Readonly<{ virtualIPs: WorkQueue; agents: WorkQueue }>;

/**
 * The operator without its surroundings: it watches as long as it runs, and acts while it leads. Nothing is lost by not
 * having led: what there is to do follows from what is.
 */
export class Operator {
  readonly #informers: Informers;
  readonly #cluster: Cluster;
  #queues: Queues | null = null;

  constructor(private readonly parts: OperatorParts) {
    const { api, settings, log, clock, observer } = parts;
    const { namespace, daemonSetName } = settings;
    this.#informers = createInformers({ api, namespace, daemonSetName, log, clock, observer });
    const triggers = {
      virtualIP: (name: string) => this.#queues?.virtualIPs.add(name),
      agents: () => this.#queues?.agents.addAfter(AGENTS, AGENTS_DELAY),
    };
    this.#cluster = new Cluster(this.#informers, triggers, () => clock.now());
  }

  /** Empty unless it leads. */
  get virtualIPs(): readonly VirtualIP[] {
    return this.#queues === null ? [] : this.#cluster.virtualIPs.list();
  }

  /** Whether it knows the cluster, and could act. */
  get readiness(): Health {
    const reasons = Object.entries(this.#informers as Readonly<Record<string, Informers[keyof Informers]>>)
      .filter(([, { hasSynced }]) => !hasSynced)
      .map(([kind, { problem }]) => `${kind} are not known yet${problem === null ? '' : `: ${problem}`}`);
    return { ok: reasons.length === 0, reasons };
  }

  /** Follows the cluster until `signal` is aborted. */
  async watch(signal: AbortSignal): Promise<void> {
    this.#cluster.start();
    void this.synced.then(() => {
      this.#cluster.synced();
    });
    await Promise.all(Object.values(this.#informers).map((informer) => informer.run(signal)));
  }

  /** Resolves when everything is known that decisions are made from. */
  get synced(): Promise<void> {
    return Promise.all(Object.values(this.#informers).map(({ synced }) => synced)).then(() => undefined);
  }

  /**
   * Acts until `signal` is aborted; resolves when what had begun is finished or given up. Only after {@link synced}. Writes nothing
   * unless `mayWrite`.
   */
  async lead(signal: AbortSignal, mayWrite: () => boolean = () => true): Promise<void> {
    const api = fencedApi(this.parts.api, mayWrite);
    const { clock, log, observer, workers, tell, settings } = this.parts;
    const cluster = this.#cluster;
    const secrets = new SecretReader({ api, log, clock, observer });
    const queues = {
      virtualIPs: new WorkQueue({
        ...{ name: 'virtualips', clock, observer },
        // What is to be told of the rest comes behind that: else, when a thousand VirtualIPs are made, the first ones are told of again
        // and again while the last ones do not run at all.
        isUrgent: (name) => virtualIP.isUnanswered(name),
      }),
      agents: new WorkQueue({ name: 'agents', clock, observer }),
    };
    secrets.onChange((user) => {
      if (user !== AGENTS) queues.virtualIPs.add(user);
      queues.agents.addAfter(AGENTS, AGENTS_DELAY);
    });
    const virtualIP: VirtualIPController = new VirtualIPController({
      ...{ api, cluster, tell, secrets, clock },
      othersWait: () => queues.virtualIPs.urgentDepth > 0,
      namespace: settings.namespace,
    });
    const agents = new AgentsController({
      ...{ api, cluster, secrets, settings, log, clock },
    });
    this.#queues = queues;
    this.#lookAtEverything(queues);
    await Promise.all([
      new Controller({
        ...{ queue: queues.virtualIPs, workers, log, clock, observer },
        reconcile: (name, abandoned) => virtualIP.reconcile(name, abandoned),
      }).run(signal),
      new Controller({
        ...{ queue: queues.agents, log, clock, observer },
        reconcile: (_name, abandoned) => agents.reconcile(abandoned),
      }).run(signal),
    ]);
    this.#queues = null;
    secrets.close();
  }

  #lookAtEverything({ virtualIPs, agents }: Queues): void {
    for (const { metadata } of this.#cluster.virtualIPs.list()) virtualIPs.add(metadata.name);
    for (const name of [...this.#cluster.orphaned, ...this.#cluster.claims.doubtful]) virtualIPs.add(name);
    agents.addAfter(AGENTS, AGENTS_DELAY);
  }
}
