import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Cast, RouterConfig } from '../../src/node-agent/vrrp/config.js';
import { activeDownInterval } from '../../src/node-agent/vrrp/timing.js';
import { ipAddress } from '../../src/values/ip-address.js';
import {
  type Micros,
  after,
  fromCentiseconds,
  fromMillis,
  fromSeconds,
  micros,
} from '../../src/values/time.js';
import { routerConfig } from '../support/router-config.js';
import { VirtualLan, hostAddress, seededRandom } from '../support/virtual-lan.js';

/*
 * Elections on a LAN that loses, delays, splits and stands still at random; the seed of each is in fast-check's report.
 */

/** Datagrams take up to 200 µs, as on a LAN. */
const LONGEST_DELAY = 200;

type Setting = Readonly<{
  seed: number;
  version: 2 | 3;
  family: 'IPv4' | 'IPv6';
  unicast: boolean;
  /** Of each router; VRRPv3 learns that of the Active one. */
  centiseconds: readonly number[];
  preempts: boolean;
  priorities: readonly number[];
}>;

const priority = fc.integer({ min: 1, max: 254 });

const settings = (hosts: Readonly<{ min: number; max: number }>, equals: boolean): fc.Arbitrary<Setting> =>
  fc
    .record({
      seed: fc.integer(),
      version: fc.constantFrom(2 as const, 3 as const),
      family: fc.constantFrom('IPv4' as const, 'IPv6' as const),
      unicast: fc.boolean(),
      centiseconds: fc.oneof(
        fc.constantFrom([1], [10], [100]),
        fc.array(fc.constantFrom(1, 5, 10, 100), { minLength: hosts.max, maxLength: hosts.max }),
      ),
      preempts: fc.boolean(),
      priorities: equals
        ? fc.array(priority, { minLength: hosts.min, maxLength: hosts.max })
        : fc.uniqueArray(priority, { minLength: hosts.min, maxLength: hosts.max }),
    })
    .map((setting) =>
      setting.version === 2 ? { ...setting, family: 'IPv4' as const, centiseconds: [100] } : setting,
    );

function configsOf(setting: Setting): readonly RouterConfig[] {
  const common = routerConfig({
    version: setting.version,
    family: setting.family,
    addresses: [ipAddress(setting.family === 'IPv4' ? '192.0.2.100' : 'fe80::100')],
    preemption: { mode: setting.preempts ? 'Preempt' : 'NoPreempt', delay: micros(0) },
  });
  const addresses = setting.priorities.map((_, index) => hostAddress(common, index));
  return setting.priorities.map((basePriority, index): RouterConfig => {
    const peers = addresses.filter((_, other) => other !== index);
    const cast: Cast = setting.unicast
      ? { mode: 'Unicast', peers, hopLimit: { min: 255, max: 255 } }
      : { mode: 'Multicast' };
    const advertisementInterval = fromCentiseconds(
      setting.centiseconds[index % setting.centiseconds.length] ?? 100,
    );
    const handover = {
      bound: after(advertisementInterval, fromMillis(100)),
      settle: fromMillis(50),
      displaced: fromMillis(20),
    };
    return { ...common, basePriority, cast, advertisementInterval, handover };
  });
}

function lanOf(setting: Setting): Readonly<{ lan: VirtualLan; random: () => number }> {
  const random = seededRandom(setting.seed);
  const delay = (): Micros => micros(1 + random() * (LONGEST_DELAY - 1));
  return { lan: new VirtualLan(configsOf(setting), { delay, lost: () => false }), random };
}

const pick = <T>(random: () => number, list: readonly T[]): T => {
  const picked = list[Math.floor(random() * list.length)];
  if (picked === undefined) throw new RangeError('nothing to pick from');
  return picked;
};

/** One thing that goes wrong, or right again. */
function trouble(lan: VirtualLan, random: () => number): void {
  const host = pick(random, lan.hosts);
  const pair = `${String(host.index)}>${String(pick(random, lan.hosts).index)}`;
  const happenings: readonly (() => void)[] = [
    () => lan.cut.add(pair),
    () => lan.cut.delete(pair),
    () => {
      for (const { index } of lan.hosts) lan.cut.add(`${String(host.index)}>${String(index)}`);
    },
    () => lan.cut.clear(),
    () => lan.crash(host),
    () => lan.start(host),
    () => lan.happen(host, { kind: 'shutdown', because: 'stopping', handover: random() < 0.5 }),
    () => lan.freeze(host),
    () => lan.thaw(host, random() < 0.5),
    () => (lan.weather = { ...lan.weather, lost: () => random() < 0.3 }),
    () => {
      const priority = 1 + Math.floor(random() * 254);
      lan.happen(host, { kind: 'prioritySet', priority, yieldToPeer: random() < 0.5 });
    },
    () => lan.happen(host, { kind: 'addressesLost', addresses: host.config.addresses }),
  ];
  pick(random, happenings)();
}

