import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { LeaderElection, leaderIdentity } from '../../../../src/platform/kube/leader-election.js';
import type { Lease } from '../../../../src/platform/kube/lease-record.js';
import { KubeApiError } from '../../../../src/platform/kube/ports.js';
import { LEASES } from '../../../../src/platform/kube/resources.js';
import { NO_OBSERVER } from '../../../../src/platform/observer.js';
import { FakeKubeApi } from '../../../support/fake-kube-api.js';
import { ManualClock, settled } from '../../../support/manual-clock.js';
import { RecordedLog } from '../../../support/recorded-log.js';

const LEASE = { name: 'kube-vrrp-operator', namespace: 'kube-vrrp' };

/** A process that wants to lead, and what becomes of it. */
function candidate(
  context: TestContext,
  { api, clock, identity }: Readonly<{ api: FakeKubeApi; clock: ManualClock; identity: string }>,
) {
  const stop = new AbortController();
  const log = new RecordedLog();
  const told: boolean[] = [];
  const election = new LeaderElection({
    ...{ api, clock, identity, log, lease: LEASE, random: () => 0 },
    timing: { leaseDuration: 15_000, renewDeadline: 10_000, retryPeriod: 2_000 },
    observer: { ...NO_OBSERVER, leading: (_, leading) => told.push(leading) },
  });
  let acting = false;
  let drained: () => void = () => undefined;
  const drain = new Promise<void>((resolve) => (drained = resolve));
  const self = { election, log, told, stop, drained, acting: () => acting, end: null as string | null };
  void election
    .run(stop.signal, async (leading) => {
      acting = true;
      await new Promise<void>((resolve) => leading.addEventListener('abort', () => resolve()));
      acting = false;
      await drain;
    })
    .then((end) => (self.end = end));
  context.after(() => {
    drained();
    stop.abort();
  });
  return self;
}

const lease = (api: FakeKubeApi) => api.peek<Lease>(LEASES, LEASE)?.spec;

test('the first one leads, renews the Lease and keeps the other waiting', async (context) => {
  const api = new FakeKubeApi();
  const clock = new ManualClock();
  const first = candidate(context, { api, clock, identity: 'first' });
  await settled();
  const second = candidate(context, { api, clock, identity: 'second' });
  await clock.advance(60_000);
  assert.equal(first.acting(), true);
  assert.equal(second.acting(), false);
  assert.equal(second.election.isLeading, false);
  assert.equal(second.election.holder, 'first');
  assert.deepEqual(lease(api), {
    holderIdentity: 'first',
    leaseDurationSeconds: 15,
    acquireTime: '2026-01-01T00:00:01.000000Z',
    renewTime: '2026-01-01T00:01:01.000000Z',
    leaseTransitions: 0,
  });
  assert.deepEqual(first.told, [false, true]);
  // A renewal is one request; whoever leads need not read first.
  const replaced = api.calls.filter(({ verb }) => verb === 'replace').length;
  assert.equal(replaced, 30);
});

test('whoever stops finishes its work first, and the other leads at once after that', async (context) => {
  const api = new FakeKubeApi();
  const clock = new ManualClock();
  const first = candidate(context, { api, clock, identity: 'first' });
  await settled();
  const second = candidate(context, { api, clock, identity: 'second' });
  await clock.advance(5_000);
  first.stop.abort();
  await clock.advance(20_000); // longer than the Lease: it is renewed meanwhile
  assert.equal(first.end, null);
  assert.equal(second.acting(), false);
  first.drained();
  await clock.advance(0); // the watch tells; nobody has to wait
  assert.equal(first.end, 'stopped');
  assert.equal(second.acting(), true);
  assert.equal(lease(api)?.leaseTransitions, 1);
  assert.deepEqual(first.told, [false, true, false]);
});

test('without a watch the other one leads within its next attempt after a release', async (context) => {
  const api = new FakeKubeApi();
  const clock = new ManualClock();
  const first = candidate(context, { api, clock, identity: 'first' });
  await settled();
  api.failNext(new KubeApiError('leases is forbidden', 403, 'Forbidden'), { verb: 'list' }, Infinity);
  const second = candidate(context, { api, clock, identity: 'second' });
  await clock.advance(4_500);
  first.stop.abort();
  first.drained();
  await clock.advance(1_999);
  assert.equal(second.acting(), true);
});

test('after a crash the other one leads when the Lease has not changed for its duration', async (context) => {
  const api = new FakeKubeApi();
  const clock = new ManualClock();
  // Its clock is wrong by years: that does not matter.
  api.put<Lease>(LEASES, {
    metadata: LEASE,
    spec: { holderIdentity: 'crashed', leaseDurationSeconds: 15, renewTime: '2001-01-01T00:00:00.000000Z' },
  });
  const other = candidate(context, { api, clock, identity: 'other' });
  await clock.advance(14_900);
  assert.equal(other.acting(), false);
  await clock.advance(200);
  assert.equal(other.acting(), true);
});

test('who cannot renew stops at the deadline, seconds before anybody else starts', async (context) => {
  const api = new FakeKubeApi();
  const clock = new ManualClock();
  const first = candidate(context, { api, clock, identity: 'first' });
  await settled();
  const second = candidate(context, { api, clock, identity: 'second' });
  await clock.advance(1_000);
  // The first one's writes are never answered; the second one reaches the server.
  api.hold({ verb: 'replace' });
  await clock.advance(8_900);
  assert.equal(first.acting(), true);
  await clock.advance(200);
  assert.equal(first.acting(), false);
  assert.equal(first.election.isLeading, false);
  assert.equal(first.end, 'lost');
  assert.equal(second.acting(), false);
  assert.deepEqual(first.told, [false, true, false]);
});

