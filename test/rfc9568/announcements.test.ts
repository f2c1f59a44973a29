import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RouterConfig } from '../../src/node-agent/vrrp/config.js';
import { virtualRouterMac } from '../../src/values/mac-address.js';
import { ipAddress } from '../../src/values/ip-address.js';
import { micros } from '../../src/values/time.js';
import {
  DrivenRouter,
  HIGHER,
  LOWER,
  OURS,
  activeRouter,
  kindsOf,
  ms,
  timesOf,
} from '../support/driven-router.js';
import { routerConfig } from '../support/router-config.js';

const CONFIG = routerConfig();
const ONCE = { repeat: 1, delay: micros(0), refresh: micros(0) };

/** When a router that becomes Active at 0 announces, in milliseconds. */
function announcements(announcement: RouterConfig['announcement'], forMs: number): readonly number[] {
  const router = new DrivenRouter(routerConfig({ basePriority: 255, announcement }));
  router.start(OURS);
  router.wait(ms(forMs));
  return timesOf(router.history, 'announceAddresses');
}

test('VRRP-060 §6.4 the IPv4 addresses are announced once when a router becomes Active', () => {
  assert.deepEqual(announcements(ONCE, 600_000), [0]);
});

test('VRRP-061 §6.4 the IPv6 addresses are announced once when a router becomes Active', () => {
  const router = new DrivenRouter(
    routerConfig({
      family: 'IPv6',
      basePriority: 255,
      announcement: ONCE,
      addresses: [ipAddress('fe80::5e00:233'), ipAddress('2001:db8::100')],
    }),
  );
  router.start(ipAddress('fe80::1'));
  router.wait(ms(600_000));
  assert.deepEqual(timesOf(router.history, 'announceAddresses'), [0]);
});

test('VRRP-060, VRRP-061 §7.3 the virtual MAC tells the family and the VRID', () => {
  assert.equal(virtualRouterMac(51, 'IPv4'), '00:00:5e:00:01:33');
  assert.equal(virtualRouterMac(255, 'IPv6'), '00:00:5e:00:02:ff');
});

describe('VRRP-062, VRRP-063 §8.1.2, §8.2.2 nothing is announced before the addresses are held', () => {
  /** Whether each announcement in the history comes while the addresses are held. */
  const inOrder = (router: DrivenRouter): boolean => {
    let held = false;
    return router.history.every(({ effect: { kind } }) => {
      if (kind === 'holdAddresses') held = true;
      if (kind === 'releaseAddresses') held = false;
      return kind !== 'announceAddresses' || held;
    });
  };

  test('when a router becomes Active by itself, as owner, and again after having been Backup', () => {
    const elected = activeRouter(CONFIG);
    elected.wait(ms(10_000));
    elected.hear(HIGHER, { priority: 200 });
    elected.wait(ms(10_000));
    assert.equal(elected.state.name, 'Active');
    assert.ok(inOrder(elected));
    const owner = new DrivenRouter(routerConfig({ basePriority: 255 }));
    owner.start(OURS);
    owner.wait(ms(10_000));
    assert.ok(inOrder(owner));
  });

  test('when the addresses change or were lost, they are held anew before they are announced', () => {
    const router = activeRouter(CONFIG);
    router.wait(ms(20_000));
    const changed = router.configure({ addresses: [ipAddress('192.0.2.101')] });
    assert.deepEqual(kindsOf(changed).slice(1), ['holdAddresses', 'announceAddresses']);
    router.wait(ms(20_000));
    const lost = router.handle({ kind: 'addressesLost', addresses: [ipAddress('192.0.2.101')] });
    assert.deepEqual(kindsOf(lost), ['holdAddresses', 'announceAddresses']);
  });
});

