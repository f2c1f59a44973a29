import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { TrackerState } from '../../../src/node-agent/ipc/router-spec.js';
import { type TrackerPlan, TrackerRunner } from '../../../src/node-agent/tracking/tracker-runner.js';
import { probeLoops } from '../../../src/node-agent/tracking/probe-loop.js';
import type { Attempt, ProbeMethod, ProbeResult } from '../../../src/node-agent/tracking/probe.js';
import { noPods, trackedLoops } from '../../../src/node-agent/tracking/tracked-loops.js';
import type { RouterTracker } from '../../../src/node-agent/tracking/tracker.js';
import { FakeTimers, settled } from './fake-timers.js';

const method = (port: number, changes: Partial<ProbeMethod> = {}): ProbeMethod => ({
  target: { kind: 'tcp', host: '127.0.0.1', port },
  period: 1_000,
  timeout: 500,
  rise: 2,
  fall: 2,
  ...changes,
});

const probe = (id: string, port: number, changes: Partial<RouterTracker> = {}): RouterTracker => ({
  id,
  weight: -50,
  method: method(port),
  ...changes,
});

const plan = (routers: Readonly<Record<string, readonly RouterTracker[]>>): TrackerPlan =>
  new Map(Object.entries(routers));

/** Targets by port: what an attempt says, or how long it takes to say it. */
class Targets {
  readonly attempts: { port: number; at: number }[] = [];
  readonly results = new Map<number, ProbeResult | 'pending'>();
  readonly #pending: (() => void)[] = [];

  constructor(private readonly timers: FakeTimers) {}

  set(port: number, success: boolean): void {
    this.results.set(port, { success, message: success ? 'connected' : 'connection refused' });
  }

