import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkQueue } from '../../../../src/platform/loop/work-queue.js';
import { NO_OBSERVER } from '../../../../src/platform/observer.js';
import { ManualClock, settled } from '../../../support/manual-clock.js';

function queue(options: Partial<ConstructorParameters<typeof WorkQueue>[0]> = {}) {
  const clock = new ManualClock();
  const depths: number[] = [];
  const observer = { ...NO_OBSERVER, queueDepth: (_: string, depth: number) => depths.push(depth) };
  const tested = new WorkQueue({ name: 'test', clock, observer, random: () => 0, ...options });
  return { queue: tested, clock, depths };
}

/** What could be taken now, and is. */
async function takeAll(from: WorkQueue): Promise<readonly (string | null)[]> {
  const taken: (string | null)[] = [];
  while (from.depth > 0) taken.push(await from.take());
  return taken;
}

test('a name that is added several times is worked on once, in the order of the first times', async () => {
  const { queue: tested, depths } = queue();
  for (const name of ['a', 'b', 'a', 'a']) tested.add(name);
  assert.equal(tested.depth, 2);
  assert.deepEqual(await takeAll(tested), ['a', 'b']);
  assert.equal(depths.at(-1), 0);
});

test('a name that is added while it is being worked on comes again afterwards, not before', async () => {
  const { queue: tested } = queue();
  tested.add('a');
  assert.equal(await tested.take(), 'a');
  tested.add('a');
  tested.add('a');
  assert.equal(tested.depth, 0);
  tested.done('a');
  assert.deepEqual(await takeAll(tested), ['a']);
  tested.done('a');
  assert.equal(tested.depth, 0);
});

test('whoever waits for a name gets the next one', async () => {
  const { queue: tested } = queue();
  const first = tested.take();
  const second = tested.take();
  tested.add('a');
  tested.add('b');
  assert.deepEqual(await Promise.all([first, second]), ['a', 'b']);
});

test('of several delays the shortest counts, and adding at once makes them void', async () => {
  const { queue: tested, clock } = queue();
  tested.addAfter('a', 5_000);
  tested.addAfter('a', 1_000);
  tested.addAfter('a', 3_000);
  await clock.advance(999);
  assert.equal(tested.depth, 0);
  await clock.advance(1);
  assert.deepEqual(await takeAll(tested), ['a']);
  tested.done('a');
  await clock.advance(10_000);
  assert.equal(tested.depth, 0);

  tested.addAfter('b', 1_000);
  tested.add('b');
  assert.deepEqual(await takeAll(tested), ['b']);
  tested.done('b');
  assert.equal(clock.next, null);
  tested.addAfter('c', 0);
  assert.equal(tested.depth, 1);
});

test('a name that keeps failing comes later each time, up to the longest delay, until it works', () => {
  const { queue: tested } = queue();
  const delays = Array.from({ length: 20 }, () => tested.retry('a'));
  assert.deepEqual(delays.slice(0, 4), [5, 10, 20, 40]);
  assert.equal(delays.at(-1), 30_000);
  tested.forget('a');
  assert.equal(tested.retry('a'), 5);
  assert.equal(tested.retry('b', { atLeast: 7_000 }), 7_000);
});

test('while no server answers a name comes every few seconds, and its first failure after that counts as the first', () => {
  const { queue: tested } = queue();
  const delays = Array.from({ length: 20 }, () => tested.retry('a', { unanswered: true }));
  assert.deepEqual(delays.slice(0, 4), [5, 10, 20, 40]);
  assert.equal(delays.at(-1), 5_000);
  assert.equal(tested.retry('a'), 5);
  assert.equal(tested.retry('a', { unanswered: true }), 5_000);
});

test('when very many fail together, their retries are spread over time', async () => {
  const { queue: tested, clock } = queue({ retryRate: { perSecond: 10, burst: 20 } });
  for (let index = 0; index < 100; index += 1) tested.retry(`name ${String(index)}`);
  await clock.advance(100);
  assert.equal(tested.depth, 21);
  await clock.advance(1_000);
  assert.equal(tested.depth, 31);
  await clock.advance(7_000);
  assert.equal(tested.depth, 100);
});

test('a closed queue hands out nothing, leaves no timer, and lets everybody go who waits', async () => {
  const { queue: tested, clock } = queue();
  const waiting = tested.take();
  tested.addAfter('later', 1_000);
  tested.close();
  tested.add('a');
  tested.addAfter('b', 1);
  assert.equal(await waiting, null);
  assert.equal(await tested.take(), null);
  await settled();
  assert.equal(clock.next, null);
});

test('what is urgent comes first, but for every fourth name, so that nobody waits for ever', async () => {
  const { queue: tested } = queue({ isUrgent: (name) => name.startsWith('u') });
  for (const name of ['a', 'b', 'u1', 'u2', 'u3', 'u4', 'u5', 'u1']) tested.add(name);
  assert.equal(tested.depth, 7);
  assert.deepEqual(await takeAll(tested), ['u1', 'u2', 'u3', 'a', 'u4', 'u5', 'b']);
  assert.equal(tested.depth, 0);
});

test('a name that waits and is urgent now is handed out once, and first', async () => {
  const urgent = new Set<string>();
  const { queue: tested } = queue({ isUrgent: (name) => urgent.has(name) });
  for (const name of ['a', 'b']) tested.add(name);
  urgent.add('b');
  tested.add('b');
  urgent.delete('b');
  tested.add('b');
  tested.addAfter('b', 10);
  assert.deepEqual(await takeAll(tested), ['b', 'a']);
});
