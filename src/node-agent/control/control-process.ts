import type { Log, LogRecord } from '../../platform/log.js';
import type { DesiredState } from '../desired/desired-state.js';
import { formatFinding } from '../desired/located-finding.js';
import type { SourceUpdate } from '../desired/standalone-source.js';
import type { ToControl, ToVrrp } from '../ipc/messages.js';
import type { ProbePlan } from '../tracking/probe-runner.js';
import type { AgentState } from './agent-state.js';
import { CONFIGURATION_PROBLEM, CONFIGURATION_WARNING } from './log-wording.js';
import { probePlan } from './probe-plan.js';

/** What the control process is made of, once main.ts has put it together. */
export type ControlParts = Readonly<{
  log: Log;
  state: AgentState;
  send: (message: ToVrrp) => void;
  probes: Readonly<{ apply(plan: ProbePlan, isNew: (routerKey: string) => boolean): void }>;
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

  constructor(private readonly parts: ControlParts) {}

  /** A message from the VRRP process. */
  readonly received = (message: ToControl): void => {
    switch (message.kind) {
      case 'status':
        this.parts.state.reported(message.status);
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

  /** News about the configuration. */
  readonly updated = (update: SourceUpdate): void => {
    const { log, state, wallClock } = this.parts;
    switch (update.kind) {
      case 'accepted':
        this.#run(update.desired);
        state.configurationAccepted(wallClock());
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
        state.configurationRestored();
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
    }
    for (const warning of update.warnings)
      log.warn(CONFIGURATION_WARNING, { finding: formatFinding(warning) });
  };

  #run(desired: DesiredState): void {
    const { state, probes, send } = this.parts;
    const keys = desired.routers.map(({ key }) => key);
    // What is tracked comes first: a router must not take an address before it knows that it may.
    probes.apply(probePlan(desired), (key) => this.#isNew(key));
    send({ kind: 'desired', routers: desired.routers });
    this.#routerKeys = new Set(keys);
    state.runs(keys);
  }

  /** After a restart of this process the routers of the first configuration are taken to be running already. */
  #isNew(key: string): boolean {
    return this.#routerKeys === null ? this.parts.firstStart : !this.#routerKeys.has(key);
  }
}

const countsOf = ({ routers, probes }: DesiredState): Readonly<Record<string, number>> => ({
  routers: routers.length,
  probes: probes.length,
});
