import { type Micros, micros } from '../src/values/time.js';
import type { Property } from './properties/violation.js';
import type { Incident, RouterPlan, Schedule, Settings } from './schedule.js';
import { simulate } from './simulate.js';

/** The smallest schedule found in which the same property fails, and what it took. */
export type Shrunk = Readonly<{ schedule: Schedule; runs: number }>;

const MOST_RUNS = 3_000;

/**
 * Makes a failing schedule smaller as long as the same property fails: without some of its incidents, hosts or routers, then with plainer
 * values and rounder times. Whatever a step brings is the start of the next; it ends when nothing more can be taken away.
 */
export async function shrink(schedule: Schedule, property: Property): Promise<Shrunk> {
  let best = schedule;
  let runs = 0;
  const fails = async (candidate: Schedule): Promise<boolean> => {
    runs++;
    const { violation } = await simulate(candidate);
    return violation?.property === property;
  };
  const firstThatFails = async (candidates: readonly Schedule[]): Promise<Schedule | null> => {
    for (const candidate of candidates) {
      if (runs >= MOST_RUNS) return null;
      if (!same(candidate, best) && (await fails(candidate))) return candidate;
    }
    return null;
  };
  for (let improved = true; improved && runs < MOST_RUNS;) {
    improved = false;
    for (const way of WAYS) {
      const smaller = await firstThatFails(way(best));
      if (smaller === null) continue;
      best = smaller;
      improved = true;
      break;
    }
  }
  return { schedule: best, runs };
}

const same = (one: Schedule, other: Schedule): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Ways to make a schedule smaller, those that save most first. */
const WAYS: readonly ((schedule: Schedule) => readonly Schedule[])[] = [
  withoutIncidents,
  withoutHosts,
  withoutRouters,
  plainer,
  plainerSettings,
  rounder,
];

/** Without the half, a quarter, … and each single one. */
function withoutIncidents(schedule: Schedule): readonly Schedule[] {
  const { incidents } = schedule;
  const without: Schedule[] = [];
  for (let size = Math.ceil(incidents.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let start = 0; start < incidents.length; start += size)
      without.push({
        ...schedule,
        incidents: incidents.filter((_, index) => index < start || index >= start + size),
      });
  return without;
}

function withoutHosts(schedule: Schedule): readonly Schedule[] {
  if (schedule.hosts <= 1) return [];
  return Array.from({ length: schedule.hosts }, (_, gone) => withoutHost(schedule, gone)).reverse();
}

function withoutHost(schedule: Schedule, gone: number): Schedule {
  const left = (station: number): number => (station > gone ? station - 1 : station);
  const others = (stations: readonly number[]): readonly number[] =>
    stations.filter((station) => station !== gone).map(left);
  return {
    ...schedule,
    hosts: schedule.hosts - 1,
    routers: schedule.routers.map((plan) => ({
      ...plan,
      settings: plan.settings.filter((_, host) => host !== gone),
    })),
    absent: others(schedule.absent),
    incidents: schedule.incidents.flatMap((incident): Incident[] => {
      if (incident.kind === 'partition') return [{ ...incident, side: others(incident.side) }];
      if (incident.kind === 'weather') return [incident];
      if (incident.kind === 'cut' || incident.kind === 'lose')
        return incident.from === gone || incident.to === gone
          ? []
          : [{ ...incident, from: left(incident.from), to: left(incident.to) }];
      return incident.host === gone ? [] : [{ ...incident, host: left(incident.host) }];
    }),
  };
}

function withoutRouters(schedule: Schedule): readonly Schedule[] {
  if (schedule.routers.length <= 1) return [];
  return schedule.routers.map((_, gone) => ({
    ...schedule,
    routers: schedule.routers.filter((_plan, router) => router !== gone),
    incidents: schedule.incidents.flatMap((incident): Incident[] => {
      if (!('router' in incident)) return [incident];
      if (incident.router === gone) return [];
      return [{ ...incident, router: incident.router > gone ? incident.router - 1 : incident.router }];
    }),
  }));
}

function plainer(schedule: Schedule): readonly Schedule[] {
  const { incidents, climate } = schedule;
  const quick = { delay: micros(200), lateness: micros(200), kernel: micros(300) };
  return [
    { ...schedule, absent: [] },
    { ...schedule, climate: { ...climate, unhurried: false } },
    { ...schedule, climate: { ...quick, unhurried: climate.unhurried === true } },
    { ...schedule, sameClocks: true },
    { ...schedule, seed: 0 },
    ...incidents.flatMap((incident, index) => {
      const replaced = (by: Incident): Schedule => ({ ...schedule, incidents: incidents.with(index, by) });
      if (incident.kind === 'weather')
        return (['loss', 'duplication', 'jitter'] as const).map((name) =>
          replaced({ ...incident, weather: { ...incident.weather, [name]: 0 } }),
        );
      if (incident.kind === 'packet') return [replaced({ ...incident, times: 1 })];
      return incident.kind === 'crash' ? [replaced({ ...incident, rescued: false })] : [];
    }),
  ];
}

const PLAIN: readonly Partial<Settings>[] = [
  { checksum: 'PseudoHeader' },
  { password: null },
  { unicast: false },
  { uplinkWeight: null },
  { preemption: { mode: 'Preempt', delay: micros(0) } },
  { interval: micros(1_000_000) },
];

function plainerSettings(schedule: Schedule): readonly Schedule[] {
  return schedule.routers.flatMap((plan, router) => {
    const replaced = (by: RouterPlan): Schedule => ({
      ...schedule,
      routers: schedule.routers.with(router, by),
    });
    const all = (change: (settings: Settings, host: number) => Partial<Settings>): Schedule =>
      replaced({
        ...plan,
        settings: plan.settings.map((settings, host) => ({ ...settings, ...change(settings, host) })),
      });
    return [
      ...PLAIN.map((change) => all(() => change)),
      all(({ addresses }) => ({ addresses: addresses.slice(0, 1) })),
      all((_, host) => ({ priority: 254 - 50 * host })),
    ];
  });
}

/** Times of whole seconds, tenths, … and an end as early as possible. */
function rounder(schedule: Schedule): readonly Schedule[] {
  const { incidents, mendAt, end } = schedule;
  const last = incidents.reduce<number>((latest, { at }) => Math.max(latest, at), 0);
  const earlier = [
    { ...schedule, mendAt: micros(0) },
    { ...schedule, mendAt: micros(mendAt / 2) },
    { ...schedule, end: micros(last + (end - last) / 2) },
    { ...schedule, end: micros(last + (end - last) * 0.9) },
  ];
  const rounded = [1_000_000, 100_000, 10_000, 1_000].flatMap((unit) =>
    incidents.flatMap((incident, index): Schedule[] => {
      const changed = (by: Readonly<{ at?: Micros; lasts?: Micros }>): Schedule => ({
        ...schedule,
        incidents: inOrder(incidents.with(index, { ...incident, ...by })),
      });
      const times = [changed({ at: rounding(incident.at, unit) })];
      if (!('lasts' in incident)) return times;
      return [...times, changed({ lasts: rounding(incident.lasts, unit) })];
    }),
  );
  return [...earlier, ...rounded];
}

const rounding = (time: Micros, unit: number): Micros => micros(Math.round(time / unit) * unit);

const inOrder = (incidents: readonly Incident[]): readonly Incident[] =>
  [...incidents].sort((one, other) => one.at - other.at);
