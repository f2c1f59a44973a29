import { hostname } from 'node:os';
import { API_VERSION, VIRTUAL_IP_KIND } from '../api/v1alpha1/virtual-ip.js';
import type { HttpAddress } from '../platform/http/address.js';
import { type Clock, pause, systemClock } from '../platform/clock.js';
import { type ApiServer, NoApiServer } from '../platform/kube/api-server.js';
import { HttpsKubeApi } from '../platform/kube/api.js';
import { EventRecorder } from '../platform/kube/events.js';
import { findApiServer } from '../platform/kube/find-api-server.js';
import { leaderIdentity } from '../platform/kube/leader-election.js';
import type { KubeApi } from '../platform/kube/ports.js';
import { type Log, type LogFormat, type LogLevel, createLog } from '../platform/log.js';
import { actInTurns } from './act-in-turns.js';
import type { OperatorConfig } from './config.js';
import { createOperatorMetrics } from './http/metrics.js';
import { serveOperator } from './http/serve.js';
import { Operator } from './operator.js';

export type OperatorOptions = Readonly<{
  /** Of kube-vrrp. */
  version: string;
  config: OperatorConfig;
  /** null: KUBECONFIG, or the cluster that this runs in. */
  kubeconfig: string | null;
  /** null: the one that the credentials belong to. */
  namespace: string | null;
  /** Where to serve HTTP; null: nowhere. */
  http: HttpAddress | null;
  leaderElection: boolean;
  versionCheck: boolean;
  logFormat: LogFormat;
  logLevel: LogLevel;
}>;

/** Exit statuses. */
const STOPPED = 0;
const FAILED = 1;

/** Runs the operator until it is told to stop, or may not go on; gives the exit status. */
export async function runOperator(options: OperatorOptions): Promise<number> {
  const log = createLog({ format: options.logFormat, level: options.logLevel });
  const stop = new AbortController();
  const told = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(FAILED);
    log.info('told to stop; finishing what has begun', { signal });
    stop.abort();
  };
  process.on('SIGTERM', told);
  process.on('SIGINT', told);
  try {
    const { kubeconfig } = options;
    const server = await findApiServer(kubeconfig === null ? {} : { kubeconfig });
    return await new Running(options, server, log).run(stop);
  } catch (error) {
    if (!(error instanceof NoApiServer)) throw error;
    log.error('there is no way to the API server', { reason: error.message });
    return FAILED;
  } finally {
    process.off('SIGTERM', told);
    process.off('SIGINT', told);
    log.flush();
  }
}

/** What one run of the operator consists of. */
class Running {
  readonly #api: KubeApi;
  readonly #events: EventRecorder;
  readonly #operator: Operator;
  readonly #clock: Clock = systemClock;
  readonly #metrics;