  /** Answers all attempts that wait for one. */
  async answer(): Promise<void> {
    for (const answer of this.#pending.splice(0)) answer();
    await settled();
  }

  readonly attempt: Attempt = ({ target }, _signal) => {
    this.attempts.push({ port: target.port, at: this.timers.now() });
    const result = this.results.get(target.port) ?? { success: true, message: 'connected' };
    if (result !== 'pending') return Promise.resolve(result);
    return new Promise((resolve) => {
      this.#pending.push(() => resolve({ success: true, message: 'connected' }));
    });
  };
}

describe('the tracker runner', () => {
  let timers: FakeTimers;
  let targets: Targets;
  let told: { key: string; trackers: readonly TrackerState[] }[];
  let verdicts: string[];
  let runner: TrackerRunner;
  let counting: Map<string, readonly TrackerState[]>;
  beforeEach(() => {
    counting = new Map();
    timers = new FakeTimers();
    targets = new Targets(timers);
    told = [];
    verdicts = [];
    runner = new TrackerRunner(trackedLoops(probeLoops(targets.attempt, timers), noPods), {
      trackers: (key, trackers) => told.push({ key, trackers }),
      counting: (key) => counting.get(key) ?? null,
      verdict: (key, id, up) => verdicts.push(`${key} ${id} ${up ? 'up' : 'fails'}`),
    });
  });

  /** What was told since the last look, in short. */
  const news = (): readonly string[] =>
    told
      .splice(0)
      .map(({ key, trackers }) => `${key}: ${trackers.map(({ id, up }) => `${id}=${String(up)}`).join(' ')}`);
  const always = (): boolean => true;
  const never = (): boolean => false;

  it('counts the probes of a new router as failed until their first result, which decides at once', async () => {
    runner.apply(plan({ 'web/IPv4': [probe('a', 80)] }), always);
    assert.deepEqual(told, [
      { key: 'web/IPv4', trackers: [{ id: 'a', up: false, weight: -50, message: 'not probed yet' }] },
    ]);
    await settled();
    assert.deepEqual(told.at(-1), {
      key: 'web/IPv4',
      trackers: [{ id: 'a', up: true, weight: -50, message: 'connected' }],
    });
  });

  it('tells nothing of a router that runs already until all its probes have a result', async () => {
    targets.results.set(81, 'pending');
    runner.apply(plan({ 'web/IPv4': [probe('a', 80), probe('b', 81)] }), never);
    await settled();
    assert.deepEqual(news(), []);
    await targets.answer();
    assert.deepEqual(news(), ['web/IPv4: a=true b=true']);
  });

  it('tells of a running router without probes that it has none, so that old ones no longer count', () => {
    runner.apply(plan({ 'web/IPv4': [] }), never);
    assert.deepEqual(told, [{ key: 'web/IPv4', trackers: [] }]);
  });

  it('tells nothing of a new router without probes', () => {
    runner.apply(plan({ 'web/IPv4': [] }), always);
    assert.deepEqual(told, []);
  });

  it('tells again only when a verdict changes, after as many results as the thresholds say', async () => {
    runner.apply(plan({ 'web/IPv4': [probe('a', 80)] }), never);
    await settled();
    assert.deepEqual(news(), ['web/IPv4: a=true']);
    targets.set(80, false);
    await timers.advanceTo(1_000);
    assert.deepEqual(news(), []);
    await timers.advanceTo(2_000);
    assert.deepEqual(news(), ['web/IPv4: a=false']);
    await timers.advanceTo(9_000);
    assert.deepEqual(news(), []);
    assert.deepEqual(verdicts, ['web/IPv4 a up', 'web/IPv4 a fails']);
  });

  it('begins attempts at whole periods after the first, without drift', async () => {
    runner.apply(plan({ 'web/IPv4': [probe('a', 80, { method: method(80, { period: 300 }) })] }), always);
    await timers.advanceTo(1_000);
    assert.deepEqual(
      targets.attempts.map(({ at }) => at),
      [0, 300, 600, 900],
    );
  });

  it('never runs two attempts of a probe at a time: a slow one costs turns', async () => {
    targets.results.set(80, 'pending');
    runner.apply(plan({ 'web/IPv4': [probe('a', 80)] }), always);
    await timers.advanceTo(2_500);
    assert.equal(targets.attempts.length, 1);
    await targets.answer();
    await timers.advanceTo(3_000);
    assert.deepEqual(
      targets.attempts.map(({ at }) => at),
      [0, 3_000],
    );
  });

  it('probes once for routers that ask for the same', async () => {
    runner.apply(
      plan({ 'web/IPv4': [probe('a', 80)], 'web/IPv6': [probe('a', 80, { weight: null })] }),
      never,
    );
    await settled();
    assert.equal(targets.attempts.length, 1);
    assert.deepEqual(news(), ['web/IPv4: a=true', 'web/IPv6: a=true']);
  });

  it('keeps verdict and turn of a probe that stays, while others come and go', async () => {
    runner.apply(plan({ 'web/IPv4': [probe('a', 80), probe('b', 81)] }), always);
    await timers.advanceTo(600);
    news();
    runner.apply(plan({ 'web/IPv4': [probe('a', 80), probe('c', 82)] }), never);
    await timers.advanceTo(2_000);
    const at = (port: number) =>
      targets.attempts.filter((attempt) => attempt.port === port).map((attempt) => attempt.at);
    assert.deepEqual([at(80), at(81), at(82)], [[0, 1_000, 2_000], [0], [600, 1_600]]);
    assert.deepEqual(news(), ['web/IPv4: a=true c=true']);
  });

  it('tells at once of a weight that changed, without probing anew', async () => {
    runner.apply(plan({ 'web/IPv4': [probe('a', 80)] }), always);
    await settled();
    told.splice(0);
    runner.apply(plan({ 'web/IPv4': [probe('a', 80, { weight: -10 })] }), never);
    assert.deepEqual(
      told.map(({ trackers }) => trackers),
      [[{ id: 'a', up: true, weight: -10, message: 'connected' }]],
    );
    assert.equal(targets.attempts.length, 1);
  });

  it('starts anew with a probe whose method changed', async () => {
    runner.apply(plan({ 'web/IPv4': [probe('a', 80)] }), always);
    await settled();
    news();
    targets.set(81, false);
    runner.apply(plan({ 'web/IPv4': [probe('a', 81)] }), never);
    assert.deepEqual(news(), []);
    await settled();
    assert.deepEqual(news(), ['web/IPv4: a=false']);
  });

  it('tells that a probe fails also while nothing is known of another object, such as pods that the agent may not read', async () => {
    runner.apply(plan({ 'web/IPv4': [probe('a', 80)] }), always);
    await settled();
    targets.results.set(81, 'pending');
    runner.apply(plan({ 'web/IPv4': [probe('a', 80), probe('b', 81)] }), never);
    news();
    targets.set(80, false);
    await timers.advanceTo(2_000);
    assert.deepEqual(news(), ['web/IPv4: a=false']);
    await targets.answer();
    assert.deepEqual(news(), ['web/IPv4: a=false b=true']);
  });

  it('goes on counting what an earlier process found out until it knows better', async () => {
    counting.set('web/IPv4', [{ id: 'b', up: false, weight: null, message: 'as before' }]);
    targets.results.set(81, 'pending');
    runner.apply(plan({ 'web/IPv4': [probe('a', 80), probe('b', 81, { weight: null })] }), never);
    await settled();
    assert.deepEqual(news(), ['web/IPv4: a=true b=false']);
    await targets.answer();
    assert.deepEqual(news(), ['web/IPv4: a=true b=true']);
  });

  it('shows how each probe is doing', async () => {
    targets.set(81, false);
    runner.apply(plan({ 'web/IPv4': [probe('a', 80), probe('b', 81)] }), always);
    await timers.advanceTo(1_000);
    assert.deepEqual(
      runner
        .report()
        .map(({ routerKey, id, state }) => [
          routerKey,
          id,
          state.verdict.up,
          state.successes,
          state.failures,
        ]),
      [
        ['web/IPv4', 'a', true, 2, 0],
        ['web/IPv4', 'b', false, 0, 2],
      ],
    );
  });

  it('says nothing more once it is closed', async () => {
    targets.results.set(80, 'pending');
    runner.apply(plan({ 'web/IPv4': [probe('a', 80)], 'api/IPv4': [probe('b', 81)] }), always);
    await settled();
    told.splice(0);
    runner.close();
    await targets.answer();
    await timers.advanceTo(10_000);
    assert.deepEqual(told, []);
    assert.equal(timers.waiting, 0);
    assert.equal(targets.attempts.length, 2);
  });
});
