import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deadlineOf, initialState } from '../../src/node-agent/vrrp/router.js';
import { fromCentiseconds, fromSeconds, micros } from '../../src/values/time.js';
import { DrivenRouter, HIGHER, OURS, advertTimes, backupRouter, ms } from '../support/driven-router.js';
import { routerConfig } from '../support/router-config.js';

test('VRRP-001 §6.4.1 the address owner advertises, holds, announces and is Active at startup', () => {
  for (const version of [2, 3] as const) {
    const router = new DrivenRouter(routerConfig({ version, basePriority: 255 }), ms(5_000));
    assert.deepEqual(router.start(OURS), [
      { kind: 'sendAdvert', priority: 255 },
      { kind: 'holdAddresses' },
      { kind: 'announceAddresses' },
      { kind: 'stateChanged', from: 'Initialize', to: 'Active', because: 'owner' },
    ]);
    assert.equal(router.state.name, 'Active');
    assert.deepEqual(advertTimes(router.wait(ms(2_500)), ms(5_000)), [1_000, 2_000]);
  }
});

describe('VRRP-002 §6.4.1 any other router waits as Backup for Active_Down_Interval, without a word', () => {
  test('it sends nothing and holds nothing', () => {
    const router = new DrivenRouter(routerConfig());
    assert.deepEqual(router.start(OURS), [
      { kind: 'stateChanged', from: 'Initialize', to: 'Backup', because: 'startup' },
    ]);
    assert.deepEqual(router.wait(ms(3_609)), []);
  });

  // Priority, then Active_Down_Interval in microseconds: v2 at 1 s, v3 at 100 cs, 10 cs and 1 cs.
  const intervals: readonly (readonly [number, number, number, number, number])[] = [
    [254, 3_007_813, 3_007_813, 300_781, 30_078],
    [200, 3_218_750, 3_218_750, 321_875, 32_188],
    [150, 3_414_063, 3_414_063, 341_406, 34_141],
    [100, 3_609_375, 3_609_375, 360_938, 36_094],
    [1, 3_996_094, 3_996_094, 399_609, 39_961],
  ];
  for (const [priority, v2, v3, v3tenth, v3hundredth] of intervals)
    test(`priority ${String(priority)}`, () => {
      const down = (version: 2 | 3, centiseconds: number): number | null =>
        deadlineOf(
          backupRouter(
            routerConfig({
              version,
              basePriority: priority,
              advertisementInterval: fromCentiseconds(centiseconds),
            }),
          ).state,
        );
      assert.equal(down(2, 100), v2);
      assert.equal(down(3, 100), v3);
      assert.equal(down(3, 10), v3tenth);
      assert.equal(down(3, 1), v3hundredth);
    });

  test('in v2 Skew_Time is in seconds, whatever the interval', () => {
    const router = backupRouter(routerConfig({ version: 2, advertisementInterval: fromSeconds(10) }));
    assert.equal(deadlineOf(router.state), 30_609_375);
  });
});

test('VRRP-003 §6.4.1 adverts are ignored: no timer, no state, nothing learned', () => {
  const router = new DrivenRouter(routerConfig());
  const before = router.state;
  for (const priority of [0, 1, 100, 255])
    assert.deepEqual(router.hear(HIGHER, { priority, interval: ms(200) }), []);
  assert.deepEqual(router.state, before);
  assert.equal(deadlineOf(router.state), null);
  router.start(OURS);
  assert.equal(deadlineOf(router.state), 3_609_375);
});

test('VRRP-004 §6.4.1 Shutdown does nothing, however often', () => {
  const router = new DrivenRouter(routerConfig());
  const before = router.state;
  for (const handover of [false, true])
    for (const because of ['stopping', 'removed', 'linkDown'] as const)
      assert.deepEqual(router.shutDown(because, handover), []);
  assert.deepEqual(router.state, before);
});

describe('VRRP-005 a router whose interface cannot be used stays in Initialize', () => {
  test('nothing that happens but Startup makes it leave', () => {
    const router = new DrivenRouter(routerConfig());
    router.shutDown('interfaceMissing');
    router.setPriority(50);
    router.configure({ advertisementInterval: ms(200) });
    router.handle({ kind: 'timerExpired' });
    router.handle({ kind: 'addressesLost', addresses: [] });
    router.handle({ kind: 'sourceSet', source: OURS });
    assert.equal(router.state.name, 'Initialize');
    assert.deepEqual(router.wait(ms(60_000)), []);
    assert.deepEqual(router.history, []);
  });

  test('Startup, when the interface is back, begins anew with what was configured meanwhile', () => {
    const router = backupRouter(routerConfig());
    router.hear(HIGHER, { priority: 200, interval: ms(200) });
    router.shutDown('noSourceAddress');
    router.setPriority(156);
    router.wait(ms(10_000));
    router.start(OURS);
    assert.equal(router.state.name, 'Backup');
    // 3 s + 100/256 s: our own interval again, not the one that was learned.
    assert.equal(deadlineOf(router.state), router.now + 3_390_625);
  });

  test('its priority and source at Startup count', () => {
    const router = new DrivenRouter(routerConfig());
    router.setPriority(255);
    router.start(OURS);
    assert.equal(router.state.name, 'Active');
    assert.equal(router.state.source, OURS);
  });
});

test('VRRP-006 a router starts without addresses and holds none before it is Active', () => {
  const router = new DrivenRouter(routerConfig());
  assert.equal(initialState(routerConfig()).answering, null);
  router.start(OURS);
  router.wait(micros(3_609_374));
  assert.ok(!router.history.some(({ effect }) => effect.kind === 'holdAddresses'));
});
