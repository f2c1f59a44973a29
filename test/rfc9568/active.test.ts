import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Effect } from '../../src/node-agent/vrrp/effect.js';
import { deadlineOf } from '../../src/node-agent/vrrp/router.js';
import { ipAddress } from '../../src/values/ip-address.js';
import { fromSeconds, micros } from '../../src/values/time.js';
import {
  HIGHER,
  LOWER,
  OURS,
  activeRouter,
  advertTimes,
  backupRouter,
  kindsOf,
  ms,
  timesOf,
} from '../support/driven-router.js';
import { routerConfig } from '../support/router-config.js';

const CONFIG = routerConfig();
const advert = (priority: number): Effect => ({ kind: 'sendAdvert', priority });
const notices = (effects: readonly Effect[]): readonly string[] =>
  effects.flatMap((effect) => (effect.kind === 'notice' ? [effect.notice.code] : []));

describe('VRRP-030 §6.4.3 while Active', () => {
  test('the lease of the addresses is renewed together with adverts, as often as configured', () => {
    const router = activeRouter({ ...CONFIG, leaseRenewal: ms(3_000) });
    const since = router.now;
    const timeline = router.wait(ms(12_000));
    assert.deepEqual(timesOf(timeline, 'renewAddresses', since), [3_000, 6_000, 9_000, 12_000]);
  });

  test('a renewal that is due more often than adverts goes with each of them', () => {
    const router = activeRouter({ ...CONFIG, leaseRenewal: ms(300) });
    const since = router.now;
    assert.deepEqual(timesOf(router.wait(ms(3_000)), 'renewAddresses', since), [1_000, 2_000, 3_000]);
  });

  test('a renewal that is due soon after an advert goes with it, rather than late with the next one', () => {
    const router = activeRouter({ ...CONFIG, leaseRenewal: ms(1_300) });
    const since = router.now;
    assert.deepEqual(timesOf(router.wait(ms(3_000)), 'renewAddresses', since), [1_000, 2_000, 3_000]);
  });

  test('the addresses are never released', () => {
    const router = activeRouter(CONFIG);
    assert.deepEqual(timesOf(router.wait(ms(120_000)), 'releaseAddresses'), []);
    assert.equal(router.state.name, 'Active');
  });
});

describe('VRRP-031 §6.4.3 Shutdown', () => {
  test('one advert of priority 0 goes out before anything is taken down', () => {
    const router = activeRouter(CONFIG);
    assert.deepEqual(router.shutDown('removed'), [
      advert(0),
      { kind: 'releaseAddresses' },
      { kind: 'stateChanged', from: 'Active', to: 'Initialize', because: 'removed' },
    ]);
    assert.equal(deadlineOf(router.state), null);
    assert.deepEqual(router.wait(ms(60_000)), []);
  });

  test('the configuration is still whole, so that the advert carries the full list', () => {
    const router = activeRouter(CONFIG);
    router.shutDown();
    assert.deepEqual(router.state.config, CONFIG);
  });
});

