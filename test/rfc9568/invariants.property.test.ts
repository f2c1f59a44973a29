import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RouterConfig } from '../../src/node-agent/vrrp/config.js';
import type { Effect } from '../../src/node-agent/vrrp/effect.js';
import type { RouterEvent } from '../../src/node-agent/vrrp/event.js';
import { canHearLater, deadlineOf, initialState, transition } from '../../src/node-agent/vrrp/router.js';
import type { RouterState } from '../../src/node-agent/vrrp/state.js';
import { ipAddress } from '../../src/values/ip-address.js';
import {
  type Micros,
  after,
  fromCentiseconds,
  fromMillis,
  fromSeconds,
  micros,
} from '../../src/values/time.js';
import { HIGHER, LOWER, OURS } from '../support/driven-router.js';
import { routerConfig } from '../support/router-config.js';

/*
 * What holds whatever happens to a router, in whatever order, and however late its timer is served.
 */

/** As in JSON: with a prototype. */
const PLAIN = { noNullPrototype: true } as const;

const priority = fc.oneof(fc.constantFrom(1, 99, 100, 101, 254, 255), fc.integer({ min: 1, max: 255 }));
const duration = (max: number): fc.Arbitrary<Micros> => fc.integer({ min: 0, max }).map(fromMillis);
const sender = fc.constantFrom(LOWER, OURS, HIGHER);

const intervalOf = (version: 2 | 3): fc.Arbitrary<Micros> =>
  version === 2
    ? fc.constantFrom(1, 2, 255).map(fromSeconds)
    : fc.oneof(fc.constantFrom(1, 10, 100, 4095), fc.integer({ min: 1, max: 4095 })).map(fromCentiseconds);

const changeable = (version: 2 | 3): fc.Arbitrary<Partial<RouterConfig>> =>
  fc.record(
    {
      advertisementInterval: intervalOf(version),
      addresses: fc.constantFrom(
        [ipAddress('192.0.2.100')],
        [ipAddress('192.0.2.100'), ipAddress('192.0.2.101')],
      ),
      preemption: fc.record(
        { mode: fc.constantFrom('Preempt', 'NoPreempt'), delay: duration(10_000) },
        PLAIN,
      ),
      announcement: fc.record(
        {
          repeat: fc.integer({ min: 1, max: 5 }),
          delay: duration(6_000),
          refresh: duration(60_000),
        },
        PLAIN,
      ),
      leaseRenewal: fc.integer({ min: 250, max: 2_000 }).map(fromMillis),
      handover: fc.option(
        fc.record({ bound: duration(10_000), settle: duration(500), displaced: duration(50) }, PLAIN),
      ),
    },
    { requiredKeys: [], ...PLAIN },
  );

const configOf = (version: 2 | 3): fc.Arbitrary<RouterConfig> =>
  fc
    .tuple(changeable(version), priority)
    .map(([different, basePriority]) => routerConfig({ version, basePriority, ...different }));

const eventOf = (config: RouterConfig): fc.Arbitrary<RouterEvent> =>
  fc.oneof(
    { weight: 2, arbitrary: sender.map((source): RouterEvent => ({ kind: 'startup', source })) },
    { weight: 6, arbitrary: fc.constant<RouterEvent>({ kind: 'timerExpired' }) },
    {
      weight: 6,
      arbitrary: fc
        .tuple(sender, fc.oneof(fc.constant(0), priority), intervalOf(config.version))
        .map(([from, prio, interval]): RouterEvent => {
          const { version, vrid, addresses } = config;
          const advert = { version, vrid, priority: prio, interval, addresses };
          return { kind: 'advertReceived', sender: from, advert };
        }),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('stopping', 'linkDown'), fc.boolean())
        .map(([because, handover]): RouterEvent => ({ kind: 'shutdown', because, handover })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(priority, fc.boolean())
        .map(([value, yieldToPeer]): RouterEvent => ({ kind: 'prioritySet', priority: value, yieldToPeer })),
    },
    {
      weight: 1,
      arbitrary: changeable(config.version).map((different): RouterEvent => ({
        kind: 'configSet',
        config: { ...config, ...different },
      })),
    },
    { weight: 1, arbitrary: sender.map((source): RouterEvent => ({ kind: 'sourceSet', source })) },
    {
      weight: 1,
      arbitrary: fc.constant<RouterEvent>({ kind: 'addressesLost', addresses: config.addresses }),
    },
  );

