import type { VirtualIP } from '../../api/v1alpha1/virtual-ip.js';
import type { Clock } from '../../platform/clock.js';
import type { KubeApi } from '../../platform/kube/ports.js';
import { DAEMON_SETS, PODS, SECRETS } from '../../platform/kube/resources.js';
import type { Log } from '../../platform/log.js';
import { DONE, type Outcome, after, retry } from '../../platform/loop/controller.js';
import type { Result } from '../../values/result.js';
import { decideAgentsSecret } from '../apply/agents-secret.js';
import { OPERATOR_FIELD_MANAGER } from '../apply/field-manager.js';
import { isRollingOut, nextToReplace } from '../apply/roll-out.js';
import { decideAgents } from '../decide/agents.js';
import { agentRevision } from '../decide/daemon-set.js';
import type { AgentSettings, DaemonSet, OwnerReference } from '../decide/types.js';
import type { Cluster } from '../gather/cluster.js';
import { agentPodState, type KubePod } from '../gather/agent-pods.js';
import { type OwnerSearch, findOwner } from '../gather/owner.js';
import { passwordEntry } from '../gather/password.js';
import type { SecretReader } from '../gather/secret-reader.js';

export type AgentsControllerDependencies = Readonly<{
  api: KubeApi;
  cluster: Cluster;
  secrets: SecretReader;
  settings: AgentSettings;
  owner: Omit<OwnerSearch, 'namespace'>;
  log: Log;
  clock: Clock;
}>;

/** The one name in the queue of what all VirtualIPs share. No VirtualIP has such a name. */
export const AGENTS = '(agents)';

/** Milliseconds between two replacements of agents, at least. */
const SETTLING = 10_000;

type DaemonSetStatus = Readonly<{ status?: Readonly<{ desiredNumberScheduled?: number }> }>;

/** Keeps the agents' DaemonSet, and the Secret with their passwords, as they should be. */
export class AgentsController {
  #owner: OwnerReference | null | undefined;
  /** Or by another operator, just before this one began. */
  #replacedAt: number;
  readonly #brokenBefore = new Set<string>();

  constructor(private readonly dependencies: AgentsControllerDependencies) {
    this.#replacedAt = dependencies.clock.now();
  }

  async reconcile(signal: AbortSignal): Promise<Outcome> {
    const owner = await this.#findOwner();
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
    const next = nextToReplace({ pods, desired, sinceLast, nodes, holders, revision, brokenBefore });
    if (next === null) return isRollingOut({ pods, revision }) ? after(SETTLING) : DONE;
    // The last one is ready, but others may not have heard of it yet.
    if (sinceLast < SETTLING) return after(SETTLING - sinceLast);
    await this.#replace(next);
    return after(SETTLING);
  }

  async #replace(pod: KubePod): Promise<void> {
    const { api, settings, clock, log } = this.dependencies;
    const { namespace } = settings;
    const { name = '' } = pod.metadata ?? {};
    const node = pod.spec?.nodeName ?? '';
    this.#replacedAt = clock.now();
    if (agentPodState(pod) === 'Failing') this.#brokenBefore.add(node);
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
    const decision = decideAgents({ virtualRouters, settings, existing, owner });
    if (decision.apply !== null) {
      const written = await api.apply(DAEMON_SETS, decision.apply, {
        fieldManager: OPERATOR_FIELD_MANAGER,
        force: true,
        signal,
      });
      cluster.daemonSets.wrote(written);
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

  async #findOwner(): Promise<OwnerReference | null> {
    if (this.#owner !== undefined) return this.#owner;
    const { api, owner, settings, log } = this.dependencies;
    const found = await findOwner(api, { ...owner, namespace: settings.namespace });
    if (!found.ok)
      log.warn('agents will not be removed together with the operator', {
        reason: found.problem,
        remedy: "set deploymentName to the operator's Deployment, and let the operator get it",
      });
    this.#owner = found.ok ? found.value : null;
    return this.#owner;
  }
}
