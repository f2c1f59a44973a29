import { type Micros, fromCentiseconds, fromMillis, fromSeconds, micros } from '../src/values/time.js';
import type { AddressFamily } from '../src/values/ip-address.js';
import { addressesFor } from './addresses.js';
import { incidentsOf } from './incidents.js';
import { boundsOf } from './properties/bounds.js';
import { Dice, chance } from './random.js';
import type { Climate, Incident, RouterPlan, Schedule, Settings } from './schedule.js';

/** How many worlds read their adverts as hosts with hundreds of routers do. */
const UNHURRIED = 0.3;
/** Apart from what the other draws of the seed are for. */
const READING = 3;

/**
 * The schedule of a seed: always the same one. `slow`: with the longest intervals only, so that as many events are many more hours of
 * protocol.
 */
export function generate(seed: number, slow = false): Schedule {
  const dice = new Dice(seed);
  const hosts = dice.weighted([
    [4, 2],
    [4, 3],
    [2, 4],
    [1, 5],
  ]);
  const anyUnit = dice.weighted<Micros>([
    [1, fromCentiseconds(1)],
    [2, fromCentiseconds(10)],
    [5, fromSeconds(1)],
    [1, fromCentiseconds(4_095)],
    [1, LONGEST_V2],
  ]);
  const unit = slow ? dice.pick([LONGEST_V2, LONGEST_V3]) : anyUnit;
  const count = dice.weighted([
    [5, 1],
    [1, 2],
  ]);
  const routers = Array.from({ length: count }, (_, router) => plan(dice, router, hosts, unit));
  const climate = climateOf(dice, routers);
  const longest = Math.max(...routers.flatMap(({ settings }) => settings.map(({ interval }) => interval)));
  const troubled = micros(longest * dice.whole(4, 30));
  const incidents = incidentsOf(dice, { hosts, routers, climate, longest: micros(longest) }, troubled);
  const starts = Array.from({ length: hosts }, (_, host): Incident => {
    const at = dice.happens(0.7) ? micros(0) : micros(dice.fraction() * 4 * longest);
    return { at, kind: 'start', host };
  });
  const absent = dice.happens(0.2) ? [dice.whole(0, hosts - 1)] : [];
  const before: Schedule = {
    seed,
    sameClocks: false,
    hosts,
    routers,
    climate: { ...climate, unhurried: chance(seed, 0, 0, READING) < UNHURRIED },
    incidents: inOrder([...starts, ...incidents.trouble]),
    mendAt: troubled,
    absent,
    end: troubled,
  };
  return withQuietTime(before, incidents.planned, dice);
}

/** What follows when all is whole: a quiet time, then what is planned, then again a quiet time. */
function withQuietTime(schedule: Schedule, planned: readonly Incident[], dice: Dice): Schedule {
  const settled = micros(
    Math.max(...schedule.routers.map((_, router) => boundsOf(schedule, router).settled)),
  );
  const quietFrom = micros(schedule.mendAt + settled + 1_000);
  const [{ interval } = { interval: fromSeconds(1) }] = schedule.routers[0]?.settings ?? [];
  const later = planned.map((incident) => ({ ...incident, at: micros(quietFrom + incident.at) }));
  const last = later.reduce<number>((end, { at }) => Math.max(end, at), quietFrom);
  const watched = micros(dice.whole(2, 6) * interval);
  const end = micros(last + (later.length > 0 ? settled : 0) + watched);
  return { ...schedule, incidents: inOrder([...schedule.incidents, ...later]), end };
}

const inOrder = (incidents: readonly Incident[]): readonly Incident[] =>
  [...incidents].sort((one, other) => one.at - other.at);

function plan(dice: Dice, router: number, hosts: number, unit: Micros): RouterPlan {
  const version = unit === LONGEST_V2 || (unit === fromSeconds(1) && dice.happens(0.4)) ? 2 : 3;
  const family: AddressFamily = version === 2 || dice.happens(0.6) ? 'IPv4' : 'IPv6';
  const mixed = version === 3 && dice.happens(0.2);
  const preempts = dice.weighted<'all' | 'none' | 'some'>([
    [6, 'all'],
    [2, 'none'],
    [1, 'some'],
  ]);
  const delay = dice.happens(0.15) ? micros(unit * dice.whole(1, 5)) : micros(0);
  const common = {
    vrid: 51 + router,
    version,
    addresses: addressesFor(router, family, dice.happens(0.2) ? 2 : 1),
    password: version === 2 && dice.happens(0.3) ? 'secret' : null,
    unicast: dice.happens(0.25),
    announcement: { repeat: 5, delay: fromSeconds(5), refresh: fromSeconds(60) },
  } as const;
  const priorities = prioritiesFor(dice, hosts);
  const settings = priorities.map((priority): Settings => ({
    ...common,
    priority,
    interval: mixed ? micros(Math.min(unit * dice.pick([1, 1, 2, 5]), LONGEST_V3)) : unit,
    preemption: {
      mode: preempts === 'none' || (preempts === 'some' && dice.happens(0.5)) ? 'NoPreempt' : 'Preempt',
      delay,
    },
    checksum: dice.happens(0.8) ? 'PseudoHeader' : 'MessageOnly',
    uplinkWeight: dice.weighted<number | null>([
      [6, null],
      [2, -dice.whole(1, 200)],
      [1, dice.whole(1, 100)],
    ]),
  }));
  return { family, settings };
}

/** RFC 3768 §5.3.7: eight bits of seconds; RFC 9568 §5.2.7: twelve bits of centiseconds. */
const LONGEST_V2 = fromSeconds(255);
const LONGEST_V3 = fromCentiseconds(4_095);

function prioritiesFor(dice: Dice, hosts: number): readonly number[] {
  const how = dice.weighted<'operator' | 'any' | 'equal' | 'owner'>([
    [4, 'operator'],
    [4, 'any'],
    [1, 'equal'],
    [1, 'owner'],
  ]);
  const highest = dice.whole(hosts, 254);
  return Array.from({ length: hosts }, (_, host) => {
    if (how === 'operator') return 254 - host;
    if (how === 'equal') return highest;
    return how === 'owner' && host === 0 ? 255 : dice.whole(1, 254);
  });
}

function climateOf(dice: Dice, routers: readonly RouterPlan[]): Climate {
  const shortest = Math.min(...routers.flatMap(({ settings }) => settings.map(({ interval }) => interval)));
  // Slow machines and long wires are as slow as the interval still allows.
  const slow = dice.happens(0.3);
  return {
    delay: micros(slow ? Math.min(fromMillis(5), shortest / 20) : 200),
    lateness: micros(slow ? Math.min(fromMillis(20), shortest / 20) : 200),
    kernel: micros(slow ? fromMillis(2) : 300),
  };
}