/** How much time passes before an event: none, a little, up to the next deadline exactly, or far too much. */
const passing = fc.oneof(
  fc.constant<'deadline' | Micros>('deadline'),
  fc.integer({ min: 0, max: 5_000 }).map(micros),
  fc.integer({ min: 0, max: 5_000 }).map(fromMillis),
);

const stories = fc
  .constantFrom(2 as const, 3 as const)
  .chain(configOf)
  .chain((config) =>
    fc.record({
      config: fc.constant(config),
      happenings: fc.array(fc.tuple(passing, eventOf(config)), { maxLength: 60, size: 'max' }),
    }),
  );

type Moment = Readonly<{
  before: RouterState;
  event: RouterEvent;
  now: Micros;
  after: RouterState;
  effects: readonly Effect[];
}>;

/** Lets each story happen to a router and shows `look` every step of it. */
function always(look: (moment: Moment) => void): void {
  fc.assert(
    fc.property(stories, ({ config, happenings }) => {
      let state: RouterState = initialState(config);
      let now = micros(0);
      // A router that was never started does little.
      const started = { kind: 'startup', source: OURS } as const;
      for (const [time, event] of [[micros(0), started] as const, ...happenings]) {
        now = time === 'deadline' ? micros(Math.max(now, deadlineOf(state) ?? now)) : after(now, time);
        const { state: next, effects } = transition(state, event, now);
        look({ before: state, event, now, after: next, effects });
        state = next;
      }
    }),
    { numRuns: 400 },
  );
}

const has = (effects: readonly Effect[], kind: Effect['kind']): boolean =>
  effects.some((effect) => effect.kind === kind);

test('a state is plain data: written as JSON and read back it is the same, and goes on the same', () => {
  always(({ before, event, now, after: next, effects }) => {
    assert.deepEqual(JSON.parse(JSON.stringify(next)), next);
    const restored = JSON.parse(JSON.stringify(before)) as RouterState;
    assert.deepEqual(transition(restored, event, now), { state: next, effects });
  });
});

test('a transition leaves the old state and the event as they were', () => {
  always(({ before, event, now }) => {
    const written = JSON.stringify([before, event]);
    transition(before, event, now);
    assert.equal(JSON.stringify([before, event]), written);
  });
});

test('a deadline is a whole number of microseconds or none; an election always has one', () => {
  always(({ after: state }) => {
    const deadline = deadlineOf(state);
    assert.ok(deadline === null || Number.isSafeInteger(deadline));
    if (state.name !== 'Initialize') assert.notEqual(deadline, null);
    if (state.name === 'Active') {
      assert.ok(Number.isSafeInteger(state.adverAt));
      assert.ok(deadline !== null && deadline <= state.adverAt);
    }
  });
});

test('once the timer was served, the next deadline is in the future', () => {
  always(({ event, now, after: state }) => {
    if (event.kind === 'timerExpired') assert.ok((deadlineOf(state) ?? Infinity) > now);
  });
});

test('an Active router advertises within one interval', () => {
  always(({ now, after: state }) => {
    if (state.name === 'Active') assert.ok(state.adverAt - now <= state.config.advertisementInterval);
  });
});

test('only known effects are asked for', () => {
  const known: Readonly<Record<Effect['kind'], true>> = {
    sendAdvert: true,
    holdAddresses: true,
    renewAddresses: true,
    releaseAddresses: true,
    announceAddresses: true,
    stateChanged: true,
    notice: true,
  };
  always(({ effects }) => assert.ok(effects.every(({ kind }) => kind in known)));
});