describe('VRRP-031 a planned handover, where we answer until the successor is heard', () => {
  const planned = (): ReturnType<typeof activeRouter> => {
    const router = activeRouter(CONFIG);
    assert.deepEqual(kindsOf(router.shutDown('stopping', true)), ['sendAdvert', 'stateChanged']);
    return router;
  };

  test('the addresses are released a settling time after its first advert', () => {
    const router = planned();
    const since = router.now;
    router.wait(ms(600));
    assert.deepEqual(router.hear(HIGHER, { priority: 50 }), []);
    router.wait(ms(30));
    router.hear(HIGHER, { priority: 50 });
    assert.deepEqual(timesOf(router.wait(ms(60_000)), 'releaseAddresses', since), [650]);
  });

  test('one that was Active as well and yields to our last advert is no successor yet', () => {
    const released = (priority: number, after: number): readonly number[] => {
      const router = activeRouter(CONFIG);
      router.setPriority(101);
      const since = router.now;
      router.shutDown('trackingFailed', true);
      router.wait(ms(after));
      router.hear(LOWER, { priority });
      return timesOf(router.wait(ms(60_000)), 'releaseAddresses', since);
    };
    assert.deepEqual(released(50, 1), [1_100]);
    assert.deepEqual(released(101, 19), [1_100]);
    assert.deepEqual(released(100, 21), [71]);
    // A better one does not yield.
    assert.deepEqual(released(102, 1), [51]);
  });

  test('the same when a lower priority is configured', () => {
    const router = activeRouter(CONFIG);
    router.setPriority(200);
    const since = router.now;
    router.setPriority(50, true);
    router.wait(ms(1));
    router.hear(LOWER, { priority: 150 });
    router.wait(ms(400));
    router.hear(LOWER, { priority: 150 });
    assert.deepEqual(timesOf(router.wait(ms(1_000)), 'releaseAddresses', since), [451]);
  });

  test('where Skew_Time is short, half of it has to pass', () => {
    const router = activeRouter({ ...CONFIG, advertisementInterval: ms(10) });
    router.setPriority(255);
    const since = router.now;
    router.shutDown('stopping', true);
    // Skew_Time at 100: 6.1 ms.
    router.wait(ms(3));
    router.hear(LOWER, { priority: 100 });
    router.wait(ms(1));
    router.hear(LOWER, { priority: 100 });
    assert.deepEqual(timesOf(router.wait(ms(1_000)), 'releaseAddresses', since), [54]);
  });

  test('a resignation of another router is no successor', () => {
    const router = planned();
    const since = router.now;
    router.hear(HIGHER, { priority: 0 });
    assert.deepEqual(timesOf(router.wait(ms(60_000)), 'releaseAddresses', since), [1_100]);
  });

  test('without a successor they are released when the bound is reached', () => {
    const router = planned();
    const since = router.now;
    assert.deepEqual(timesOf(router.wait(ms(60_000)), 'releaseAddresses', since), [1_100]);
    assert.equal(deadlineOf(router.state), null);
  });

  test('a second Shutdown without patience releases them at once, and only then', () => {
    const router = planned();
    assert.deepEqual(router.shutDown('stopping', true), []);
    assert.deepEqual(kindsOf(router.shutDown('hostRefused', false)), ['releaseAddresses']);
    assert.deepEqual(router.shutDown('hostRefused', false), []);
  });

  test('no further advert is sent while answering', () => {
    const router = planned();
    assert.deepEqual(advertTimes(router.wait(ms(60_000))), []);
  });
});

describe('VRRP-032 §6.4.3 Adver_Timer', () => {
  test('fires each interval, counted from its last deadline', () => {
    const router = activeRouter(CONFIG);
    const since = router.now;
    assert.deepEqual(advertTimes(router.wait(ms(4_000)), since), [1_000, 2_000, 3_000, 4_000]);
  });

  test('does not drift when it is served late', () => {
    const router = activeRouter(CONFIG);
    const since = router.now;
    for (const late of [1_010, 2_400, 3_001]) {
      router.standStill(micros(since + late * 1_000 - router.now));
      assert.ok(kindsOf(router.handle({ kind: 'timerExpired' })).includes('sendAdvert'));
    }
    assert.deepEqual(advertTimes(router.wait(ms(1_500)), since), [4_000]);
  });

  test('skips the slots that were missed instead of making up for them', () => {
    const router = activeRouter(CONFIG);
    const since = router.now;
    router.standStill(ms(2_500));
    assert.equal(
      kindsOf(router.handle({ kind: 'timerExpired' })).filter((kind) => kind === 'sendAdvert').length,
      1,
    );
    assert.deepEqual(advertTimes(router.wait(ms(1_600)), since), [3_000, 4_000]);
  });

  test('served early, it does nothing', () => {
    const router = activeRouter(CONFIG);
    router.wait(ms(90));
    const before = router.state;
    assert.deepEqual(router.handle({ kind: 'timerExpired' }), []);
    assert.deepEqual(router.state, before);
  });
});

test('VRRP-033 §6.4.3 an advert of priority 0 is answered at once, and the next one follows an interval later', () => {
  const router = activeRouter(CONFIG);
  router.wait(ms(300));
  const since = router.now;
  assert.deepEqual(router.hear(LOWER, { priority: 0 })[0], advert(100));
  assert.equal(router.state.name, 'Active');
  assert.deepEqual(advertTimes(router.wait(ms(2_500)), since), [1_000, 2_000]);
});

