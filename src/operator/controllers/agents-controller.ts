import type { VirtualIP } from '../../api/v1alpha1/virtual-ip.js';
import type { Clock } from '../../platform/clock.js';
import type { KubeApi } from '../../platform/kube/ports.js';
import { DAEMON_SETS, PODS, SECRETS } from '../../platform/kube/resources.js';
import type { Log } from '../../platform/log.js';
import { DONE, type Outcome, after, retry } from '../../platform/loop/controller.js';
import type { Result } from '../../values/result.js';
import { decideAgentsSecret } from '../apply/agents-secret.js';
import { OPERATOR_FIELD_MANAGER } from '../apply/field-manager.js';
import { type RollOutStep, rollOutStep } from '../apply/roll-out.js';
import { answerTo, decideAgents } from '../decide/agents.js';
import { agentRevision } from '../decide/daemon-set.js';
import type { AgentSettings, AppliedAgents, DaemonSet, OwnerReference } from '../decide/types.js';
import type { Cluster } from '../gather/cluster.js';
import { isReady, type KubePod } from '../gather/agent-pods.js';
import { findOwner } from '../gather/owner.js';
import { passwordEntry } from '../gather/password.js';
import type { SecretReader } from '../gather/secret-reader.js';

export type AgentsControllerDependencies = Readonly<{
  api: KubeApi;
  cluster: Cluster;
  secrets: SecretReader;
  settings: AgentSettings;
  log: Log;
  clock: Clock;
}>;

/** The one name in the queue of what all VirtualIPs share. No VirtualIP has such a name. */
export const AGENTS = '(agents)';

/** Milliseconds between two replacements of agents, at least. */
const SETTLING = 10_000;

/** Milliseconds until it is looked again whether the agents have their ServiceAccount. */
const WITHOUT_ACCOUNT = 10_000;

/** Milliseconds between two words about a roll-out that gets no further. */
const WORD_ON_WAITING = 300_000;

type DaemonSetStatus = Readonly<{ status?: Readonly<{ desiredNumberScheduled?: number }> }>;

/** Keeps the agents' DaemonSet, and the Secret with their passwords, as they should be. */
export class AgentsController {
  /** undefined: not looked for yet. */
  #owner: OwnerReference | null | undefined;
  #lacksAccount = false;
  #answered: AppliedAgents | null = null;
  #waiting: Readonly<{ because: string; saidAt: number }> | null = null;
  /** Or by another operator, just before this one began. */
  #replacedAt: number;
  readonly #brokenBefore = new Set<string>();

  constructor(private readonly dependencies: AgentsControllerDependencies) {
    this.#replacedAt = dependencies.clock.now();
  }

  async reconcile(signal: AbortSignal): Promise<Outcome> {
    const owner = await this.#findOwner();
    // Agents could not start, and what belongs to something that is gone is removed as soon as it is made: for ever, while an
    // installation is being deleted.
    if (owner === undefined) return after(WITHOUT_ACCOUNT);
    const needed = this.dependencies.cluster.virtualIPs
      .list()
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    // First what agents read, then the agents.
    const outcome = await this.#secret(needed, owner, signal);
    const changed = await this.#daemonSet(owner, signal);
    return outcome !== DONE || changed ? outcome : this.#rollOut();
  }

