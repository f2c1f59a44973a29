import { type Micros, fromMillis, micros } from '../src/values/time.js';
import { addressesFor } from './addresses.js';
import type { Dice } from './random.js';
import {
  type Climate,
  type Happening,
  type Incident,
  MALFORMATIONS,
  type Packet,
  type RouterPlan,
  type Settings,
} from './schedule.js';

/** What incidents are made for. */
export type Place = Readonly<{
  hosts: number;
  routers: readonly RouterPlan[];
  climate: Climate;
  /** The longest advertisement interval. */
  longest: Micros;
}>;

type Made = Happening | null;
type Maker = (dice: Dice, place: Place) => Made;

/**
 * What goes wrong until `troubled`, and what is done on purpose afterwards (times from when all is quiet). Each schedule has only
 * some of the kinds, and those the more often: rare things meet each other that way, where a bit of everything would hide them.
 */
export function incidentsOf(
  dice: Dice,
  place: Place,
  troubled: Micros,
): Readonly<{ trouble: readonly Incident[]; planned: readonly Incident[] }> {
  const kinds = Object.values(TROUBLE);
  const some = dice.some(dice.whole(1, 5), kinds);
  const trouble = many(dice.whole(0, 12), () => at(dice, troubled, pickOf(dice, some)(dice, place)));
  const deeds = dice.some(dice.whole(1, 4), Object.values(PLANNED));
  const planned = many(dice.whole(0, 4), () =>
    at(dice, micros(6 * place.longest), pickOf(dice, deeds)(dice, place)),
  );
  return { trouble: [...trouble, ...partners(dice, trouble)], planned };
}

/** What is broken is started again after a while, most of the time. */
const partners = (dice: Dice, incidents: readonly Incident[]): readonly Incident[] =>
  incidents.flatMap((incident): Incident[] => {
    const ends = incident.kind === 'crash' || incident.kind === 'powerOff' || incident.kind === 'stop';
    if (!ends || !dice.happens(0.7)) return [];
    return [
      { at: micros(incident.at + dice.fraction() ** 2 * 10_000_000), kind: 'start', host: incident.host },
    ];
  });

const many = (count: number, make: () => Incident | null): readonly Incident[] =>
  Array.from({ length: count }, make).filter((incident) => incident !== null);

const at = (dice: Dice, until: Micros, made: Made): Incident | null =>
  made === null ? null : { at: micros(dice.fraction() * until), ...made };

function pickOf<T>(dice: Dice, of: readonly T[]): T {
  const picked = of[dice.whole(0, of.length - 1)];
  if (picked === undefined) throw new RangeError('nothing to pick from');
  return picked;
}

const host = (dice: Dice, { hosts }: Place): number => dice.whole(0, hosts - 1);
const router = (dice: Dice, { routers }: Place): number => dice.whole(0, routers.length - 1);

/** Mostly of the order of the protocol's own times, sometimes an instant. */
const lasts = (dice: Dice, { longest }: Place): Micros =>
  dice.happens(0.2) ? micros(dice.fraction() * fromMillis(50)) : micros(dice.fraction() ** 2 * 8 * longest);

const TROUBLE: Readonly<Record<string, Maker>> = {
  crash: (dice, place) => ({ kind: 'crash', host: host(dice, place), rescued: dice.happens(0.4) }),
  powerOff: (dice, place) => ({ kind: 'powerOff', host: host(dice, place) }),
  stop: (dice, place) => ({ kind: 'stop', host: host(dice, place) }),
  hurry: (dice, place) => ({ kind: 'hurry', host: host(dice, place) }),
  start: (dice, place) => ({ kind: 'start', host: host(dice, place) }),
  pause: (dice, place) => ({
    kind: 'pause',
    host: host(dice, place),
    lasts: lasts(dice, place),
    wakesBy: dice.pick(['timer', 'sockets']),
  }),
  cut: (dice, place) => {
    const from = dice.whole(0, place.hosts);
    const to = (from + dice.whole(1, place.hosts)) % (place.hosts + 1);
    return { kind: 'cut', from, to, lasts: lasts(dice, place) };
  },
  partition: (dice, place) => ({
    kind: 'partition',
    side: dice.some(dice.whole(1, place.hosts), [...Array(place.hosts + 1).keys()]),
    lasts: lasts(dice, place),
  }),
  linkDown: (dice, place) => ({
    kind: 'linkDown',
    host: host(dice, place),
    carrier: dice.happens(0.5),
    lasts: lasts(dice, place),
  }),
  sourceGone: (dice, place) => ({ kind: 'sourceGone', host: host(dice, place), lasts: lasts(dice, place) }),
  weather: (dice, place) => ({
    kind: 'weather',
    weather: {
      loss: dice.pick([0, 0.1, 0.3, 0.6]),
      duplication: dice.pick([0, 0, 0.2]),
      jitter: micros(dice.pick([0, 0, 0.1, 1]) * place.longest),
    },
    lasts: micros(2 * lasts(dice, place)),
  }),
  lose: (dice, place) => {
    const from = host(dice, place);
    const to = (from + dice.whole(1, place.hosts - 1)) % place.hosts;
    return { kind: 'lose', from, to, count: dice.whole(1, 4), lasts: micros(5 * place.longest) };
  },
  forged: (dice, place) => ({
    ...{ kind: 'packet', host: host(dice, place), router: router(dice, place) },
    ...{
      packet: forged(dice, place),
      times: dice.whole(1, 8),
      every: micros(dice.fraction() * place.longest),
    },
  }),
  malformed,
  edit,
  addressesStolen: (dice, place) => ({
    kind: 'addressesStolen',
    host: host(dice, place),
    router: router(dice, place),
  }),
  refused: (dice, place) => ({
    kind: 'refused',
    host: host(dice, place),
    what: dice.pick(['send', 'hold', 'socket']),
    lasts: lasts(dice, place),
  }),
  priority,
  trackerFails,
  uplinkDown,
  socketLost,
  wallClock,
  removed,
};