describe('VRRP-034 §6.4.3 an advert of higher priority', () => {
  test('v3: ends being Active without a resignation; its interval is learned', () => {
    const router = activeRouter(CONFIG);
    const since = router.now;
    assert.deepEqual(router.hear(LOWER, { priority: 101, interval: ms(200) }), [
      advert(100),
      { kind: 'stateChanged', from: 'Active', to: 'Backup', because: 'higherPriority' },
    ]);
    assert.deepEqual(router.state.name === 'Backup' && router.state.active, { source: LOWER, priority: 101 });
    assert.deepEqual(timesOf(router.wait(ms(700)), 'releaseAddresses', since), [20]);
    assert.deepEqual(advertTimes(router.wait(ms(100)), since), [721.875]);
  });

  test('v2: the timer runs with our own interval', () => {
    const router = activeRouter({ ...CONFIG, version: 2 });
    const since = router.now;
    router.hear(LOWER, { priority: 101, interval: fromSeconds(7) });
    assert.deepEqual(advertTimes(router.wait(ms(4_000)), since), [3_609.375]);
  });

  test('the addresses are released at once if no settling time is wanted', () => {
    const handover = { bound: ms(1_100), settle: ms(50), displaced: micros(0) };
    const router = activeRouter({ ...CONFIG, handover });
    assert.deepEqual(kindsOf(router.hear(LOWER, { priority: 101 })), [
      'sendAdvert',
      'releaseAddresses',
      'stateChanged',
    ]);
  });

  test('with a virtual MAC, where two must never answer, they are released at once whatever the reason', () => {
    const left = { ...CONFIG, handover: null };
    assert.deepEqual(kindsOf(activeRouter(left).hear(LOWER, { priority: 101 })), [
      'releaseAddresses',
      'stateChanged',
    ]);
    assert.deepEqual(kindsOf(activeRouter(left).shutDown('stopping', true)), [
      'sendAdvert',
      'releaseAddresses',
      'stateChanged',
    ]);
    assert.deepEqual(kindsOf(activeRouter(left).setPriority(50, true)), [
      'sendAdvert',
      'releaseAddresses',
      'stateChanged',
    ]);
  });

  test('the last advert makes the better router announce again, and that is all', () => {
    const better = activeRouter(CONFIG);
    better.setPriority(101);
    better.handle({ kind: 'sourceSet', source: LOWER });
    better.wait(ms(20_300));
    const worse = activeRouter(CONFIG);
    const [last] = worse.hear(LOWER, { priority: 101 });
    assert.deepEqual(last, advert(100));
    const [answer, ...announced] = better.hear(OURS, { priority: 100 });
    assert.deepEqual(answer, advert(101));
    assert.ok(announced.some(({ kind }) => kind === 'announceAddresses'));
    assert.deepEqual(worse.hear(LOWER, { priority: 101 }), []);
  });

  test('the settling time is not prolonged by further adverts', () => {
    const router = activeRouter(CONFIG);
    const since = router.now;
    router.hear(LOWER, { priority: 101 });
    router.wait(ms(15));
    router.hear(LOWER, { priority: 101 });
    assert.deepEqual(timesOf(router.wait(ms(1_000)), 'releaseAddresses', since), [20]);
  });
});

describe('one that displaced us and resigns before we have let go', () => {
  /** Displaced, and 10 ms later the other one resigns: Skew_Time is 609.375 ms. */
  const left = (): ReturnType<typeof activeRouter> => {
    const router = activeRouter(CONFIG);
    router.hear(LOWER, { priority: 101 });
    router.wait(ms(10));
    router.hear(LOWER, { priority: 0 });
    return router;
  };

  test('may have told nobody: we go on answering until we take over again', () => {
    const router = left();
    const since = router.now;
    const timeline = router.wait(ms(5_000));
    assert.deepEqual(timesOf(timeline, 'releaseAddresses', since), []);
    assert.deepEqual(timesOf(timeline, 'holdAddresses', since), [609.375]);
    assert.equal(router.state.name, 'Active');
  });

  test('or another router does', () => {
    const router = left();
    const since = router.now;
    router.wait(ms(100));
    router.hear(HIGHER, { priority: 150 });
    assert.deepEqual(timesOf(router.wait(ms(1_000)), 'releaseAddresses', since), [120]);
  });
});

