import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { KubeInformer } from '../../../../src/platform/kube/informer.js';
import { KubeApiError, type KubeObject } from '../../../../src/platform/kube/ports.js';
import { VIRTUAL_ROUTERS } from '../../../../src/platform/kube/resources.js';
import { NO_OBSERVER } from '../../../../src/platform/observer.js';
import { FakeKubeApi } from '../../../support/fake-kube-api.js';
import { ManualClock, settled } from '../../../support/manual-clock.js';
import { RecordedLog } from '../../../support/recorded-log.js';

type Router = KubeObject & { readonly spec?: { readonly vrid: number }; readonly bulk?: string };

const router = (name: string, vrid = 1, labels = {}): Router => ({
  metadata: { name, labels },
  spec: { vrid },
});

/** A running informer, and all it told. */
function watching(
  context: TestContext,
  options: Partial<ConstructorParameters<typeof KubeInformer<Router>>[0]> = {},
) {
  const api = new FakeKubeApi();
  const clock = new ManualClock();
  const log = new RecordedLog();
  const restarts: string[] = [];
  let state = { synced: false, current: false, objects: 0 };
  const informer = new KubeInformer<Router>({
    ...{ api, clock, log, resource: VIRTUAL_ROUTERS, random: () => 0 },
    observer: {
      ...NO_OBSERVER,
      watchRestarted: (_, reason) => restarts.push(reason),
      informer: (_, now) => (state = now),
    },
    ...options,
  });
  const changes: string[] = [];
  informer.onChange(({ before, after }) =>
    changes.push(`${before?.metadata?.name ?? '-'} → ${after?.metadata?.name ?? '-'}`),
  );
  const stop = new AbortController();
  const run = (): Promise<void> => informer.run(stop.signal);
  context.after(() => stop.abort());
  return { api, clock, log, informer, changes, restarts, stop, run, state: () => state };
}

const names = (informer: KubeInformer<Router>) => informer.list().map(({ metadata }) => metadata?.name);

test('it lists, then follows every change, and selects as it is told to', async (context) => {
  const { api, informer, changes, run, state } = watching(context, { selection: { labelSelector: 'mine' } });
  api.put(VIRTUAL_ROUTERS, router('a', 1, { mine: '' }));
  api.put(VIRTUAL_ROUTERS, router('others'));
  assert.equal(informer.hasSynced, false);
  void run();
  await informer.synced;
  assert.equal(informer.hasSynced, true);
  api.put(VIRTUAL_ROUTERS, router('b', 1, { mine: '' }));
  api.put(VIRTUAL_ROUTERS, router('a', 2, { mine: '' }));
  api.remove(VIRTUAL_ROUTERS, { name: 'b' });
  await settled();
  assert.deepEqual(changes, ['- → a', '- → b', 'a → a', 'b → -']);
  assert.equal(informer.get('a')?.spec?.vrid, 2);
  assert.equal(informer.get('b'), undefined);
  assert.deepEqual(state(), { synced: true, current: true, objects: 1 });
  assert.equal(informer.staleSince, null);
});

test('a listener that comes late is told what is there', async (context) => {
  const { api, informer, run } = watching(context);
  api.put(VIRTUAL_ROUTERS, router('a'));
  void run();
  await informer.synced;
  const told: unknown[] = [];
  informer.onChange(({ before, after }) => told.push([before, after?.metadata?.name]));
  assert.deepEqual(told, [[undefined, 'a']]);
});

test('while the server is away it keeps what it knew, and tells afterwards what happened', async (context) => {
  const { api, clock, log, informer, changes, restarts, run, state } = watching(context);
  api.put(VIRTUAL_ROUTERS, router('stays'));
  api.put(VIRTUAL_ROUTERS, router('goes'));
  void run();
  await informer.synced;
  await clock.advance(5_000);
  changes.length = 0;

  const leftAt = clock.wallClock();
  api.goAway();
  api.remove(VIRTUAL_ROUTERS, { name: 'goes' });
  api.put(VIRTUAL_ROUTERS, router('new'));
  await clock.advance(600_000);
  assert.deepEqual(names(informer), ['goes', 'stays']);
  assert.equal(informer.hasSynced, true);
  assert.equal(informer.staleSince, leftAt);
  assert.equal(state().current, false);
  assert.match(informer.problem ?? '', /ECONNREFUSED/);
  assert.deepEqual(new Set(restarts), new Set(['unreachable']));
  // Every 5 s in the long run, and one line in the log, not a hundred.
  assert.ok(restarts.length > 100 && restarts.length < 140, String(restarts.length));
  assert.equal(log.lines.filter(({ level }) => level === 'warn').length, 1);

  api.comeBack();
  await clock.advance(5_000);
  assert.deepEqual(changes, ['goes → -', '- → new']);
  assert.equal(informer.staleSince, null);
  assert.equal(informer.problem, null);
  assert.equal(api.calls.filter(({ verb }) => verb === 'list').length, 1); // the watch went on where it was
});