  /** Replaces one outdated agent, if it is time to. */
  async #rollOut(): Promise<Outcome> {
    const { cluster, settings, clock } = this.dependencies;
    const { pods, nodes, holders } = cluster;
    const revision = agentRevision(settings);
    const desired = this.#daemonSetNow?.status?.desiredNumberScheduled ?? 0;
    const sinceLast = clock.now() - this.#replacedAt;
    const brokenBefore = this.#brokenBefore;
    const step = rollOutStep({ pods, desired, sinceLast, nodes, holders, revision, brokenBefore });
    this.#tellWaiting(step);
    if (step.kind !== 'replace') return step.kind === 'wait' ? after(SETTLING) : DONE;
    // The last one is ready, but others may not have heard of it yet.
    if (sinceLast < SETTLING) return after(SETTLING - sinceLast);
    await this.#replace(step.pod);
    return after(SETTLING);
  }

  /** Once per reason, and again when it lasts. */
  #tellWaiting(step: RollOutStep): void {
    if (step.kind !== 'wait') {
      this.#waiting = null;
      return;
    }
    const { log, clock, settings } = this.dependencies;
    const { because, stuck } = step;
    const isNews = this.#waiting?.because !== because;
    const { saidAt } = this.#waiting ?? { saidAt: -Infinity };
    if (!isNews && clock.now() - saidAt < WORD_ON_WAITING) return;
    this.#waiting = { because, saidAt: clock.now() };
    const fields = { reason: because, namespace: settings.namespace };
    if (!stuck && isNews) log.info('replacing outdated agents waits', fields);
    else
      log.warn('replacing outdated agents gets no further', {
        ...fields,
        remedy: 'see the events and logs of the agents there; the others go on in the version that they have',
      });
  }

  async #replace(pod: KubePod): Promise<void> {
    const { api, settings, clock, log } = this.dependencies;
    const { namespace } = settings;
    const { name = '' } = pod.metadata ?? {};
    const node = pod.spec?.nodeName ?? '';
    this.#replacedAt = clock.now();
    if (!isReady(pod)) this.#brokenBefore.add(node);
    else this.#brokenBefore.delete(node);
    log.info('replacing an outdated agent', { pod: `${namespace}/${name}` });
    await api.delete(PODS, { name, namespace });
  }

  /** Whether it was written. */
  async #daemonSet(owner: OwnerReference | null, signal: AbortSignal): Promise<boolean> {
    const { api, cluster, settings, log } = this.dependencies;
    const { namespace, daemonSetName: name } = settings;
    const existing = this.#daemonSetNow ?? null;
    const virtualRouters = cluster.virtualRouters.list();
    const answered = this.#answered;
    const decision = decideAgents({ virtualRouters, settings, existing, owner, answered });
    if (decision.apply !== null) {
      const written = await api.apply(DAEMON_SETS, decision.apply, {
        fieldManager: OPERATOR_FIELD_MANAGER,
        force: true,
        signal,
      });
      cluster.daemonSets.wrote(written);
      this.#answered = answerTo(decision.apply, written);
      log.info(existing === null ? 'agents are being started' : 'agents are being updated', {
        daemonSet: `${namespace}/${name}`,
      });
    }
    if (!decision.remove || existing === null) return decision.apply !== null;
    await api.delete(DAEMON_SETS, { name, namespace });
    cluster.daemonSets.removed(existing);
    log.info('agents are not needed any more and are removed', { daemonSet: `${namespace}/${name}` });
    return true;
  }

  get #daemonSetNow(): (DaemonSet & DaemonSetStatus) | undefined {
    const { cluster, settings } = this.dependencies;
    return cluster.daemonSets.get(settings.daemonSetName, settings.namespace);
  }

  async #secret(
    virtualIPs: readonly VirtualIP[],
    owner: OwnerReference | null,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { api, cluster, secrets, settings } = this.dependencies;
    const { namespace, secretName: name } = settings;
    const existing = secrets.secret(AGENTS, { namespace, name });
    if (existing === null) return retry("the agents' Secret is being read");
    if (!existing.ok) throw new Error(existing.problem);
    const decision = decideAgentsSecret({
      ...{ name, namespace, owner, virtualIPs },
      virtualRouters: cluster.virtualRouters.list(),
      password: (virtualIP) => this.#password(virtualIP),
      existing: existing.value,
    });
    if (decision.apply !== null) {
      const options = { fieldManager: OPERATOR_FIELD_MANAGER, force: true, signal };
      secrets.wrote(AGENTS, existing.value, await api.apply(SECRETS, decision.apply, options));
    } else if (decision.remove) {
      await api.delete(SECRETS, { name, namespace });
      secrets.wrote(AGENTS, existing.value, undefined);
    }
    return DONE;
  }

  #password({ metadata, spec }: VirtualIP): Result<string, string> | null {
    const entry = passwordEntry(spec, this.dependencies.settings.namespace);
    return entry === null ? null : this.dependencies.secrets.password(metadata.name, entry);
  }

  /**
   * Looked for anew before anything is made that is to belong to it. undefined: it does not exist; null: it may not be read.
   */
  async #findOwner(): Promise<OwnerReference | null | undefined> {
    const { api, settings, log } = this.dependencies;
    const daemonSet = this.#daemonSetNow;
    const isThere = daemonSet !== undefined && daemonSet.metadata.deletionTimestamp === undefined;
    if (this.#owner !== undefined && isThere) return this.#owner;
    const found = await findOwner(api, settings);
    const account = `${settings.namespace}/${settings.serviceAccountName}`;
    if (found.kind === 'missing' && !this.#lacksAccount)
      log.warn('agents have no ServiceAccount, and are not started or updated', {
        serviceAccount: account,
        remedy: 'install the chart or the manifest again, or set agent.serviceAccountName',
      });
    this.#lacksAccount = found.kind === 'missing';
    if (found.kind === 'unknown' && this.#owner === undefined)
      log.warn('agents will not be removed together with the installation', {
        reason: found.problem,
        remedy: `let the operator get the ServiceAccount ${account}: the roles of the chart do`,
      });
    this.#owner = found.kind === 'found' ? found.owner : found.kind === 'missing' ? undefined : null;
    return this.#owner;
  }
}
