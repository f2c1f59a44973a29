import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RouterConfig } from '../../src/node-agent/vrrp/config.js';
import { openDatagram, receiveAdvert } from '../../src/node-agent/vrrp/receive.js';
import { deadlineOf } from '../../src/node-agent/vrrp/router.js';
import { fromSeconds, micros } from '../../src/values/time.js';
import {
  type DrivenRouter,
  HIGHER,
  LOWER,
  OURS,
  advertTimes,
  backupRouter,
  kindsOf,
  ms,
  timesOf,
} from '../support/driven-router.js';
import { octets } from '../support/hex.js';
import { routerConfig } from '../support/router-config.js';
import { DEFECTIVE } from '../unit/vrrp/vectors.js';
import { vrrpPacket } from '../support/vrrp-packet.js';

/** How long from now until the router takes over, in milliseconds. */
const downIn = (router: DrivenRouter): number =>
  ((deadlineOf(router.state) ?? Infinity) - router.now) / 1_000;

/** Backup of priority 100 in the middle of its wait. */
function waiting(different: Partial<RouterConfig> = {}): DrivenRouter {
  const router = backupRouter(routerConfig(different));
  router.wait(ms(1_000));
  return router;
}

test('VRRP-010 §6.4.2 a Backup never holds nor announces the addresses', () => {
  const router = backupRouter(routerConfig());
  for (let times = 0; times < 60; times++) {
    router.wait(ms(600));
    router.hear(HIGHER, { priority: times % 5 === 4 ? 0 : 200 });
    router.handle({ kind: 'addressesLost', addresses: router.state.config.addresses });
    router.handle({ kind: 'timerExpired' });
  }
  assert.equal(router.state.name, 'Backup');
  assert.deepEqual(kindsOf(router.history.map(({ effect }) => effect)), ['stateChanged']);
});

test('VRRP-011 §6.4.2 Shutdown of a Backup cancels its timer and says nothing', () => {
  for (const handover of [false, true]) {
    const router = waiting();
    assert.deepEqual(router.shutDown('stopping', handover), [
      { kind: 'stateChanged', from: 'Backup', to: 'Initialize', because: 'stopping' },
    ]);
    assert.equal(deadlineOf(router.state), null);
    assert.deepEqual(router.wait(ms(60_000)), []);
  }
});

describe('VRRP-012 §6.4.2 Active_Down_Timer fires', () => {
  test('the advert goes first, then the addresses are held, then they are announced', () => {
    const router = backupRouter(routerConfig());
    router.wait(micros(3_609_374));
    assert.equal(router.state.name, 'Backup');
    assert.deepEqual(
      router.wait(micros(1)).map(({ effect }) => effect),
      [
        { kind: 'sendAdvert', priority: 100 },
        { kind: 'holdAddresses' },
        { kind: 'announceAddresses' },
        { kind: 'stateChanged', from: 'Backup', to: 'Active', because: 'activeDown' },
      ],
    );
  });

  test('from then on our own interval counts, not that of the router before', () => {
    const router = backupRouter(routerConfig());
    router.hear(HIGHER, { priority: 200, interval: ms(200) });
    router.wait(ms(10_000));
    const [first = 0, second = 0, third = 0] = timesOf(router.history, 'sendAdvert');
    // 3 * 200 ms + 156/256 * 200 ms
    assert.equal(first, 721.875);
    assert.deepEqual([second - first, third - second], [1_000, 1_000]);
  });

  test('a timer that fires early does nothing', () => {
    const router = waiting();
    const before = router.state;
    assert.deepEqual(router.handle({ kind: 'timerExpired' }), []);
    assert.deepEqual(router.state, before);
  });
});

describe('VRRP-013 §6.4.2 an advert of priority 0', () => {
  test('leaves Skew_Time, of the interval learned before and not the one in it', () => {
    const router = waiting();
    router.hear(HIGHER, { priority: 200, interval: ms(200) });
    assert.deepEqual(router.hear(HIGHER, { priority: 0, interval: ms(1_000) }), []);
    assert.equal(downIn(router), 121.875);
    const [changed] = router.wait(ms(122)).slice(-1);
    assert.deepEqual(changed?.effect, {
      kind: 'stateChanged',
      from: 'Backup',
      to: 'Active',
      because: 'resignation',
    });
  });

  test('in v2 Skew_Time is in seconds', () => {
    const router = waiting({ version: 2, advertisementInterval: fromSeconds(10) });
    router.hear(HIGHER, { priority: 0 });
    assert.equal(downIn(router), 609.375);
  });

  test('repeated starts Skew_Time again', () => {
    const router = waiting();
    for (let times = 0; times < 20; times++) {
      router.hear(HIGHER, { priority: 0 });
      assert.equal(downIn(router), 609.375);
      assert.deepEqual(router.wait(ms(300)), []);
    }
    assert.equal(router.wait(ms(310)).length, 4);
  });

  test('counts even if the router does not preempt', () => {
    const router = waiting({ preemption: { mode: 'NoPreempt', delay: micros(0) } });
    router.hear(LOWER, { priority: 50 });
    router.hear(LOWER, { priority: 0 });
    assert.equal(downIn(router), 609.375);
  });
});