test('when the server has forgotten the history, a list tells the difference', async (context) => {
  const { api, clock, informer, changes, restarts, run } = watching(context);
  for (const name of ['stays', 'goes', 'changes']) api.put(VIRTUAL_ROUTERS, router(name));
  void run();
  await informer.synced;
  await settled();
  changes.length = 0;
  api.pauseWatches();
  api.remove(VIRTUAL_ROUTERS, { name: 'goes' });
  api.put(VIRTUAL_ROUTERS, router('changes', 2));
  api.put(VIRTUAL_ROUTERS, router('new'));
  api.expire();
  api.resumeWatches();
  await clock.advance(1_000);
  assert.deepEqual(changes, ['goes → -', 'changes → changes', '- → new']);
  assert.deepEqual(restarts, ['expired']);
});

test('an object that was deleted and made anew while nobody looked is told as both', async (context) => {
  const { api, clock, informer, changes, run } = watching(context);
  api.put(VIRTUAL_ROUTERS, router('a'));
  void run();
  await informer.synced;
  await settled();
  changes.length = 0;
  api.pauseWatches();
  api.remove(VIRTUAL_ROUTERS, { name: 'a' });
  api.put(VIRTUAL_ROUTERS, router('a'));
  api.expire();
  api.resumeWatches();
  await clock.advance(1_000);
  assert.deepEqual(changes, ['a → -', '- → a']);
});

/** Milliseconds that it waits after each of so many watches that the server ends at once. */
async function waitsAfterShortWatches(
  { api, clock }: Pick<ReturnType<typeof watching>, 'api' | 'clock'>,
  count: number,
): Promise<readonly (number | null)[]> {
  const waits: (number | null)[] = [];
  for (let round = 0; round < count; round += 1) {
    api.endWatches();
    await settled();
    assert.equal(api.watching, 0);
    waits.push(clock.next);
    await clock.advance(clock.next ?? 0);
    assert.equal(api.watching, 1);
  }
  return waits;
}

