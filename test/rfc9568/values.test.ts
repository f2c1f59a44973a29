import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RouterConfig } from '../../src/node-agent/vrrp/config.js';
import { decodeMessage, encodeAdvert, ownAdvert } from '../../src/node-agent/vrrp/packet.js';
import { type Arrival, receiveAdvert } from '../../src/node-agent/vrrp/receive.js';
import { VRRP_GROUP } from '../../src/node-agent/vrrp/protocol-numbers.js';
import { transition } from '../../src/node-agent/vrrp/router.js';
import { fromCentiseconds, fromSeconds, micros } from '../../src/values/time.js';
import {
  DrivenRouter,
  HIGHER,
  LOWER,
  OURS,
  activeRouter,
  advertTimes,
  backupRouter,
  kindsOf,
  ms,
} from '../support/driven-router.js';
import { routerConfig } from '../support/router-config.js';

const CONFIG = routerConfig();

test('VRRP-050 §6.1 the owner preempts whatever its Preempt_Mode', () => {
  const config = routerConfig({
    basePriority: 255,
    preemption: { mode: 'NoPreempt', delay: fromSeconds(60) },
  });
  const router = backupRouter(config);
  router.hear(HIGHER, { priority: 255 });
  assert.equal(router.state.name, 'Backup');
  for (let second = 0; second < 4; second++) {
    router.hear(HIGHER, { priority: 254 });
    router.wait(ms(1_000));
  }
  assert.equal(router.state.name, 'Active');
});

test('VRRP-051 a router that does not own the addresses holds them like the owner, so it accepts packets to them', () => {
  const holding = (basePriority: number): boolean =>
    activeRouter(routerConfig({ basePriority })).history.some(
      ({ effect }) => effect.kind === 'holdAddresses',
    );
  assert.ok(holding(100));
  assert.ok(holding(255));
});

describe('VRRP-052 §5.2 ranges', () => {
  const say = (different: Partial<RouterConfig>): (() => number | null) => {
    const config = routerConfig(different);
    return () => {
      const message = encodeAdvert(ownAdvert(config, config.basePriority), config, OURS, VRRP_GROUP.IPv4);
      const decoded = decodeMessage(message, config.version, OURS, VRRP_GROUP.IPv4);
      return decoded.ok ? decoded.value.interval : null;
    };
  };

  test('v3: 1 to 4095 centiseconds, refused and not truncated beyond', () => {
    for (const centiseconds of [1, 100, 255, 256, 4095])
      assert.equal(say({ advertisementInterval: fromCentiseconds(centiseconds) })(), centiseconds * 10_000);
    for (const centiseconds of [0, 4096, 5120])
      assert.throws(say({ advertisementInterval: fromCentiseconds(centiseconds) }), RangeError);
  });

  test('v2: 1 to 255 seconds, refused and not truncated beyond', () => {
    for (const seconds of [1, 2, 255])
      assert.equal(say({ version: 2, advertisementInterval: fromSeconds(seconds) })(), seconds * 1_000_000);
    for (const seconds of [0, 256, 300])
      assert.throws(say({ version: 2, advertisementInterval: fromSeconds(seconds) }), RangeError);
  });

  test('every priority from 1 to 255 is sent and understood', () => {
    for (let priority = 1; priority <= 255; priority++) {
      const message = encodeAdvert(ownAdvert(CONFIG, priority), CONFIG, OURS, VRRP_GROUP.IPv4);
      const decoded = decodeMessage(message, 3, OURS, VRRP_GROUP.IPv4);
      assert.equal(decoded.ok && decoded.value.priority, priority);
    }
  });
});

test('VRRP-053 only differences of times count: the same history at another time of day has the same effects', () => {
  const history = (start: number): readonly unknown[] => {
    const router = new DrivenRouter(CONFIG, micros(start));
    router.start(OURS);
    router.wait(ms(5_000));
    router.hear(HIGHER, { priority: 200, interval: ms(300) });
    router.wait(ms(2_000));
    router.hear(LOWER, { priority: 10 });
    router.setPriority(20);
    router.wait(ms(2_000));
    router.shutDown('stopping', true);
    router.wait(ms(10_000));
    return router.history.map(({ at, effect }) => ({ at: at - start, effect }));
  };
  const expected = history(0);
  assert.ok(expected.length > 20);
  for (const start of [1, 86_400_000_000, 2 ** 50]) assert.deepEqual(history(start), expected);
});

describe('VRRP-054 one state machine for each interface, family and VRID, unicast apart from multicast', () => {
  const message = encodeAdvert(ownAdvert(CONFIG, 200), CONFIG, HIGHER, VRRP_GROUP.IPv4);
  const arrival: Arrival = {
    family: 'IPv4',
    vrid: 51,
    cast: 'Multicast',
    message,
    source: HIGHER,
    destination: VRRP_GROUP.IPv4,
    hopLimit: 255,
  };

  test('a router takes what is meant for it', () => {
    assert.equal(receiveAdvert(CONFIG, OURS, arrival).rejected, undefined);
  });

  test('and leaves what is meant for another', () => {
    const rejected = (different: Partial<RouterConfig>): unknown =>
      receiveAdvert(routerConfig(different), OURS, arrival).rejected;
    assert.equal(rejected({ vrid: 52 }), 'unknownVrid');
    assert.equal(rejected({ family: 'IPv6' }), 'wrongDestination');
    const hopLimit = { min: 255, max: 255 };
    assert.equal(rejected({ cast: { mode: 'Unicast', peers: [HIGHER], hopLimit } }), 'wrongDestination');
  });

  test('states share nothing: a transition makes a new one and leaves the old one as it was', () => {
    const router = activeRouter(CONFIG);
    const written = JSON.stringify(router.state);
    const old = router.state;
    const once = transition(old, { kind: 'timerExpired' }, micros(router.now + 1_000_000));
    const again = transition(old, { kind: 'timerExpired' }, micros(router.now + 1_000_000));
    assert.equal(JSON.stringify(old), written);
    assert.deepEqual(once, again);
  });
});

test('VRRP-055 §8.4 one version for each router: the other one is rejected', () => {
  const reject = (ours: 2 | 3, theirs: 2 | 3): unknown => {
    const sender = routerConfig({ version: theirs });
    const message = encodeAdvert(ownAdvert(sender, 200), sender, HIGHER, VRRP_GROUP.IPv4);
    const arrival: Arrival = {
      family: 'IPv4',
      vrid: 51,
      cast: 'Multicast',
      message,
      source: HIGHER,
      destination: VRRP_GROUP.IPv4,
      hopLimit: 255,
    };
    return receiveAdvert(routerConfig({ version: ours }), OURS, arrival).rejected;
  };
  assert.equal(reject(2, 3), 'versionDiffers');
  assert.equal(reject(3, 2), 'versionDiffers');
});

test('VRRP-056 the resignation is the first thing a Shutdown asks for, so many routers can all resign first', () => {
  for (const handover of [false, true])
    assert.equal(kindsOf(activeRouter(CONFIG).shutDown('stopping', handover))[0], 'sendAdvert');
});

test('VRRP-057 there is no leaving without a resignation, for an upgrade or anything else', () => {
  for (const because of ['stopping', 'removed', 'trackingFailed', 'hostRefused'] as const)
    for (const handover of [false, true]) {
      const router = activeRouter(CONFIG);
      const effects = router.shutDown(because, handover);
      assert.deepEqual(effects[0], { kind: 'sendAdvert', priority: 0 });
      assert.deepEqual(advertTimes(router.wait(ms(60_000))), []);
    }
});
