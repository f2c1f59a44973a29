import type { Problem, VrrpStatus } from '../ipc/messages.js';
import type { TrackerReport } from '../tracking/tracker-runner.js';
import type { AgentView, ClusterView, ConfigurationSource, ConfigurationView } from './agent-view.js';

export type AgentIdentity = Readonly<{
  nodeName: string;
  version: string;
  nodeVersion: string;
  pid: number;
  restarts: number;
}>;

/** Where this process keeps what it knows; {@link AgentState.view} shows all of it at one moment. */
export class AgentState {
  #status: VrrpStatus | null = null;
  #statusAt = 0;
  #stopping = false;
  #configuration: ConfigurationView = {
    source: null,
    acceptedAt: null,
    accepted: 0,
    refused: 0,
    problems: [],
    routerKeys: [],
  };
  readonly #problems = new Map<string, Problem>();
  #cluster: () => ClusterView | null = () => null;

  constructor(
    private readonly identity: AgentIdentity,
    /** Monotonic, milliseconds. */
    private readonly now: () => number,
    private readonly probes: () => readonly TrackerReport[],
    private readonly malformedMessages: () => number,
  ) {}

  reported(status: VrrpStatus): void {
    this.#status = status;
    this.#statusAt = this.now();
  }

  stopping(): void {
    this.#stopping = true;
  }

  /** There is a cluster, and this tells how the agent gets along with it. */
  followCluster(view: () => ClusterView): void {
    this.#cluster = view;
  }

  /** `at`: wall clock, milliseconds since the epoch. */
  configurationAccepted(source: 'files' | 'virtualRouters', at: number): void {
    const accepted = this.#configuration.accepted + 1;
    this.#configuration = { ...this.#configuration, source, acceptedAt: at, accepted, problems: [] };
  }

  /** What an earlier run kept is used: the configuration itself was refused, or cannot be had yet. */
  configurationRestored(source: Extract<ConfigurationSource, 'lastAccepted' | 'lastKnown'>): void {
    this.#configuration = { ...this.#configuration, source };
  }

  /** These routers, and no others, are to run. */
  runs(routerKeys: readonly string[]): void {
    this.#configuration = { ...this.#configuration, routerKeys };
  }

  configurationRefused(problems: readonly string[]): void {
    this.#configuration = { ...this.#configuration, refused: this.#configuration.refused + 1, problems };
  }

  /** Replaces the problem with this code. */
  problemFound(problem: Problem): void {
    this.#problems.set(problem.code, problem);
  }

  problemSolved(code: string): void {
    this.#problems.delete(code);
  }

  view(): AgentView {
    const { nodeName, version, nodeVersion, pid, restarts } = this.identity;
    return {
      nodeName,
      program: { version, nodeVersion },
      status: this.#status,
      statusAge: this.#status === null ? null : this.now() - this.#statusAt,
      stopping: this.#stopping,
      configuration: this.#configuration,
      probes: this.probes().map(({ routerKey, id, state }) => ({
        routerKey,
        id,
        up: state.verdict.up,
        message: state.message,
        duration: state.duration,
        successes: state.successes,
        failures: state.failures,
      })),
      cluster: this.#cluster(),
      control: {
        pid,
        restarts,
        malformedMessages: this.malformedMessages(),
        problems: [...this.#problems.values()],
      },
    };
  }
}
