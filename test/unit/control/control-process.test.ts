import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentState } from '../../../src/node-agent/control/agent-state.js';
import { ControlProcess } from '../../../src/node-agent/control/control-process.js';
import { readinessOf } from '../../../src/node-agent/control/health.js';
import type { DesiredState } from '../../../src/node-agent/desired/desired-state.js';
import { aboutFile } from '../../../src/node-agent/desired/located-finding.js';
import type { ToVrrp } from '../../../src/node-agent/ipc/messages.js';
import { probeLoops } from '../../../src/node-agent/tracking/probe-loop.js';
import { noPods, trackedLoops } from '../../../src/node-agent/tracking/tracked-loops.js';
import { TrackerRunner } from '../../../src/node-agent/tracking/tracker-runner.js';
import { createLog } from '../../../src/platform/log.js';
import { micros } from '../../../src/values/time.js';
import { FakeTimers } from '../tracking/fake-timers.js';
import { routerSpec } from '../../support/router-spec.js';
import { router, told } from './agent-view.fixture.js';

const unanswered = (): Promise<never> => new Promise(() => undefined);

/** A control process whose surroundings are lists. */
function assembled(firstStart = true) {
  const sent: ToVrrp[] = [];
  const recorded: string[] = [];
  const heard: string[] = [];
  let text = '';
  const log = createLog({ format: 'json', level: 'debug', stream: { write: (part) => void (text += part) } });
  const trackers = new TrackerRunner(trackedLoops(probeLoops(unanswered, new FakeTimers()), noPods), {
    trackers: (key, list) => sent.push({ kind: 'trackers', key, trackers: list }),
    verdict: () => undefined,
  });
  let now = 0;
  const identity = { nodeName: 'edge-1', version: '0.1.0', nodeVersion: 'v20', pid: 1, restarts: 0 };
  const state = new AgentState(
    identity,
    () => now,
    () => trackers.report(),
    () => 0,
  );
  const control = new ControlProcess({
    log,
    state,
    send: (message) => sent.push(message),
    trackers,
    heard: () => heard.push('alive'),
    reported: () => heard.push('news'),
    recording: { append: (lines) => recorded.push(...lines) },
    wallClock: () => 1_000,
    firstStart,
  });
  return {
    control,
    state,
    sent,
    recorded,
    heard,
    pass: (milliseconds: number) => (now += milliseconds),
    messages: () =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as { msg: string }).msg),
  };
}

const desired = (...keys: readonly string[]): DesiredState => ({
  routers: keys.map((key) => ({ ...routerSpec(), key })),
  probes: keys.map((key) => ({
    id: `${key} probe`,
    routerKeys: [key],
    kind: 'tcp',
    host: '127.0.0.1',
    port: 80,
    path: '/',
    headers: [],
    period: micros(1_000_000),
    timeout: micros(500_000),
    riseThreshold: 2,
    failureThreshold: 2,
    weight: -50,
  })),
  pods: [],
});

const accepted = (state: DesiredState) =>
  ({ kind: 'accepted', reason: 'ConfigurationAccepted', desired: state, warnings: [] }) as const;
const refused = (running: boolean) =>
  ({
    kind: 'refused',
    reason: 'ConfigurationRefused',
    problems: [aboutFile('vip.yaml', 'is not YAML')],
    warnings: [],
    running,
  }) as const;

/** What was sent, in short. */
const kinds = (sent: readonly ToVrrp[]): readonly string[] =>
  sent.map((message) => (message.kind === 'trackers' ? `trackers ${message.key}` : message.kind));

