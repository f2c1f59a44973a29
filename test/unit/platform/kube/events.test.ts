import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type EventObject, type Happening, eventObject } from '../../../../src/platform/kube/event-object.js';
import { EventRecorder } from '../../../../src/platform/kube/events.js';
import { KubeApiError, type KubeObject } from '../../../../src/platform/kube/ports.js';
import { EVENTS } from '../../../../src/platform/kube/resources.js';
import { NO_OBSERVER } from '../../../../src/platform/observer.js';
import { FakeKubeApi } from '../../../support/fake-kube-api.js';
import { ManualClock, settled } from '../../../support/manual-clock.js';
import { RecordedLog } from '../../../support/recorded-log.js';

const vip = (name: string): KubeObject => ({
  apiVersion: 'kube-vrrp.io/v1alpha1',
  kind: 'VirtualIP',
  metadata: { name, uid: `uid-of-${name}` },
});
const WEB = vip('web');
const HAPPENING: Happening = {
  type: 'Normal',
  reason: 'HolderChanged',
  message: 'edge-1 holds the addresses.',
};
const REPORTER = { controller: 'kube-vrrp.io/operator', instance: 'operator-0' };

function recording(context: TestContext) {
  const api = new FakeKubeApi();
  const clock = new ManualClock();
  const log = new RecordedLog();
  const outcomes: string[] = [];
  const recorder = new EventRecorder({
    ...{ api, clock, log, reporter: REPORTER, random: () => 0 },
    observer: { ...NO_OBSERVER, eventRecorded: (outcome) => outcomes.push(outcome) },
  });
  const stop = new AbortController();
  const running = recorder.run(stop.signal);
  context.after(() => stop.abort());
  const events = () => api.all<EventObject>(EVENTS);
  return { api, clock, log, outcomes, recorder, stop, running, events };
}

test('an event names its object, and is in the namespace where kubectl describe looks for it', async (context) => {
  const { recorder, events, outcomes } = recording(context);
  recorder.record(WEB, HAPPENING);
  await settled();
  const [event] = events();
  const { metadata, ...rest } = event!;
  assert.equal(metadata?.namespace, 'default');
  assert.match(metadata.name ?? '', /^web\.[0-9a-f]{16}$/);
  assert.deepEqual(rest, {
    ...{ apiVersion: 'v1', kind: 'Event' },
    involvedObject: {
      apiVersion: 'kube-vrrp.io/v1alpha1',
      kind: 'VirtualIP',
      name: 'web',
      uid: 'uid-of-web',
    },
    ...{ type: 'Normal', reason: 'HolderChanged', action: 'Reconcile' },
    message: 'edge-1 holds the addresses.',
    ...{ count: 1, firstTimestamp: '2026-01-01T00:00:01Z', lastTimestamp: '2026-01-01T00:00:01Z' },
    ...{ reportingComponent: 'kube-vrrp.io/operator', reportingInstance: 'operator-0' },
    source: { component: 'kube-vrrp.io/operator' },
  });
  assert.deepEqual(outcomes, ['created']);
});

test('what happens again is counted in the same event, with few writes', async (context) => {
  const { api, clock, recorder, events } = recording(context);
  recorder.record(WEB, HAPPENING);
  await clock.advance(1_000);
  for (let second = 0; second < 100; second += 1) {
    recorder.record(WEB, HAPPENING);
    await clock.advance(1_000);
  }
  await clock.advance(30_000);
  assert.equal(events().length, 1);
  assert.equal(events()[0]?.count, 101);
  assert.equal(events()[0]?.lastTimestamp, '2026-01-01T00:02:01Z');
  assert.equal(api.writes.length, 5);
});

test('after a long time, with other words, or about another object it is another event', async (context) => {
  const { clock, recorder, events } = recording(context);
  recorder.record(WEB, HAPPENING);
  recorder.record(WEB, { ...HAPPENING, message: 'edge-2 holds the addresses.' });
  recorder.record(vip('dns'), HAPPENING);
  await clock.advance(600_000);
  recorder.record(WEB, HAPPENING);
  await settled();
  assert.equal(events().length, 4);
});

test('an event that the server has deleted meanwhile is made anew', async (context) => {
  const { api, clock, recorder, events, outcomes } = recording(context);
  recorder.record(WEB, HAPPENING);
  await clock.advance(60_000);
  const [first] = events();
  const { name = '', namespace = '' } = first?.metadata ?? {};
  api.remove(EVENTS, { name, namespace });
  recorder.record(WEB, HAPPENING);
  await settled();
  assert.equal(events()[0]?.count, 2);
  assert.deepEqual(outcomes, ['created', 'repeated']);
});

test('about one object there are not too many events, and others have theirs', async (context) => {
  const { clock, recorder, events, outcomes, log } = recording(context);
  for (let index = 0; index < 100; index += 1)
    recorder.record(WEB, { ...HAPPENING, message: `change ${String(index)}` });
  recorder.record(vip('dns'), HAPPENING);
  await settled();
  assert.equal(events().length, 26);
  assert.equal(outcomes.filter((outcome) => outcome === 'dropped').length, 75);
  assert.equal(log.lines.length, 1);
  await clock.advance(60_000);
  recorder.record(WEB, { ...HAPPENING, message: 'a minute later' });
  await settled();
  assert.equal(events().length, 27);
});

test('while the server is away what is recorded waits, bounded, and nobody is held up', async (context) => {
  const { api, clock, recorder, events, outcomes } = recording(context);
  api.goAway();
  for (let index = 0; index < 1_200; index += 1) recorder.record(vip(`vip-${String(index)}`), HAPPENING);
  await clock.advance(3_000);
  assert.equal(outcomes.filter((outcome) => outcome === 'dropped').length, 200);
  api.comeBack();
  await clock.advance(20_000);
  await settled();
  assert.ok(events().length > 990, String(events().length));
});

test('an event that is refused is given up, and the next one is sent', async (context) => {
  const { api, recorder, events, outcomes, log } = recording(context);
  api.failNext(new KubeApiError('events is forbidden', 403, 'Forbidden'));
  recorder.record(WEB, HAPPENING);
  recorder.record(vip('dns'), HAPPENING);
  await settled();
  assert.deepEqual(outcomes, ['failed', 'created']);
  assert.equal(events().length, 1);
  assert.equal(log.lines.length, 1);
});

test('what waits when the program stops is still sent, if the server answers', async (context) => {
  const { recorder, events, stop, running } = recording(context);
  recorder.record(WEB, HAPPENING);
  recorder.record(vip('dns'), HAPPENING);
  stop.abort();
  await running;
  assert.equal(events().length, 2);

  const hanging = recording(context);
  hanging.api.hold();
  hanging.recorder.record(WEB, HAPPENING);
  await settled();
  hanging.stop.abort();
  await hanging.clock.advance(2_000);
  await hanging.running;
});

test('a long message is cut to what the server takes, not within a character', () => {
  const at = { wallClock: 0, id: 'abc' };
  const { message } = eventObject(WEB, { ...HAPPENING, message: 'é'.repeat(600) }, REPORTER, at);
  assert.ok(Buffer.byteLength(message) <= 1_024);
  assert.match(message, /^é{500,}…$/);
  const long = eventObject(vip('x'.repeat(253)), HAPPENING, REPORTER, at);
  assert.equal(long.metadata?.name?.length, 253);
});