  constructor(
    private readonly options: OperatorOptions,
    private readonly server: ApiServer,
    private readonly log: Log,
  ) {
    const { config, version } = options;
    const clock = this.#clock;
    const program = { version, nodeVersion: process.versions.node };
    this.#metrics = createOperatorMetrics(program, { virtualIPs: () => this.#operator.virtualIPs });
    const { observer } = this.#metrics;
    this.#api = new HttpsKubeApi({ server, version, component: 'operator', log, observer, clock });
    this.#events = new EventRecorder({
      api: this.#api,
      reporter: { controller: 'kube-vrrp.io/operator', instance: ownName() },
      ...{ log, observer, clock },
    });
    this.#operator = new Operator({
      api: this.#api,
      settings: { ...config.agent, namespace: this.#namespace },
      workers: config.workers,
      tell: ({ metadata }, event) => {
        this.#events.record({ apiVersion: API_VERSION, kind: VIRTUAL_IP_KIND, metadata }, event);
      },
      ...{ log, clock, observer },
    });
  }

  async run(stop: AbortController): Promise<number> {
    const { options, log, server } = this;
    log.info('operator is starting', {
      version: options.version,
      namespace: this.#namespace,
      apiServer: server.url.href,
      credentials: server.origin,
    });
    const listener = options.http === null ? null : serveOperator(options.http, this.#served(), log);
    if (options.versionCheck) void this.#checkVersion(stop.signal);
    const acted = new AbortController();
    const telling = this.#events.run(acted.signal);
    const watching = this.#operator.watch(stop.signal);
    await this.#synced(stop.signal);
    if (!stop.signal.aborted) await this.#act(stop.signal);
    stop.abort();
    acted.abort();
    await Promise.all([watching, telling, listener?.close()]);
    log.info('operator has stopped');
    return STOPPED;
  }

  async #act(signal: AbortSignal): Promise<void> {
    const { log } = this;
    const { leaderElection, config } = this.options;
    if (!leaderElection) {
      log.info('acting without leader election');
      await this.#operator.lead(signal);
      return;
    }
    const { leaseName, ...timing } = config.leaderElection;
    const election = {
      api: this.#api,
      lease: { name: leaseName, namespace: this.#namespace },
      identity: ownIdentity(),
      ...{ log, timing, observer: this.#metrics.observer, clock: this.#clock },
    };
    await actInTurns(election, signal, (leading, mayWrite) => this.#operator.lead(leading, mayWrite));
  }

  #served() {
    return {
      // Whether the API server answers says nothing about this process.
      healthy: () => ({ ok: true, reasons: [] }),
      ready: () => this.#operator.readiness,
      metrics: this.#metrics,
    };
  }

  get #namespace(): string {
    return this.options.namespace ?? this.server.namespace;
  }

  /** Resolves when the cluster is known, or `signal` is aborted; tells what is missing, now and then. */
  async #synced(signal: AbortSignal): Promise<void> {
    const known = new AbortController();
    void this.#operator.synced.then(() => {
      known.abort();
    });
    const over = AbortSignal.any([signal, known.signal]);
    await pause(this.#clock, FIRST_WORD, over);
    while (!over.aborted) {
      this.log.warn('waiting for the cluster', waitingFor(this.#operator.readiness.reasons));
      await pause(this.#clock, NEXT_WORD, over);
    }
    if (known.signal.aborted) this.log.info('the cluster is known');
  }

  /** Only tells: a distribution may well have brought back what was missing. */
  async #checkVersion(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const { major, minor } = await this.#api.version();
        const kubernetes = `${String(major)}.${String(minor)}`;
        this.log.info('API server answers', { kubernetes });
        if (major < 1 || (major === 1 && minor < OLDEST_MINOR))
          this.log.warn('this Kubernetes is older than what kube-vrrp is tested with', {
            kubernetes,
            oldest: `1.${String(OLDEST_MINOR)}`,
          });
        return;
      } catch (error) {
        this.log.debug('the API server does not tell its version', { error });
        await pause(this.#clock, NEXT_WORD, signal);
      }
    }
  }
}

/**
 * A pod runs one operator at a time. So in a pod the next one goes on with the Lease of the one before, which ended when the
 * API server was away, say; else it would have to wait until that runs out, and the status with it.
 */
const ownIdentity = (): string => process.env['POD_NAME'] ?? leaderIdentity(hostname());

/** The pod's name where there is one. */
const ownName = (): string => process.env['POD_NAME'] ?? hostname();

/** Milliseconds until the log first tells that the operator is waiting, and from then on. */
const FIRST_WORD = 5_000;
const NEXT_WORD = 60_000;
/** Server-side apply is on by default since Kubernetes 1.18, and what we use of it since 1.20. */
const OLDEST_MINOR = 20;

function waitingFor(reasons: readonly string[]): Readonly<Record<string, string>> {
  const missing = reasons.some((reason) => /CustomResourceDefinition/.test(reason));
  return {
    reason: reasons.join('; '),
    remedy: missing
      ? 'install the CustomResourceDefinitions: kubectl apply -f deploy/crds, or the Helm chart'
      : 'it is tried again by itself; if it stays so, look at the network to the API server and at the rights of the ServiceAccount',
  };
}