describe('VRRP-014 §6.4.2 an advert of higher priority', () => {
  test('v3: its interval is learned, Skew_Time and Active_Down_Interval follow', () => {
    const router = waiting();
    assert.deepEqual(router.hear(HIGHER, { priority: 101, interval: ms(200) }), []);
    assert.equal(downIn(router), 721.875);
    router.hear(HIGHER, { priority: 101, interval: ms(40_950) });
    assert.equal(downIn(router), 147_803.906);
  });

  test('v2: the timer starts again with our own interval, which is the same', () => {
    const router = waiting({ version: 2 });
    router.hear(HIGHER, { priority: 101, interval: fromSeconds(7) });
    assert.equal(downIn(router), 3_609.375);
  });

  test('its sender is known from then on', () => {
    const router = waiting();
    router.hear(HIGHER, { priority: 101 });
    assert.deepEqual(router.state.name === 'Backup' && router.state.active, {
      source: HIGHER,
      priority: 101,
    });
  });

  test('after a resignation it is back to waiting for the whole interval', () => {
    const router = waiting();
    router.hear(HIGHER, { priority: 0 });
    router.hear(LOWER, { priority: 200 });
    assert.equal(downIn(router), 3_609.375);
    const [changed] = router.wait(ms(3_610)).slice(-1);
    assert.equal(changed?.effect.kind === 'stateChanged' && changed.effect.because, 'activeDown');
  });
});

test('VRRP-015 §6.4.2 without preemption a lower priority counts like a higher one', () => {
  const router = waiting({ preemption: { mode: 'NoPreempt', delay: micros(0) } });
  router.hear(LOWER, { priority: 1, interval: ms(200) });
  assert.equal(downIn(router), 721.875);
});

describe('VRRP-016 §6.4.2 with preemption an advert of lower priority', () => {
  test('is discarded: the timer runs on and no interval is learned', () => {
    const router = waiting();
    assert.deepEqual(router.hear(HIGHER, { priority: 99, interval: ms(200) }), []);
    assert.equal(downIn(router), 2_609.375);
    router.hear(HIGHER, { priority: 0 });
    assert.equal(downIn(router), 609.375);
  });

  test('does not make us take over before the timer fires, which is then a preemption', () => {
    const router = waiting();
    const timeline = Array.from({ length: 4 }, () => {
      router.hear(HIGHER, { priority: 99 });
      return router.wait(ms(1_000));
    }).flat();
    assert.deepEqual(timesOf(timeline, 'stateChanged'), [3_609.375]);
    const changed = timeline.map(({ effect }) => effect).find(({ kind }) => kind === 'stateChanged');
    assert.deepEqual(changed, { kind: 'stateChanged', from: 'Backup', to: 'Active', because: 'preemption' });
  });
});

test('VRRP-017 §6.4.2 an equal priority counts, from a lower as from a higher address', () => {
  for (const sender of [LOWER, HIGHER]) {
    const router = waiting();
    router.hear(sender, { priority: 100 });
    assert.equal(downIn(router), 3_609.375);
    assert.equal(router.state.name, 'Backup');
  }
});

describe('VRRP-018 §7.1 an advert that fails a check does not reach the state machine', () => {
  for (const { name, message, source, destination, config, verdict } of DEFECTIVE) {
    if (typeof verdict !== 'string') continue;
    test(name, () => {
      const bytes = octets(message);
      const arrival =
        config.family === 'IPv6'
          ? openDatagram({ bytes, family: 'IPv6', source, destination, hopLimit: 255 })
          : openDatagram({
              bytes: vrrpPacket(bytes, source, destination),
              family: 'IPv4',
              source: null,
              destination: null,
              hopLimit: null,
            });
      assert.ok(arrival.rejected === undefined);
      const judged = receiveAdvert(routerConfig(config), OURS, arrival);
      assert.ok(!('accepted' in judged), 'there is no advert to make an event of');
    });
  }
});

describe('VRRP-019 §6.1 our own priority changes', () => {
  test('the running deadline moves by the difference of the skew times', () => {
    const router = waiting();
    assert.deepEqual(router.setPriority(200), []);
    assert.equal(downIn(router), 2_609.375 - 390.625);
    router.setPriority(100);
    assert.equal(downIn(router), 2_609.375);
  });

  test('by skew times of the learned interval', () => {
    const router = waiting();
    router.hear(HIGHER, { priority: 254, interval: ms(256) });
    router.setPriority(200);
    assert.equal(downIn(router), 768 + 56);
  });

  test('from then on it decides about adverts', () => {
    const router = waiting();
    router.setPriority(200);
    router.hear(HIGHER, { priority: 150 });
    assert.ok(downIn(router) < 2_609.375);
    router.hear(HIGHER, { priority: 200 });
    assert.equal(downIn(router), 3_218.75);
  });
});