describe('VRRP-035 §6.4.3 an advert of equal priority from a greater address ends being Active', () => {
  const pairs: readonly (readonly [family: 'IPv4' | 'IPv6', ours: string, theirs: string])[] = [
    ['IPv4', '192.0.2.5', '192.0.2.6'],
    // Unsigned octets, compared as numbers and not as text.
    ['IPv4', '192.0.2.9', '192.0.2.10'],
    ['IPv4', '10.0.0.1', '192.0.2.1'],
    ['IPv4', '127.0.0.1', '128.0.0.0'],
    ['IPv6', 'fe80::2', 'fe80::10'],
    ['IPv6', 'fe80::ffff:ffff:ffff:ffff', 'fe80:1::'],
  ];
  for (const [family, ours, theirs] of pairs)
    test(`${theirs} is greater than ${ours}`, () => {
      const router = activeRouter({ ...CONFIG, family });
      router.handle({ kind: 'sourceSet', source: ipAddress(ours) });
      assert.deepEqual(kindsOf(router.hear(ipAddress(theirs), { priority: 100 })), [
        'sendAdvert',
        'stateChanged',
      ]);
      assert.equal(router.state.name, 'Backup');

      const winner = activeRouter({ ...CONFIG, family });
      winner.handle({ kind: 'sourceSet', source: ipAddress(theirs) });
      winner.hear(ipAddress(ours), { priority: 100 });
      assert.equal(winner.state.name, 'Active');
    });

  test('v3: its interval is learned', () => {
    const router = activeRouter(CONFIG);
    const since = router.now;
    router.hear(HIGHER, { priority: 100, interval: ms(200) });
    assert.deepEqual(advertTimes(router.wait(ms(1_000)), since), [721.875]);
  });
});

describe('VRRP-036 §6.4.3 an advert that loses is discarded and answered at once', () => {
  for (const [title, sender, priority] of [
    ['of lower priority', HIGHER, 99],
    ['of equal priority from a smaller address', LOWER, 100],
  ] as const)
    test(title, () => {
      const router = activeRouter(CONFIG);
      router.wait(ms(20_300));
      const since = router.now;
      const effects = router.hear(sender, { priority, interval: ms(50) });
      assert.deepEqual(effects[0], advert(100));
      assert.deepEqual(notices(effects), ['lowerPriorityActive']);
      assert.equal(router.state.name, 'Active');
      assert.deepEqual(advertTimes(router.wait(ms(2_500)), since), [1_000, 2_000]);
    });

  test('the answers are one each, so two routers cannot drive each other', () => {
    const router = activeRouter(CONFIG);
    for (let times = 0; times < 100; times++)
      assert.equal(
        advertTimes(router.hear(LOWER, { priority: 1 }).map((effect) => ({ at: router.now, effect }))).length,
        1,
      );
  });
});

describe('VRRP-037 §6.4.3 an advert from our own address', () => {
  for (const priority of [0, 50, 100])
    test(`of priority ${String(priority)} is reported, and nothing is sent`, () => {
      const router = activeRouter(CONFIG);
      router.wait(ms(300));
      const before = router.state;
      assert.deepEqual(router.hear(OURS, { priority }), [
        { kind: 'notice', notice: { code: 'ownAddressHeard', sender: OURS } },
      ]);
      assert.deepEqual(router.state, before);
    });
});

test('VRRP-038 §7.1 what was rejected cannot reach the timer: only an accepted advert is an event', () => {
  const router = activeRouter(CONFIG);
  const since = router.now;
  for (let slot = 0; slot < 30; slot++) {
    router.wait(ms(100));
    // What the engine does after a datagram without an advert in it: at most look at the timer.
    router.handle({ kind: 'timerExpired' });
  }
  assert.deepEqual(
    advertTimes(
      router.history.filter(({ at }) => at > since),
      since,
    ),
    [1_000, 2_000, 3_000],
  );
});

test('VRRP-039 §6.4.3 Preempt_Mode is not consulted: without preemption a higher priority displaces us too', () => {
  const router = activeRouter({ ...CONFIG, preemption: { mode: 'NoPreempt', delay: fromSeconds(60) } });
  router.hear(LOWER, { priority: 101 });
  assert.equal(router.state.name, 'Backup');
});

describe('VRRP-040 errata 8298: two owners are an error that is reported and settled by address', () => {
  const owner = (): ReturnType<typeof activeRouter> => activeRouter({ ...CONFIG, basePriority: 255 });

  test('the smaller address yields', () => {
    const router = owner();
    const effects = router.hear(HIGHER, { priority: 255 });
    assert.deepEqual(notices(effects), ['secondOwner']);
    assert.equal(router.state.name, 'Backup');
  });

  test('the greater address stays', () => {
    const router = owner();
    const effects = router.hear(LOWER, { priority: 255 });
    assert.deepEqual(notices(effects), ['secondOwner']);
    assert.equal(router.state.name, 'Active');
  });

  test('no other priority makes the owner yield', () => {
    const router = owner();
    router.hear(HIGHER, { priority: 254 });
    assert.equal(router.state.name, 'Active');
  });
});