test('the addresses are held while Active or answering, and at no other time', () => {
  let held = false;
  let previous: RouterState | null = null;
  always(({ before, after: state, effects }) => {
    if (before !== previous) held = false;
    for (const { kind } of effects) {
      if (kind === 'holdAddresses') held = true;
      if (kind === 'releaseAddresses') {
        assert.ok(held, 'what is released was held');
        held = false;
      }
      if (kind === 'renewAddresses' || kind === 'announceAddresses') assert.ok(held, kind);
    }
    assert.equal(held, state.name === 'Active' || state.answering !== null);
    previous = state;
  });
});

test('answering comes to an end', () => {
  let longest = 0;
  always(({ before, now, after: state }) => {
    if (before.source === null) longest = 0;
    const { handover, advertisementInterval } = state.config;
    longest = Math.max(longest, handover?.bound ?? 0, handover?.displaced ?? 0, 3 * advertisementInterval);
    const { answering } = state;
    if (answering !== null) assert.ok(answering.until - now <= longest);
  });
});

test('only an Active router holds, renews and announces', () => {
  always(({ after: state, effects }) => {
    if (state.name === 'Active') return;
    for (const kind of ['holdAddresses', 'renewAddresses', 'announceAddresses'] as const)
      assert.ok(!has(effects, kind), kind);
  });
});

test('adverts are sent by an Active router at its priority, a last one when displaced; priority 0 on ceasing to be Active, and only then', () => {
  always(({ before, event, after: state, effects }) => {
    for (const effect of effects) {
      if (effect.kind !== 'sendAdvert') continue;
      if (effect.priority === 0) {
        assert.equal(before.name, 'Active');
        assert.notEqual(state.name, 'Active');
        assert.ok(event.kind === 'shutdown' || event.kind === 'prioritySet');
      } else {
        const sender = state.name === 'Active' ? state : before;
        assert.equal(sender.name, 'Active');
        assert.equal(effect.priority, sender.priority);
        if (sender === before) assert.equal(event.kind, 'advertReceived');
      }
    }
  });
});

test('at most one advert is sent for one event', () => {
  always(({ effects }) => assert.ok(effects.filter(({ kind }) => kind === 'sendAdvert').length <= 1));
});

test('every change of the state is told, in a chain from the old one to the new one', () => {
  always(({ before, after: state, effects }) => {
    let name = before.name;
    for (const effect of effects) {
      if (effect.kind !== 'stateChanged') continue;
      assert.equal(effect.from, name);
      assert.notEqual(effect.to, name);
      name = effect.to;
    }
    assert.equal(name, state.name);
  });
});

test('becoming Active means: the advert, the addresses and the announcement; while another router still answers, the addresses before the advert', () => {
  always(({ before, after: state, effects }) => {
    if (before.name === 'Active' || state.name !== 'Active') return;
    const { because } = effects.find(({ kind }) => kind === 'stateChanged') as Extract<
      Effect,
      { kind: 'stateChanged' }
    >;
    const planned = because === 'resignation' || because === 'preemption';
    assert.deepEqual(
      effects.map(({ kind }) => kind),
      [
        ...(planned ? ['holdAddresses', 'sendAdvert'] : ['sendAdvert', 'holdAddresses']),
        ...['announceAddresses', 'stateChanged'],
      ],
    );
  });
});

test('the identity of a router, and what it was told last, stay as they are', () => {
  always(({ before, event, after: state }) => {
    assert.deepEqual(state.config, event.kind === 'configSet' ? event.config : before.config);
    assert.equal(state.priority, event.kind === 'prioritySet' ? event.priority : before.priority);
    const told = event.kind === 'startup' || event.kind === 'sourceSet';
    assert.equal(state.source, told ? event.source : before.source);
  });
});

void test('where adverts may be heard later, they ask for nothing and leave it at that', () => {
  always(({ before, event, after: next, effects }) => {
    if (!canHearLater(before) || event.kind !== 'advertReceived') return;
    assert.deepEqual(effects, []);
    assert.equal(next.name, before.name);
    assert.ok(canHearLater(next));
    // The deadline comes sooner by a resignation only.
    if (before.name !== 'Backup' || next.name !== 'Backup' || event.advert.priority === 0) return;
    if (before.takeover === 'activeDown' && event.advert.interval >= before.activeAdverInterval)
      assert.ok(next.activeDownAt >= before.activeDownAt);
  });
});