/** What an administrator, a probe or an upgrade does to a LAN in order. */
const PLANNED: Readonly<Record<string, Maker>> = {
  stop: (dice, place) => ({ kind: 'stop', host: host(dice, place) }),
  start: (dice, place) => ({ kind: 'start', host: host(dice, place) }),
  priority,
  trackerFails,
  uplinkDown,
  malformed,
  wallClock,
  removed,
  socketLost,
  checksum: (dice, place) => ({
    kind: 'edit',
    host: host(dice, place),
    router: router(dice, place),
    change: { checksum: dice.pick(['PseudoHeader', 'MessageOnly']) },
  }),
  pause: (dice, place) => ({
    ...{ kind: 'pause', host: host(dice, place), lasts: lasts(dice, place) },
    wakesBy: dice.pick(['timer', 'sockets']),
  }),
  lose: (dice, place) => {
    const from = host(dice, place);
    const to = (from + dice.whole(1, place.hosts - 1)) % place.hosts;
    return { kind: 'lose', from, to, count: dice.whole(1, 3), lasts: micros(4 * place.longest) };
  },
  crash: (dice, place) => ({ kind: 'crash', host: host(dice, place), rescued: dice.happens(0.3) }),
};

function edit(dice: Dice, place: Place): Made {
  const index = router(dice, place);
  const { family, settings } = place.routers[index] ?? { family: 'IPv4', settings: [] };
  const [{ version, interval, addresses }] = settings as [Settings];
  const wholeSeconds = family === 'IPv4' ? { version: 2 as const, interval: micros(1_000_000) } : {};
  const longer =
    version === 3 ? Math.min(interval * dice.pick([1, 2, 4]), 40_950_000) : interval * dice.pick([1, 0.5]);
  const change = dice.pick<Partial<Settings>>([
    wholeSeconds,
    { version: 3 },
    { vrid: dice.whole(51, 54) },
    { password: dice.pick([null, 'other']) },
    { interval: micros(longer) },
    { unicast: dice.happens(0.5) },
    {
      addresses: [
        ...addresses.slice(0, 1),
        ...(dice.happens(0.5) ? [addressesFor(9, family, 1)[0] ?? ''] : []),
      ],
    },
    { preemption: { mode: dice.pick(['Preempt', 'NoPreempt']), delay: micros(dice.whole(0, 3) * interval) } },
  ]);
  return { kind: 'edit', host: host(dice, place), router: index, change };
}

function priority(dice: Dice, place: Place): Made {
  const change = { priority: dice.whole(1, 254) };
  return { kind: 'edit', host: host(dice, place), router: router(dice, place), change };
}

function trackerFails(dice: Dice, place: Place): Made {
  const weight = dice.happens(0.3) ? null : -dice.whole(1, 254);
  const lasting = micros(lasts(dice, place) + place.longest);
  return {
    kind: 'trackerFails',
    host: host(dice, place),
    router: router(dice, place),
    weight,
    lasts: lasting,
  };
}

function uplinkDown(dice: Dice, place: Place): Made {
  return { kind: 'uplinkDown', host: host(dice, place), lasts: lasts(dice, place) };
}

function socketLost(dice: Dice, place: Place): Made {
  return { kind: 'socketLost', host: host(dice, place) };
}

function wallClock(dice: Dice, place: Place): Made {
  return {
    kind: 'wallClock',
    host: host(dice, place),
    step: dice.pick([-1, 1]) * dice.whole(1, 10) * 31_557_600_000,
  };
}

function removed(dice: Dice, place: Place): Made {
  return { kind: 'removed', host: host(dice, place), router: router(dice, place), lasts: lasts(dice, place) };
}

function malformed(dice: Dice, place: Place): Made {
  return {
    kind: 'packet',
    host: host(dice, place),
    router: router(dice, place),
    packet: { kind: 'malformed', how: dice.pick(MALFORMATIONS) },
    times: dice.whole(1, 5),
    every: micros(dice.fraction() * place.longest),
  };
}

function forged(dice: Dice, { longest }: Place): Packet {
  return {
    kind: 'forged',
    priority: dice.pick([0, 0, 1, 50, 150, 254, 255]),
    interval: centiseconds(longest * dice.pick([0.1, 1, 2])),
    from: dice.pick(['stranger', 'receiver', 'peer']),
  };
}

/** What an advert can say: whole centiseconds in twelve bits. */
const centiseconds = (interval: number): Micros =>
  micros(Math.min(Math.max(Math.round(interval / 10_000), 1), 4_095) * 10_000);