describe('VRRP-041 our own priority changes', () => {
  test('is advertised at once; we stay until somebody better is heard', () => {
    const router = activeRouter(CONFIG);
    router.wait(ms(300));
    const since = router.now;
    assert.deepEqual(router.setPriority(50), [advert(50)]);
    assert.equal(router.state.name, 'Active');
    assert.deepEqual(advertTimes(router.wait(ms(1_500)), since), [1_000]);
    router.hear(LOWER, { priority: 60 });
    assert.equal(router.state.name, 'Backup');
  });

  test('to what it was: nothing happens', () => {
    assert.deepEqual(activeRouter(CONFIG).setPriority(100), []);
  });
});

describe('VRRP-041 our priority falls below that of a router that is known to be alive', () => {
  test('we resign, answer on, and release when it speaks', () => {
    const router = activeRouter(CONFIG);
    const since = router.now;
    assert.deepEqual(router.setPriority(50, true), [
      advert(0),
      { kind: 'stateChanged', from: 'Active', to: 'Backup', because: 'yielded' },
    ]);
    router.wait(ms(400));
    router.hear(HIGHER, { priority: 100 });
    assert.deepEqual(timesOf(router.wait(ms(2_000)), 'releaseAddresses', since), [450]);
    assert.equal(router.state.name, 'Backup');
  });

  test('if it does not speak we are back before the addresses were gone', () => {
    const router = activeRouter(CONFIG);
    const since = router.now;
    router.setPriority(50, true);
    const timeline = router.wait(ms(3_000));
    assert.deepEqual(timesOf(timeline, 'releaseAddresses'), []);
    // One interval, in which any successor speaks, and our Skew_Time.
    assert.deepEqual(timesOf(timeline, 'stateChanged', since), [1_804.688]);
    assert.equal(router.state.name, 'Active');
  });

  test('whoever stops it then waits no longer than for a router that resigns', () => {
    const slow = { ...CONFIG, advertisementInterval: fromSeconds(40) };
    const handover = { bound: fromSeconds(10), settle: ms(50), displaced: ms(20) };
    const router = activeRouter({ ...slow, handover });
    router.setPriority(50, true);
    router.wait(ms(3_000));
    const since = router.now;
    router.shutDown('stopping', true);
    assert.deepEqual(timesOf(router.wait(fromSeconds(80)), 'releaseAddresses', since), [10_000]);
  });

  test('a higher priority is advertised, whoever is alive', () => {
    const router = activeRouter(CONFIG);
    assert.deepEqual(router.setPriority(150, true), [advert(150)]);
  });
});

describe('VRRP-042 our own interval changes', () => {
  test('is advertised at once, then the new timer runs', () => {
    const router = activeRouter({
      ...CONFIG,
      announcement: { repeat: 1, delay: micros(0), refresh: micros(0) },
    });
    router.wait(ms(300));
    const since = router.now;
    assert.deepEqual(kindsOf(router.configure({ advertisementInterval: fromSeconds(5) })), [
      'sendAdvert',
      'holdAddresses',
    ]);
    assert.deepEqual(advertTimes(router.wait(ms(11_000)), since), [5_000, 10_000]);
  });

  test('another set of addresses is advertised, held and announced at once', () => {
    const router = activeRouter(CONFIG);
    const addresses = [...CONFIG.addresses, ipAddress('192.0.2.101')];
    assert.deepEqual(kindsOf(router.configure({ addresses })), [
      'sendAdvert',
      'holdAddresses',
      'announceAddresses',
    ]);
    assert.deepEqual(router.state.config.addresses, addresses);
  });

  test('a change of something else is not worth an advert', () => {
    const router = activeRouter(CONFIG);
    assert.deepEqual(router.configure({ preemption: { mode: 'NoPreempt', delay: micros(0) } }), []);
    assert.deepEqual(router.configure({}), []);
  });
});

test('VRRP-043 the link is lost: a resignation, in case it can still be sent, and the addresses are released', () => {
  for (const because of ['linkDown', 'interfaceMissing', 'noSourceAddress'] as const) {
    const router = activeRouter(CONFIG);
    assert.deepEqual(router.shutDown(because), [
      advert(0),
      { kind: 'releaseAddresses' },
      { kind: 'stateChanged', from: 'Active', to: 'Initialize', because },
    ]);
  }
});