test('who cannot renew stops also when a timer fires a fraction of a millisecond early', async (context) => {
  const api = new FakeKubeApi();
  const clock = new ManualClock();
  const punctual = clock.after.bind(clock);
  context.mock.method(clock, 'after', (delay: number, callback: () => void) =>
    punctual(delay - 0.4, callback),
  );
  const first = candidate(context, { api, clock, identity: 'first' });
  await settled();
  api.goAway();
  await clock.advance(11_000);
  assert.equal(first.acting(), false);
  assert.equal(first.end, 'lost');
});

test('never do two act, whatever the server does to either', async (context) => {
  const api = new FakeKubeApi();
  const clock = new ManualClock();
  const processes = ['a', 'b', 'c'].map((identity) => candidate(context, { api, clock, identity }));
  let acted = 0;
  for (let step = 0; step < 400; step += 1) {
    if (step % 37 === 5) api.goAway();
    if (step % 37 === 5 + (step % 29)) api.comeBack();
    if (step % 23 === 0)
      api.failNext(new KubeApiError('etcd is slow', 500, 'InternalError'), { verb: 'replace' }, 4);
    await clock.advance(500);
    const acting = processes.filter((process) => process.acting());
    assert.ok(acting.length <= 1, `at step ${String(step)}`);
    acted += acting.length;
  }
  assert.ok(acted > 0);
});

test('a process that stood still does not take itself for the leader', async (context) => {
  const api = new FakeKubeApi();
  const clock = new ManualClock();
  const first = candidate(context, { api, clock, identity: 'first' });
  await settled();
  assert.equal(first.election.isLeading, true);
  const later = clock.now() + 11_000; // and no timer has fired
  context.mock.method(clock, 'now', () => later);
  assert.equal(first.election.isLeading, false);
});

test('a Lease that somebody else took is lost at the next renewal', async (context) => {
  const api = new FakeKubeApi();
  const clock = new ManualClock();
  const first = candidate(context, { api, clock, identity: 'first' });
  await settled();
  api.put<Lease>(LEASES, { metadata: LEASE, spec: { holderIdentity: 'thief', leaseDurationSeconds: 15 } });
  await clock.advance(2_000);
  assert.equal(first.acting(), false);
  assert.equal(first.end, 'lost');
  assert.equal(first.election.holder, 'thief');
  assert.equal(lease(api)?.holderIdentity, 'thief'); // and it is not given up in his name
});

test('a Lease that somebody deleted is made anew by the leader', async (context) => {
  const api = new FakeKubeApi();
  const clock = new ManualClock();
  const first = candidate(context, { api, clock, identity: 'first' });
  await settled();
  api.remove(LEASES, LEASE);
  await clock.advance(5_000);
  assert.equal(first.acting(), true);
  assert.equal(lease(api)?.holderIdentity, 'first');
});

test('of two that see a free Lease one gets it, and the other says nothing about it', async (context) => {
  const api = new FakeKubeApi();
  const clock = new ManualClock();
  const release = api.hold({ verb: 'create' });
  const both = ['a', 'b'].map((identity) => candidate(context, { api, clock, identity }));
  await settled();
  release();
  await clock.advance(5_000);
  assert.equal(both.filter((process) => process.acting()).length, 1);
  for (const { log } of both)
    assert.deepEqual(
      log.lines.filter(({ level }) => level === 'warn'),
      [],
    );
});

test('one that is stopped before it leads ends without a trace', async (context) => {
  const api = new FakeKubeApi();
  const clock = new ManualClock();
  const first = candidate(context, { api, clock, identity: 'first' });
  await settled();
  const second = candidate(context, { api, clock, identity: 'second' });
  await clock.advance(3_000);
  second.stop.abort();
  await settled();
  assert.equal(second.end, 'stopped');
  assert.equal(lease(api)?.holderIdentity, 'first');
  first.stop.abort();
  first.drained();
  await settled();
  assert.equal(api.watching, 0);
  assert.equal(clock.next, null);
});

test('a renewal that is still on its way does not keep the Lease from being released', async (context) => {
  const api = new FakeKubeApi();
  const clock = new ManualClock();
  const first = candidate(context, { api, clock, identity: 'first' });
  await settled();
  const answer = api.hold({ verb: 'replace' });
  await clock.advance(2_100); // a renewal has been sent
  first.stop.abort();
  first.drained();
  await settled();
  answer();
  await settled();
  assert.equal(first.end, 'stopped');
  assert.equal(lease(api)?.holderIdentity, '');
});

test('what leading fails with is told, and the Lease is free again', async () => {
  const api = new FakeKubeApi();
  const election = new LeaderElection({
    ...{ api, clock: new ManualClock(), identity: 'first', log: new RecordedLog(), lease: LEASE },
  });
  const { signal } = new AbortController();
  await assert.rejects(
    election.run(signal, () => Promise.reject(new Error('a bug'))),
    /a bug/,
  );
  assert.equal(lease(api)?.holderIdentity, '');
});

test('two runs of one pod are not the same', () => {
  assert.match(leaderIdentity('operator-0'), /^operator-0_[0-9a-f-]{36}$/);
  assert.notEqual(leaderIdentity('operator-0'), leaderIdentity('operator-0'));
});