test('a watch that the server ends after its time goes on at once; one that ends soon waits, longer each time', async (context) => {
  const watched = watching(context);
  const { api, clock, informer, restarts, run } = watched;
  void run();
  await informer.synced;
  await clock.advance(10_000);
  api.endWatches();
  await settled();
  assert.equal(api.watching, 1);
  assert.deepEqual(restarts, ['ended']);
  assert.deepEqual(await waitsAfterShortWatches(watched, 7), [500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
  await clock.advance(10_000);
  api.endWatches();
  await settled();
  assert.equal(api.watching, 1);
  assert.deepEqual(await waitsAfterShortWatches(watched, 1), [500]);
  assert.equal(api.calls.filter(({ verb }) => verb === 'list').length, 1);
});

test('one of many waits longer for a server that ends its watches soon, but not for one that was away', async (context) => {
  const watched = watching(context, { oneOfMany: true });
  const { api, clock, informer, run } = watched;
  void run();
  await informer.synced;
  await settled();
  const waits = await waitsAfterShortWatches(watched, 8);
  assert.deepEqual(waits.slice(3), [4_000, 8_000, 16_000, 30_000, 30_000]);
  api.goAway();
  await settled();
  assert.equal(clock.next, 500);
});

test('time without a watch is counted, also before that was noticed', async (context) => {
  const { api, clock, informer, run } = watching(context);
  void run();
  await informer.synced;
  await settled();
  await clock.advance(60_000);
  assert.equal(informer.isWatching, true);
  assert.equal(informer.unwatchedFor, 0);
  api.goAway();
  await settled();
  assert.equal(informer.isWatching, false);
  // The connection may have been dead for as long as it takes to notice that.
  assert.equal(informer.unwatchedFor, 15_000);
  await clock.advance(20_000);
  api.comeBack();
  await clock.advance(5_000);
  assert.equal(informer.isWatching, true);
  const { unwatchedFor } = informer;
  assert.ok(unwatchedFor >= 35_000 && unwatchedFor <= 40_000, String(unwatchedFor));
  await clock.advance(60_000);
  assert.equal(informer.unwatchedFor, unwatchedFor);
});

test('a watch that was silent for too long has told nothing since its last word', async (context) => {
  const { api, clock, informer, run } = watching(context);
  void run();
  await informer.synced;
  await settled();
  await clock.advance(60_000);
  api.bookmark();
  await settled();
  await clock.advance(150_000);
  api.endWatches(new KubeApiError('nothing came for 150 s', 0, 'Silent'));
  await settled();
  assert.equal(informer.unwatchedFor, 150_000);
  await clock.advance(1_000);
  assert.equal(informer.isWatching, true);
  assert.equal(api.calls.filter(({ verb }) => verb === 'list').length, 1);
});

test('a right that is missing is told with what to do, also right after an outage', async (context) => {
  const { api, clock, log, informer, run } = watching(context);
  void run();
  await informer.synced;
  await settled();
  const words = 'x is forbidden: User "a" cannot watch resource "virtualrouters" in API group "kube-vrrp.io"';
  api.goAway();
  await settled();
  api.failNext(new KubeApiError(words, 403, 'Forbidden'), { verb: 'watch' }, Infinity);
  api.comeBack();
  await clock.advance(60_000);
  const warnings = log.lines.filter(({ level }) => level === 'warn');
  assert.equal(warnings.length, 2);
  assert.match(JSON.stringify(warnings[1]), /let a watch virtualrouters\.kube-vrrp\.io/);
});

test('it waits as long as the server asks for', async (context) => {
  const { api, clock, informer, run, restarts } = watching(context);
  api.failNext(new KubeApiError('slow down', 429, 'TooManyRequests', 40), { verb: 'list' });
  void run();
  await clock.advance(39_000);
  assert.equal(informer.hasSynced, false);
  assert.deepEqual(restarts, ['refused']);
  await clock.advance(1_500);
  assert.equal(informer.hasSynced, true);
});

test('after something that cannot be read everything is listed again', async (context) => {
  const { api, clock, informer, restarts, run } = watching(context);
  api.failNext(new KubeApiError('no event', 0, 'Malformed'), { verb: 'watch' });
  void run();
  await informer.synced;
  await clock.advance(1_000);
  assert.deepEqual(restarts, ['malformed']);
  assert.equal(api.calls.filter(({ verb }) => verb === 'list').length, 2);
  assert.equal(api.watching, 1);
});

test('a bookmark moves the place from which the watch goes on', async (context) => {
  const { api, clock, informer, restarts, run } = watching(context);
  void run();
  await informer.synced;
  await settled();
  api.expire(); // forgets; the watch starts again from a list …
  await clock.advance(11_000);
  api.bookmark();
  api.endWatches();
  await settled();
  assert.deepEqual(restarts, ['expired', 'ended']);
  assert.equal(api.watching, 1);
});

test('a listener or a transform that throws is told and counted, and the others hear all the same', async (context) => {
  let failures = 0;
  const { api, informer, changes, log, run } = watching(context, {
    observer: { ...NO_OBSERVER, listenerFailed: () => (failures += 1) },
    transform: (object) => {
      if (object.metadata?.name === 'odd') throw new Error('a bug');
      return { ...object, bulk: 'gone' };
    },
  });
  informer.onChange(() => {
    throw new Error('another bug');
  });
  api.put(VIRTUAL_ROUTERS, { ...router('a'), bulk: 'much' });
  api.put(VIRTUAL_ROUTERS, { ...router('odd'), bulk: 'much' });
  void run();
  await informer.synced;
  assert.deepEqual(changes, ['- → a', '- → odd']);
  assert.equal(failures, 3);
  assert.equal(log.lines.filter(({ level }) => level === 'error').length, 3);
  assert.equal(informer.get('a')?.bulk, 'gone');
  assert.equal(informer.get('odd')?.bulk, 'much');
});

test('managedFields are not kept', async (context) => {
  const { api, informer, run } = watching(context);
  const { metadata, ...rest } = router('a');
  api.put(VIRTUAL_ROUTERS, {
    ...rest,
    metadata: { ...metadata, managedFields: [{ manager: 'x' }] },
  });
  void run();
  await informer.synced;
  assert.equal('managedFields' in (informer.get('a')?.metadata ?? {}), false);
});

test('only the first list is of the newest state, the others of none that is older than what is known', async (context) => {
  const asked: unknown[] = [];
  class Watched extends FakeKubeApi {
    override list: FakeKubeApi['list'] = (resource, selection) => {
      asked.push(selection.notOlderThan);
      return super.list(resource, selection);
    };
  }
  const api = new Watched();
  const { clock, informer, run } = watching(context, { api });
  void run();
  await informer.synced;
  await settled();
  api.put(VIRTUAL_ROUTERS, router('a'));
  await settled();
  const known = informer.get('a')?.metadata?.resourceVersion;
  api.expire();
  await clock.advance(1_000);
  assert.ok(known !== undefined);
  assert.deepEqual(asked, [undefined, known]);
});

test('it stops when it is told to, also while it waits', async (context) => {
  const { api, clock, informer, stop, run } = watching(context);
  const running = run();
  await informer.synced;
  await settled();
  stop.abort();
  await running;
  assert.equal(api.watching, 0);

  const other = watching(context, { api });
  api.goAway();
  const waiting = other.run();
  await settled();
  other.stop.abort();
  await waiting;
  assert.equal(other.clock.next, null);
  assert.equal(clock.next, null);
});