describe('the control process', () => {
  it('tells the routers what is tracked before it starts them', () => {
    const { control, sent } = assembled();
    control.updated(accepted(desired('web/IPv4')));
    assert.deepEqual(kinds(sent), ['trackers web/IPv4', 'desired']);
  });

  it('leaves alone what the routers know of their trackers when it was started again', () => {
    const { control, sent } = assembled(false);
    control.updated(accepted(desired('web/IPv4')));
    assert.deepEqual(kinds(sent), ['desired']);
  });

  it('tells what is tracked for a router that came while it was started again, before it starts it', () => {
    const { control, sent } = assembled(false);
    control.received({ kind: 'status', status: told([router({ key: 'web/IPv4' })]) });
    control.updated(accepted(desired('web/IPv4', 'dns/IPv4')));
    assert.deepEqual(kinds(sent), ['trackers dns/IPv4', 'desired']);
  });

  it('passes on news, and that the VRRP process is alive with each word of it', () => {
    const { control, heard } = assembled();
    const said = told([router()]);
    control.received({ kind: 'status', status: said });
    control.received({ kind: 'status', status: { ...said, whole: false, routers: [] } });
    assert.deepEqual(heard, ['alive', 'news', 'alive']);
  });

  it('tells only of the trackers of routers that an edit adds', () => {
    const { control, sent } = assembled();
    control.updated(accepted(desired('web/IPv4')));
    sent.length = 0;
    control.updated(accepted(desired('web/IPv4', 'api/IPv4')));
    assert.deepEqual(kinds(sent), ['trackers api/IPv4', 'desired']);
  });

  it('sends nothing for a configuration that is refused, and logs each problem with its place', () => {
    const { control, sent, state, messages } = assembled();
    control.updated(accepted(desired('web/IPv4')));
    sent.length = 0;
    control.updated(refused(true));
    assert.deepEqual(sent, []);
    const { configuration } = state.view();
    assert.deepEqual(configuration.problems, ['vip.yaml:1:1: is not YAML']);
    assert.deepEqual(
      [configuration.accepted, configuration.refused, configuration.routerKeys],
      [1, 1, ['web/IPv4']],
    );
    assert.deepEqual(messages().slice(-2), [
      'Configuration refused: what runs goes on as it was',
      'Configuration problem',
    ]);
  });

  it('forgets the problems once a configuration is accepted', () => {
    const { control, state } = assembled();
    control.updated(refused(false));
    control.updated(accepted(desired('web/IPv4')));
    assert.deepEqual(state.view().configuration.problems, []);
    assert.equal(state.view().configuration.acceptedAt, 1_000);
  });

  it('runs what was accepted last when the files are refused at start, and keeps showing what is wrong', () => {
    const { control, sent, state } = assembled();
    control.updated(refused(false));
    control.updated({
      kind: 'restored',
      reason: 'LastAcceptedRestored',
      desired: desired('web/IPv4'),
      from: '/var/lib/kube-vrrp/accepted.json',
      warnings: [],
    });
    assert.equal(kinds(sent).at(-1), 'desired');
    const { configuration } = state.view();
    assert.deepEqual([configuration.source, configuration.problems.length], ['lastAccepted', 1]);
  });

  it('shows a state directory that does not do its work among the problems', () => {
    const { control, state } = assembled();
    control.updated({ kind: 'stateDirFailed', problem: 'The disk is full.', warnings: [] });
    assert.deepEqual(
      state.view().control.problems.map(({ code, message }) => [code, message]),
      [['StateDirectoryFailed', 'The disk is full.']],
    );
  });

  it('writes log lines of the VRRP process with their own time, and recordings to their file', () => {
    const { control, recorded, messages } = assembled();
    control.received({ kind: 'log', entries: [{ level: 'info', time: 1, message: 'Said', fields: {} }] });
    control.received({ kind: 'recorded', lines: ['a', 'b'] });
    assert.deepEqual(messages(), ['Said']);
    assert.deepEqual(recorded, ['a', 'b']);
  });

  it('is ready once the routers are in the election, until the agent stops or the reports end', () => {
    const { control, state, pass } = assembled();
    control.updated(accepted(desired('web/IPv4')));
    control.received({ kind: 'status', status: told([router({ state: 'Initialize' })]) });
    assert.equal(readinessOf(state.view()).ok, false);
    control.received({ kind: 'status', status: told([router({ state: 'Backup' })]) });
    assert.equal(readinessOf(state.view()).ok, true);
    pass(6_000);
    assert.deepEqual(readinessOf(state.view()).reasons, ['the VRRP process has not reported for 6.0 s']);
    control.received({ kind: 'stopping' });
    assert.equal(readinessOf(state.view()).reasons[0], 'the agent is stopping');
  });
});