describe('VRRP-064 announcements are repeated', () => {
  test('in a burst of `repeat`, 100 ms apart', () => {
    assert.deepEqual(announcements({ ...ONCE, repeat: 5 }, 60_000), [0, 100, 200, 300, 400]);
  });

  test('in a second burst, `delay` after the first one began', () => {
    assert.deepEqual(
      announcements({ ...ONCE, repeat: 3, delay: ms(5_000) }, 60_000),
      [0, 100, 200, 5_000, 5_100, 5_200],
    );
  });

  test('then once each `refresh`', () => {
    assert.deepEqual(
      announcements({ repeat: 2, delay: ms(1_000), refresh: ms(10_000) }, 35_000),
      [0, 100, 1_000, 1_100, 11_100, 21_100, 31_100],
    );
    assert.deepEqual(announcements({ ...ONCE, refresh: ms(10_000) }, 25_000), [0, 10_000, 20_000]);
  });

  test('a delay shorter than a burst starts the second one right after the first', () => {
    assert.deepEqual(
      announcements({ ...ONCE, repeat: 3, delay: ms(150) }, 60_000),
      [0, 100, 200, 300, 400, 500],
    );
  });

  test('without delaying adverts', () => {
    const router = activeRouter(routerConfig({ advertisementInterval: ms(10) }));
    const since = router.now;
    const expected = Array.from({ length: 100 }, (_, index) => 10 * (index + 1));
    assert.deepEqual(timesOf(router.wait(ms(1_000)), 'sendAdvert', since), expected);
  });
});

describe('VRRP-065 announcements start over when another Active router was heard and lost', () => {
  test('with the whole schedule', () => {
    const router = activeRouter(
      routerConfig({ announcement: { repeat: 2, delay: ms(1_000), refresh: ms(0) } }),
    );
    router.wait(ms(20_000));
    const since = router.now;
    const effects = kindsOf(router.hear(LOWER, { priority: 50 }));
    assert.equal(effects[0], 'sendAdvert');
    assert.equal(effects.at(-1), 'announceAddresses');
    assert.deepEqual(timesOf(router.wait(ms(20_000)), 'announceAddresses', since), [100, 1_000, 1_100]);
  });

  test('sooner than its turn when it has taken over at the same time as we, and once more when it gives way', () => {
    /** When we announce, counted from the first time, if another router's first and last adverts come so long after that. */
    const announcedWith = (advertAfter: number): readonly number[] => {
      const router = new DrivenRouter(
        routerConfig({ basePriority: 255, announcement: { ...ONCE, repeat: 5 } }),
      );
      router.start(OURS);
      router.wait(ms(advertAfter));
      router.hear(LOWER, { priority: 50 });
      router.wait(ms(1));
      router.hear(LOWER, { priority: 50 });
      router.wait(ms(1_000));
      return timesOf(router.history, 'announceAddresses');
    };
    assert.deepEqual(announcedWith(4), [0, 15, 115, 215, 315]);
    assert.deepEqual(announcedWith(40), [0, 40, 55, 155, 255]);
    assert.deepEqual(announcedWith(99), [0, 100, 115, 215, 315]);
    // The last one of a burst is followed by another burst.
    assert.deepEqual(announcedWith(350), [0, 100, 200, 300, 350, 351, 451, 551, 651, 751]);
  });

  test('but not from the beginning with each advert of a burst of them', () => {
    const router = activeRouter(CONFIG);
    router.wait(ms(20_000));
    const since = router.now;
    for (let times = 0; times < 20; times++) {
      router.hear(LOWER, { priority: 50 });
      router.wait(ms(10));
    }
    const announced = timesOf(router.history, 'announceAddresses', since).filter((at) => at >= 0);
    assert.deepEqual(announced, [0, 15, 30, 130]);
  });
});

describe('VRRP-066 on leaving Active the announcements stop', () => {
  test('when displaced; the addresses are released after a settling time', () => {
    const router = activeRouter(CONFIG);
    router.wait(ms(50));
    const since = router.now;
    router.hear(HIGHER, { priority: 200 });
    const timeline = router.wait(ms(3_000));
    assert.deepEqual(timesOf(timeline, 'announceAddresses'), []);
    assert.deepEqual(timesOf(timeline, 'releaseAddresses', since), [20]);
  });

  test('when shut down, whether the addresses are kept for a successor or not', () => {
    for (const handover of [false, true]) {
      const router = activeRouter(CONFIG);
      router.wait(ms(50));
      const from = router.history.length;
      router.shutDown('stopping', handover);
      router.wait(ms(60_000));
      const kinds = kindsOf(router.history.slice(from).map(({ effect }) => effect));
      assert.ok(!kinds.includes('announceAddresses'));
      assert.equal(kinds.filter((kind) => kind === 'releaseAddresses').length, 1);
    }
  });
});