describe('VRRP-020 our own interval changes', () => {
  test('v3: to no effect once an interval was learned', () => {
    const router = waiting();
    router.hear(HIGHER, { priority: 200, interval: ms(200) });
    assert.deepEqual(router.configure({ advertisementInterval: ms(5_000) }), []);
    assert.equal(downIn(router), 721.875);
    assert.deepEqual(advertTimes(router.wait(ms(11_000)), ms(1_000)), [721.875, 5_721.875, 10_721.875]);
  });

  test('v3: at once while nobody was heard', () => {
    const router = waiting();
    router.configure({ advertisementInterval: ms(2_000) });
    assert.equal(downIn(router), 2 * 3_609.375 - 1_000);
    router.hear(HIGHER, { priority: 0 });
    assert.equal(downIn(router), 2 * 609.375);
  });

  test('v2: at once, and the timer starts again', () => {
    const router = waiting({ version: 2 });
    router.hear(HIGHER, { priority: 200 });
    router.wait(ms(500));
    router.configure({ advertisementInterval: fromSeconds(2) });
    assert.equal(downIn(router), 6_609.375);
  });

  test('another change of the configuration leaves the timer alone', () => {
    for (const version of [2, 3] as const) {
      const router = waiting({ version });
      router.configure({ announcement: { repeat: 1, delay: micros(0), refresh: micros(0) } });
      assert.equal(downIn(router), 2_609.375);
    }
  });
});

test('VRRP-021 the interface or its address is lost: the timer stops, the reason is told', () => {
  for (const because of ['linkDown', 'interfaceMissing', 'noSourceAddress', 'trackingFailed'] as const) {
    const router = waiting();
    assert.deepEqual(router.shutDown(because), [
      { kind: 'stateChanged', from: 'Backup', to: 'Initialize', because },
    ]);
    assert.equal(deadlineOf(router.state), null);
  }
});

test('VRRP-022 an owner that lost a tie waits as any Backup and comes back after Active_Down_Interval', () => {
  const router = owner();
  router.hear(HIGHER, { priority: 255 });
  assert.equal(router.state.name, 'Backup');
  router.hear(HIGHER, { priority: 255 });
  assert.equal(router.state.name, 'Backup');
  // 3 s + 1/256 s, in whole microseconds.
  assert.deepEqual(advertTimes(router.wait(ms(3_500))), [3_003.906]);
  assert.equal(router.state.name, 'Active');
});

function owner(): DrivenRouter {
  return backupRouter(routerConfig({ basePriority: 255 }));
}

describe('VRRP-050 a preemption delay, which is not in the RFC, works as in keepalived', () => {
  const delayed = { preemption: { mode: 'Preempt', delay: fromSeconds(5) } } as const;

  /** Hears `priority` each second, `times` times. */
  const hearing = (router: DrivenRouter, priority: number, times: number): void => {
    for (let second = 0; second < times; second++) {
      router.hear(HIGHER, { priority });
      router.wait(ms(1_000));
    }
  };

  test('while it runs, from the first lower advert on, those count; then the timer runs out', () => {
    const router = waiting(delayed);
    hearing(router, 50, 12);
    // The first is heard at 1 s, so the delay ends at 6 s; the last one to count comes at 5 s.
    assert.deepEqual(timesOf(router.history, 'sendAdvert').slice(0, 1), [5_000 + 3_609.375]);
  });

  test('an advert as good as ours ends the waiting', () => {
    const router = waiting(delayed);
    hearing(router, 50, 4);
    hearing(router, 200, 1);
    hearing(router, 50, 4);
    assert.equal(router.state.name, 'Backup');
    hearing(router, 50, 8);
    assert.deepEqual(timesOf(router.history, 'sendAdvert').slice(0, 1), [10_000 + 3_609.375]);
  });

  test('a delay that is configured anew counts at once, from the next lower advert on', () => {
    const router = waiting({ preemption: { mode: 'Preempt', delay: fromSeconds(600) } });
    hearing(router, 50, 4);
    router.configure({ preemption: { mode: 'Preempt', delay: fromSeconds(0) } });
    hearing(router, 50, 8);
    assert.equal(router.state.name, 'Active');
  });

  test('a change of anything else does not prolong it', () => {
    const router = waiting(delayed);
    hearing(router, 50, 4);
    router.configure({ preemption: { ...delayed.preemption } });
    hearing(router, 50, 8);
    assert.deepEqual(timesOf(router.history, 'sendAdvert').slice(0, 1), [5_000 + 3_609.375]);
  });

  test('the owner does not wait', () => {
    const router = waiting({ ...delayed, basePriority: 255 });
    router.hear(HIGHER, { priority: 255 });
    const before = downIn(router);
    router.hear(HIGHER, { priority: 50 });
    assert.equal(downIn(router), before);
  });
});
