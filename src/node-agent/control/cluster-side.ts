import { memberLabel } from '../../api/v1alpha1/member-label.js';
import { type Clock, pause } from '../../platform/clock.js';
import { KubeInformer, type InformerOptions } from '../../platform/kube/informer.js';
import type { Informer, KubeApi, KubeObject } from '../../platform/kube/ports.js';
import { PODS, SECRETS, VIRTUAL_ROUTERS } from '../../platform/kube/resources.js';
import type { Log } from '../../platform/log.js';
import type { DesiredState } from '../desired/desired-state.js';
import type { StartTimer } from '../desired/file-watch.js';
import { KeptFile } from '../desired/kept-file.js';
import {
  type ClusterUpdate,
  KubernetesSource,
  type SecretObject,
  type VirtualRouterObject,
} from '../desired/kubernetes-source.js';
import { revisionOf } from '../desired/revision.js';
import type { Problem, VrrpStatus } from '../ipc/messages.js';
import { Reporter } from '../report/reporter.js';
import { KeptPodMemory } from '../tracking/pod-memory.js';
import { type PodObject, podsLoops } from '../tracking/pods.js';
import type { Timers } from '../tracking/probe-loop.js';
import { type PodsMethod, identityOf } from '../tracking/tracker.js';
import type { MakeLoop } from '../tracking/watch-loop.js';
import type { ClusterView } from './agent-view.js';
import type { ClusterCounts } from './cluster-counts.js';

export type Connection = Readonly<{ api: KubeApi; namespace: string }>;

export type ClusterParts = Readonly<{
  node: string;
  secretName: string;
  stateDir: string;
  /** Finds the way to the API server, and the namespace of the Secret; rejects when there is none yet. */
  connect: () => Promise<Connection>;
  counts: ClusterCounts;
  log: Log;
  clock: Clock;
  timers: Timers;
  /** What the kernel calls this boot. */
  bootId: string;
  /** Runs what is asked for; gives the revision under which the status shows it. */
  run: (update: ClusterUpdate) => string;
  problemFound: (problem: Problem) => void;
  problemSolved: (code: string) => void;
}>;

const POD_MEMORY = 'pods.json';
const CONNECT_AGAIN_AFTER = 5_000;

/**
 * The agent's Kubernetes half: VirtualRouters in, reports out, pods beside them. Nothing of it is needed for what runs to go
 * on.
 */
export class ClusterSide {
  /** For the pods that routers track. */
  readonly podsLoops: MakeLoop<PodsMethod>;
  readonly #source: KubernetesSource;
  readonly #memoryFile: KeptFile;
  readonly #memory: KeptPodMemory;
  readonly #running = new AbortController();
  readonly #connected: Promise<KubeApi>;
  #reporter: Reporter | null = null;
  /** What the reporter will be told first. */
  #update: Readonly<{ update: ClusterUpdate; revision: string }> | null = null;
  #status: VrrpStatus | null = null;
  #restoring = false;
  /** Why files could not be written, by path. */
  readonly #unkept = new Map<string, string>();
  #connect: (api: KubeApi) => void = () => undefined;

