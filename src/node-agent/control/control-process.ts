import type { Log, LogRecord } from '../../platform/log.js';
import type { DesiredState } from '../desired/desired-state.js';
import { formatFinding } from '../desired/located-finding.js';
import type { ClusterUpdate } from '../desired/kubernetes-source.js';
import { revisionOf } from '../desired/revision.js';
import type { SourceUpdate } from '../desired/standalone-source.js';
import type { KnownRouter } from '../desired/known-routers.js';
import type { StatusReport, ToControl, ToVrrp, VrrpStatus } from '../ipc/messages.js';
import type { TrackerPlan } from '../tracking/tracker-runner.js';
import type { AgentState } from './agent-state.js';
import { CONFIGURATION_PROBLEM, CONFIGURATION_WARNING } from './log-wording.js';
import { StatusBook } from './status-book.js';
import { trackerPlan } from './tracker-plan.js';

/** What the control process is made of, once main.ts has put it together. */
export type ControlParts = Readonly<{
  log: Log;
  state: AgentState;
  send: (message: ToVrrp) => void;
  trackers: Readonly<{ apply(plan: TrackerPlan, isNew: (routerKey: string) => boolean): void }>;
  /** The VRRP process has spoken, whether or not it has news. */
  heard?: () => void;
  /** Whoever else wants to know when the VRRP process says something new. */
  reported?: (status: VrrpStatus) => void;
  /** The VRRP process has told everything anew. */
  toldAll?: () => void;
  /** null: no recording was asked for. */
  recording: Readonly<{ append(lines: readonly string[]): void }> | null;
  /** Wall clock, milliseconds since the epoch. */
  wallClock: () => number;
  /** Whether no router runs yet. */
  firstStart: boolean;
}>;

/** Joins what comes from the VRRP process and from the configuration to where it belongs. */
export class ControlProcess {
  #routerKeys: ReadonlySet<string> | null = null;
  /** Of what was sent last. */
  #revision: string | null = null;
  #toldProblems: ReadonlySet<string> = new Set();
  readonly #book = new StatusBook();

  constructor(private readonly parts: ControlParts) {}

  /** A message from the VRRP process. */
  readonly received = (message: ToControl): void => {
    switch (message.kind) {
      case 'status':
        this.#status(message.status);
        return;
      case 'log':
        for (const entry of message.entries) this.parts.log.write(entry satisfies LogRecord);
        return;
      case 'recorded':
        this.parts.recording?.append(message.lines);
        return;
      case 'stopping':
        this.parts.state.stopping();
        return;
    }
  };

  #status(report: StatusReport): void {
    const { state, heard, reported, toldAll } = this.parts;
    heard?.();
    const { status, isNews } = this.#book.take(report);
    state.reported(status);
    if (isNews) reported?.(status);
    if (report.whole) toldAll?.();
  }

  /** News about the configuration. */
  readonly updated = (update: SourceUpdate): void => {
    const { log, state, wallClock } = this.parts;
    switch (update.kind) {
      case 'accepted':
        this.#run(update.desired);
        state.configurationAccepted('files', wallClock());
        log.info('Configuration accepted', countsOf(update.desired));
        break;
      case 'refused':
        state.configurationRefused(update.problems.map(formatFinding));
        log.error(
          update.running
            ? 'Configuration refused: what runs goes on as it was'
            : 'Configuration refused: correct it, the files are watched',
          { problems: update.problems.length },
        );
        for (const problem of update.problems)
          log.error(CONFIGURATION_PROBLEM, { finding: formatFinding(problem) });
        break;
      case 'restored':
        this.#run(update.desired);
        state.configurationRestored('lastAccepted');
        log.warn('Running the configuration that was accepted last', {
          from: update.from,
          ...countsOf(update.desired),
        });
        break;
      case 'stateDirFailed':
        state.problemFound({
          code: 'StateDirectoryFailed',
          message: update.problem,
          remedy: 'give the agent a directory that it may write to with --state-dir',
        });
        log.warn('State directory is of no help', { problem: update.problem });
        break;
      case 'stateDirWorks':
        state.problemSolved('StateDirectoryFailed');
        log.info('State directory works again');
    }
    for (const warning of update.warnings)
      log.warn(CONFIGURATION_WARNING, { finding: formatFinding(warning) });
  };

  /** News about the VirtualRouters of this node; gives the revision under which the status shows that they run. */
  readonly clusterUpdated = ({ desired, routers, source }: ClusterUpdate): string => {
    const { log, state, wallClock } = this.parts;
    const before = this.#revision;
    const revision = this.#run(desired);
    if (source === 'lastKnown') state.configurationRestored(source);
    else state.configurationAccepted(source, wallClock());
    if (source === 'lastKnown') log.info('Running what was known last', countsOf(desired));
    else if (revision !== before) log.info('Configuration accepted', countsOf(desired));
    this.#tellProblems(routers);
    return revision;
  };

  /** Each problem is logged once, for as long as it lasts. */
  #tellProblems(routers: readonly KnownRouter[]): void {
    const { log, state } = this.parts;
    const problems = new Set<string>();
    for (const { name, problem, running } of routers) {
      if (problem === null) continue;
      const sentence = `${name}: ${problem}`;
      problems.add(sentence);
      if (this.#toldProblems.has(sentence)) continue;
      const consequence = running === null ? 'it does not run here' : 'what ran before goes on';
      log.error('VirtualRouter cannot be used', { virtualRouter: name, problem, consequence });
    }
    this.#toldProblems = problems;
    if (problems.size > 0) state.configurationRefused([...problems]);
  }

  #run(desired: DesiredState): string {
    const { state, trackers, send } = this.parts;
    const keys = desired.routers.map(({ key }) => key);
    const revision = revisionOf(desired.routers);
    // What is tracked comes first: a router must not take an address before it knows that it may.
    trackers.apply(trackerPlan(desired), (key) => this.#isNew(key));
    if (revision !== this.#revision) send({ kind: 'desired', routers: desired.routers, revision });
    this.#revision = revision;
    this.#routerKeys = new Set(keys);
    state.runs(keys);
    return revision;
  }

  /**
   * After a restart of this process the routers of the first configuration are taken to be running already, unless the VRRP
   * process has said by then that it does not know them.
   */
  #isNew(key: string): boolean {
    const { firstStart, state } = this.parts;
    if (this.#routerKeys !== null) return !this.#routerKeys.has(key);
    const { status } = state.view();
    return firstStart || (status !== null && !status.routers.some((router) => router.key === key));
  }
}

const countsOf = ({ routers, probes, pods }: DesiredState): Readonly<Record<string, number>> => ({
  routers: routers.length,
  probes: probes.length,
  ...(pods.length > 0 && { pods: pods.length }),
});
