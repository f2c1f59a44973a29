import type { Log, LogRecord } from '../../platform/log.js';
import type { ToControl, ToVrrp } from '../ipc/messages.js';
import type { ProbePlan } from '../tracking/probe-runner.js';
import type { AgentState } from './agent-state.js';
import type { ConfigurationListener } from './configuration-source.js';
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
  /** Whether the agent has just started, so that no router runs yet. */
  firstStart: boolean;
}>;

/** Joins what comes from the VRRP process and from the configuration to where it belongs. */
export class ControlProcess implements ConfigurationListener {
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

  readonly accepted: ConfigurationListener['accepted'] = (desired, warnings) => {
    const { log, state, probes, send, wallClock } = this.parts;
    const keys = desired.routers.map(({ key }) => key);
    // What is tracked comes first: a router must not take an address before it knows that it may.
    probes.apply(probePlan(desired), (key) => this.#isNew(key));
    send({ kind: 'desired', routers: desired.routers });
    this.#routerKeys = new Set(keys);
    state.configurationAccepted(keys, wallClock());
    log.info('Configuration accepted', { routers: keys.length, probes: desired.probes.length });
    for (const warning of warnings) log.warn('Configuration warning', { warning });
  };

  readonly refused: ConfigurationListener['refused'] = (problems) => {
    const { log, state } = this.parts;
    state.configurationRefused(problems);
    log.error(
      this.#routerKeys === null
        ? 'Configuration refused: nothing changes until it is corrected'
        : 'Configuration refused: what runs goes on as it was',
      { problems: problems.length },
    );
    for (const problem of problems) log.error('Configuration problem', { problem });
  };

  /** After a restart of this process the routers of the first configuration are taken to be running already. */
  #isNew(key: string): boolean {
    return this.#routerKeys === null ? this.parts.firstStart : !this.#routerKeys.has(key);
  }
}