  constructor(private readonly parts: ClusterParts) {
    const { node, stateDir, timers, bootId } = parts;
    const keepingFailed = (path: string, reason: string | null): void => {
      this.#keepingFailed(path, reason);
    };
    this.#connected = new Promise((resolve) => {
      this.#connect = resolve;
    });
    const startTimer: StartTimer = (milliseconds, callback) => parts.clock.after(milliseconds, callback);
    this.#memoryFile = new KeptFile(stateDir, POD_MEMORY, keepingFailed, startTimer);
    this.#memory = new KeptPodMemory(this.#memoryFile, bootId);
    this.podsLoops = podsLoops({
      follow: (method, signal) => this.#followPods(method, signal),
      memory: this.#memory,
      timers,
    });
    this.#source = new KubernetesSource({
      node,
      stateDir,
      onUpdate: (update) => {
        this.#updated(update);
      },
      keepingFailed,
      startTimer,
    });
  }

  /**
   * Runs what is known and follows what comes. `routersRun`: an earlier control process has told the VRRP process what to run;
   * then what was kept counts only if it is just that, because the disk may have missed the newest.
   */
  start(routersRun: boolean): void {
    if (routersRun) this.#restoring = true;
    else if (!this.#source.restore()) this.parts.log.info('Nothing is known yet; asking the API server');
    void this.#follow();
  }

  /** The VRRP process is alive. */
  heard(): void {
    this.#reporter?.heard();
  }

  /** What the VRRP process says. */
  reported(status: VrrpStatus): void {
    this.#status = status;
    if (this.#restoring) {
      this.#restoring = false;
      this.#source.restore((desired: DesiredState) => revisionOf(desired.routers) === status.revision);
    }
    this.#reporter?.reported(status);
  }

  view(): ClusterView {
    const reports = this.#reporter?.counts ?? { written: 0, failed: 0, age: null };
    return { ...this.parts.counts.view(), reports };
  }

  /** Says that nothing runs here any more, and keeps what is known. */
  async close(): Promise<void> {
    await Promise.all([this.#reporter?.close(), this.#source.close(), this.#memoryFile.close()]);
    this.#running.abort();
  }

  #updated(update: ClusterUpdate): void {
    this.#memory.retain(new Set(update.desired.pods.map(identityOf)));
    const revision = this.parts.run(update);
    this.#update = { update, revision };
    this.#reporter?.expect(update.routers, revision);
  }

  async #follow(): Promise<void> {
    const connection = await this.#connection();
    if (connection === null) return;
    const { api, namespace } = connection;
    const { node, secretName } = this.parts;
    this.#connect(api);
    this.#report(api);
    const secrets = this.#inform<SecretObject>(api, {
      resource: SECRETS,
      selection: { namespace, fieldSelector: `metadata.name=${secretName}` },
      oneOfMany: true,
    });
    const virtualRouters = this.#inform<VirtualRouterObject>(api, {
      resource: VIRTUAL_ROUTERS,
      selection: { labelSelector: memberLabel(node) },
      oneOfMany: true,
    });
    this.#source.follow(virtualRouters, secrets);
    virtualRouters.onChange(({ before, after }) => {
      if (after !== undefined) this.#reporter?.seen(before, after);
    });
  }

  #report(api: KubeApi): void {
    const { node, clock, log, problemFound, problemSolved } = this.parts;
    const code = 'StatusNotReported';
    this.#reporter = new Reporter({
      api,
      node,
      clock,
      log,
      trouble: (problem) => {
        if (problem === null) problemSolved(code);
        else problemFound({ code, ...problem });
      },
    });
    if (this.#update !== null) this.#reporter.expect(this.#update.update.routers, this.#update.revision);
    if (this.#status !== null) this.#reporter.reported(this.#status);
  }

  /** Keeps trying: what is missing, e.g. the ServiceAccount's token, may come. null: stopped meanwhile. */
  async #connection(): Promise<Connection | null> {
    const { connect, clock, log, problemFound, problemSolved } = this.parts;
    const { signal } = this.#running;
    const stopped = (): boolean => signal.aborted;
    const code = 'ClusterUnknown';
    while (!stopped()) {
      try {
        const connection = await connect();
        problemSolved(code);
        return connection;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const remedy = 'it is tried again every few seconds; what is known runs meanwhile';
        problemFound({ code, message, remedy });
        log.error('There is no way to the API server', { reason: message, remedy });
        await pause(clock, CONNECT_AGAIN_AFTER, signal);
      }
    }
    return null;
  }

  async #followPods({ namespace, selector }: PodsMethod, signal: AbortSignal): Promise<Informer<PodObject>> {
    const api = await this.#connected;
    const { node } = this.parts;
    const selection = { namespace, labelSelector: selector, fieldSelector: `spec.nodeName=${node}` };
    return this.#inform<PodObject>(api, { resource: PODS, selection, transform: readinessAlone }, signal);
  }

  #inform<T extends KubeObject>(
    api: KubeApi,
    options: Pick<InformerOptions<T>, 'resource' | 'selection' | 'transform' | 'oneOfMany'>,
    until?: AbortSignal,
  ): KubeInformer<T> {
    const { log, counts, clock } = this.parts;
    const { signal } = this.#running;
    const informer = new KubeInformer<T>({ ...options, api, log, observer: counts.observer, clock });
    void informer.run(until === undefined ? signal : AbortSignal.any([signal, until]));
    return informer;
  }

  #keepingFailed(path: string, reason: string | null): void {
    const { log, problemFound, problemSolved } = this.parts;
    const code = 'StateDirectoryFailed';
    const isNews = (this.#unkept.get(path) ?? null) !== reason;
    if (reason === null) this.#unkept.delete(path);
    else this.#unkept.set(path, reason);
    // It is tried again and again, file by file.
    if (!isNews) return;
    const [first] = this.#unkept;
    if (first === undefined) {
      problemSolved(code);
      return;
    }
    const message = `${first[0]} could not be written (${first[1]}): a restart without the API server would run what was known before`;
    const remedy = 'give the agent a directory that it may write to with --state-dir';
    problemFound({ code, message, remedy });
    if (reason !== null) log.warn('State directory is of no help', { problem: message, remedy });
  }
}

/** Of a pod nothing else is read. */
const readinessAlone = ({ metadata, status }: PodObject): PodObject => {
  const { name, namespace, uid, resourceVersion, deletionTimestamp } = metadata ?? {};
  const identity = { name, namespace, uid, resourceVersion, deletionTimestamp };
  const given = Object.entries(identity).filter(([, value]) => value !== undefined);
  return { metadata: Object.fromEntries(given), status };
};