/** Everything works again, from now on. */
function heal(lan: VirtualLan, random: () => number): void {
  lan.cut.clear();
  lan.weather = { ...lan.weather, lost: () => false };
  for (const host of lan.hosts) {
    lan.thaw(host, random() < 0.5);
    if (host.state.name === 'Initialize') lan.start(host);
  }
}

/**
 * 3A + Skew_Time of the worst Backup, and one interval for those that both took over to hear of each other; of the longest
 * interval that any of them may have learned.
 */
function settled({ hosts }: VirtualLan): Micros {
  const config = hosts.reduce(
    (slowest, host) =>
      host.config.advertisementInterval > slowest.advertisementInterval ? host.config : slowest,
    routerConfig({ advertisementInterval: micros(0) }),
  );
  const { advertisementInterval } = config;
  return micros(
    activeDownInterval(config, 1, advertisementInterval) + advertisementInterval + 2 * LONGEST_DELAY,
  );
}

/** From now on, for a while, at any moment: one router is Active, and no other holds the addresses for long. */
function assertOneActive(lan: VirtualLan, setting: Setting): void {
  lan.run(settled(lan));
  const chosen = lan.active;
  assert.equal(chosen.length, 1, 'exactly one Active');
  lan.watch = () => assert.deepEqual(lan.active, chosen, 'and it stays the one');
  lan.run(fromSeconds(2));
  assert.deepEqual(lan.holders, chosen, 'which alone holds the addresses');
  const highest = Math.max(...lan.hosts.map(({ state }) => state.priority));
  if (setting.preempts) assert.equal(chosen[0]?.state.priority, highest, 'it has the highest priority');
}

test('two routers that start together agree on one', () => {
  fc.assert(
    fc.property(settings({ min: 2, max: 2 }, true), (setting) => {
      const { lan } = lanOf(setting);
      for (const host of lan.hosts) lan.start(host);
      assertOneActive(lan, setting);
      assert.ok(lan.hosts.every(({ rejected }) => rejected === 0));
    }),
    { numRuns: 100 },
  );
});

test('when the Active router dies, another one takes over within Active_Down_Interval', () => {
  fc.assert(
    fc.property(settings({ min: 2, max: 4 }, false), (setting) => {
      const { lan } = lanOf(setting);
      for (const host of lan.hosts) lan.start(host);
      assertOneActive(lan, setting);
      lan.watch = () => undefined;
      const [dead] = lan.active;
      assert.ok(dead !== undefined);
      lan.crash(dead);
      const best = Math.max(...lan.hosts.filter((host) => host !== dead).map(({ state }) => state.priority));
      const { advertisementInterval } = dead.config;
      lan.run(micros(activeDownInterval(dead.config, best, advertisementInterval) + 2 * LONGEST_DELAY));
      assert.deepEqual(
        lan.active.map(({ becameActive }) => becameActive.at(-1)),
        ['activeDown'],
      );
    }),
    { numRuns: 100 },
  );
});

for (const hosts of [2, 3])
  test(`whatever happened to ${String(hosts)} routers, once the LAN is whole one of them is Active within 4A and a Skew_Time`, () => {
    fc.assert(
      fc.property(settings({ min: hosts, max: hosts }, true), (setting) => {
        const { lan, random } = lanOf(setting);
        for (const host of lan.hosts) if (random() < 0.9) lan.start(host);
        for (let times = 0; times < 40; times++) {
          trouble(lan, random);
          lan.run(micros(random() * 3 * fromCentiseconds(Math.max(...setting.centiseconds))));
        }
        heal(lan, random);
        assertOneActive(lan, setting);
      }),
      { numRuns: 250 },
    );
  });

test('a planned move, a return and a yielding leave no moment in which nobody holds the addresses', () => {
  fc.assert(
    fc.property(settings({ min: 2, max: 4 }, false), (setting) => {
      const { lan, random } = lanOf(setting);
      for (const host of lan.hosts) lan.start(host);
      assertOneActive(lan, setting);
      lan.watch = () => assert.ok(lan.holders.length >= 1, 'somebody holds the addresses');
      const settle = after(settled(lan), fromSeconds(1));
      for (let times = 0; times < 4; times++) {
        const [holder] = lan.active;
        assert.ok(holder !== undefined);
        if (random() < 0.5) {
          lan.happen(holder, { kind: 'shutdown', because: 'stopping', handover: true });
          lan.run(settle);
          assert.equal(lan.active.length, 1);
          assert.notEqual(lan.active[0], holder);
          lan.start(holder);
        } else {
          const priority = 1 + Math.floor(random() * holder.state.priority);
          const others = lan.hosts.filter((other) => other !== holder);
          const yieldToPeer = others.some(({ state }) => state.priority > priority);
          lan.happen(holder, { kind: 'prioritySet', priority, yieldToPeer });
        }
        lan.run(settle);
        assert.equal(lan.active.length, 1);
      }
    }),
    { numRuns: 100 },
  );
});
