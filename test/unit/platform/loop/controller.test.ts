import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { KubeApiError } from '../../../../src/platform/kube/ports.js';
import {
  Controller,
  DONE,
  type Outcome,
  type Reconcile,
  after,
  retry,
} from '../../../../src/platform/loop/controller.js';
import { WorkQueue } from '../../../../src/platform/loop/work-queue.js';
import { NO_OBSERVER } from '../../../../src/platform/observer.js';
import { ManualClock, settled } from '../../../support/manual-clock.js';
import { RecordedLog } from '../../../support/recorded-log.js';

function running(context: TestContext, reconcile: Reconcile, workers = 1) {
  const clock = new ManualClock();
  const log = new RecordedLog();
  const outcomes: string[] = [];
  const queue = new WorkQueue({ name: 'test', clock, random: () => 0 });
  const observer = {
    ...NO_OBSERVER,
    reconciled: (_: string, outcome: string, seconds: number) =>
      outcomes.push(`${outcome} ${String(seconds)}`),
  };
  const controller = new Controller({ queue, reconcile, workers, log, clock, observer });
  const stop = new AbortController();
  context.after(() => stop.abort());
  return { queue, clock, log, outcomes, stop, run: controller.run(stop.signal) };
}

/** Work that ends when the test says so. */
function heldWork() {
  const begun: string[] = [];
  const signals: AbortSignal[] = [];
  const ends = new Map<string, (outcome: Outcome) => void>();
  const reconcile: Reconcile = (name, signal) => {
    begun.push(name);
    signals.push(signal);
    return new Promise((resolve) => ends.set(name, resolve));
  };
  return { begun, signals, reconcile, end: (name: string, outcome = DONE) => ends.get(name)?.(outcome) };
}

test('names are worked on by as many workers as there are, one name by one of them', async (context) => {
  const { begun, reconcile, end } = heldWork();
  const { queue } = running(context, reconcile, 2);
  for (const name of ['a', 'b', 'c']) queue.add(name);
  await settled();
  assert.deepEqual(begun, ['a', 'b']);
  queue.add('a');
  end('b');
  await settled();
  assert.deepEqual(begun, ['a', 'b', 'c']);
  end('c');
  await settled();
  assert.deepEqual(begun, ['a', 'b', 'c']); // a worker is free, and a is still being worked on
  end('a');
  await settled();
  assert.deepEqual(begun, ['a', 'b', 'c', 'a']);
});

test('each outcome has its consequence, and is counted with its duration', async (context) => {
  const script: (() => Promise<Outcome>)[] = [
    () => Promise.resolve(retry('the other half is missing')),
    () => Promise.reject(new Error('a bug')),
    () => Promise.reject(new KubeApiError('slow down', 429, 'TooManyRequests', 20)),
    () => Promise.resolve(after(60_000)),
    () => Promise.resolve(DONE),
  ];
  const { queue, clock, outcomes, log } = running(context, () => script.shift()?.() ?? Promise.resolve(DONE));
  queue.add('a');
  await settled();
  assert.deepEqual(outcomes, ['retry 0']);
  await clock.advance(5);
  await clock.advance(10);
  assert.deepEqual(outcomes, ['retry 0', 'failed 0', 'failed 0']);
  await clock.advance(19_999);
  assert.equal(outcomes.length, 3);
  await clock.advance(1);
  assert.equal(outcomes[3], 'after 0');
  await clock.advance(60_000);
  assert.equal(outcomes[4], 'done 0');
  assert.equal(clock.next, null);
  assert.deepEqual(
    log.lines.map(({ level, message }) => `${level} ${message}`),
    ['debug Not finished', 'warn Failed; trying again', 'warn Failed; trying again'],
  );
});

test('when somebody else was faster, it is tried again without a complaint', async (context) => {
  const conflict = new KubeApiError('the object has been modified', 409, 'Conflict');
  let attempts = 0;
  const { queue, clock, log } = running(context, () => {
    attempts += 1;
    return attempts === 1 ? Promise.reject(conflict) : Promise.resolve(DONE);
  });
  queue.add('a');
  await clock.advance(100);
  assert.equal(attempts, 2);
  assert.deepEqual(
    log.lines.filter(({ level }) => level !== 'debug'),
    [],
  );
});

test('what has begun is finished when the program stops, and nothing new begins', async (context) => {
  const { begun, signals, reconcile, end } = heldWork();
  const { queue, clock, stop, run } = running(context, reconcile);
  queue.add('a');
  queue.add('b');
  await settled();
  stop.abort();
  await clock.advance(1_000);
  assert.equal(signals[0]?.aborted, false);
  end('a');
  await run;
  assert.deepEqual(begun, ['a']);
  assert.equal(clock.next, null);
});

test('what does not come to its end in time is called off', async (context) => {
  const { signals, reconcile } = heldWork();
  const { queue, clock, stop, run } = running(context, reconcile);
  queue.add('a');
  await settled();
  stop.abort();
  await clock.advance(5_000);
  await run;
  assert.equal(signals[0]?.aborted, true);
});