test('VRRP-044 another source address is adopted, and decides the next tie', () => {
  const router = activeRouter(CONFIG);
  assert.deepEqual(router.handle({ kind: 'sourceSet', source: ipAddress('192.0.2.200') }), []);
  assert.equal(router.state.name, 'Active');
  assert.equal(router.state.source, '192.0.2.200');
  router.hear(HIGHER, { priority: 100 });
  assert.equal(router.state.name, 'Active');
  assert.deepEqual(notices(router.hear(ipAddress('192.0.2.200'), { priority: 100 })), ['ownAddressHeard']);
});

test('VRRP-045 an address removed by somebody else is held and announced again at once; we stay Active', () => {
  const router = activeRouter(CONFIG);
  router.wait(ms(20_000));
  const effects = router.handle({ kind: 'addressesLost', addresses: CONFIG.addresses });
  assert.deepEqual(kindsOf(effects), ['holdAddresses', 'announceAddresses']);
  assert.equal(router.state.name, 'Active');
});

describe('VRRP-046 this host stood still until another router may have taken over', () => {
  test('after three intervals we are Backup for one Skew_Time, and answer on if nobody else does', () => {
    const router = activeRouter(CONFIG);
    router.standStill(ms(3_000));
    const since = router.now;
    assert.deepEqual(router.handle({ kind: 'timerExpired' }), [
      { kind: 'stateChanged', from: 'Active', to: 'Backup', because: 'stalled' },
    ]);
    const timeline = router.wait(ms(700));
    assert.deepEqual(timesOf(timeline, 'releaseAddresses'), []);
    assert.deepEqual(advertTimes(timeline, since), [609.375]);
    assert.deepEqual(timeline[3]?.effect, {
      kind: 'stateChanged',
      from: 'Backup',
      to: 'Active',
      because: 'stalled',
    });
    // It may have been somebody else's address for a while.
    assert.deepEqual(timesOf(timeline, 'announceAddresses', since), [609.375]);
  });

  test('the first advert of anybody else releases the addresses', () => {
    for (const priority of [1, 100, 200]) {
      const router = activeRouter(CONFIG);
      router.standStill(ms(10_000));
      router.handle({ kind: 'timerExpired' });
      router.wait(ms(5));
      assert.deepEqual(kindsOf(router.hear(LOWER, { priority })), ['releaseAddresses']);
      assert.equal(router.state.name, 'Backup');
    }
  });

  test('an advert that is read before the timer is looked at meets a Backup too', () => {
    const router = activeRouter(CONFIG);
    router.standStill(ms(10_000));
    assert.deepEqual(router.hear(LOWER, { priority: 200 }), [
      { kind: 'stateChanged', from: 'Active', to: 'Backup', because: 'stalled' },
      { kind: 'releaseAddresses' },
    ]);
    assert.equal(deadlineOf(router.state), router.now + 3_609_375);
  });

  test('no advert is sent in the name of what we were, not even a resignation', () => {
    const router = activeRouter(CONFIG);
    router.standStill(ms(10_000));
    assert.deepEqual(kindsOf(router.shutDown('stopping')), [
      'stateChanged',
      'releaseAddresses',
      'stateChanged',
    ]);
  });

  test('less than three intervals are a late advert', () => {
    const router = activeRouter(CONFIG);
    router.standStill(micros(2_999_999));
    assert.deepEqual(router.handle({ kind: 'timerExpired' })[0], advert(100));
    assert.equal(router.state.name, 'Active');
  });
});

test('VRRP-047 an advert that could not be sent changes nothing: the next one is due an interval later', () => {
  // The core is not told; the shell counts. What it must not do is send sooner, later, or give up.
  const router = activeRouter(CONFIG);
  const since = router.now;
  assert.deepEqual(advertTimes(router.wait(ms(3_000)), since), [1_000, 2_000, 3_000]);
});

test('Startup of a router that is running means another source address, and nothing else', () => {
  for (const router of [activeRouter(CONFIG), backupRouter(CONFIG)]) {
    const before = router.state;
    assert.deepEqual(router.start(HIGHER), []);
    assert.deepEqual(router.state, { ...before, source: HIGHER });
  }
});
