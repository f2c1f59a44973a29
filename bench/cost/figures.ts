import { quantile, ratio } from '../report/statistics.js';
import type { Measurement, Role, Scenario, Subject } from './plan.js';
import type { Memory, Usage } from './process-usage.js';

/*
 * What comes out: one row for each measurement, and what is said about several of the same kind. Pure.
 */

/** One process of a program, while it was watched. */
export type ProcessFigures = Usage & Memory;

export type Outcome = Measurement &
  Readonly<{
    /** For how long it was watched. */
    seconds: number;
    /** That crossed the segments meanwhile: sent as Active, heard as Backup. */
    adverts: number;
    /** From the start of the program to its first advert, in milliseconds; null for a Backup. */
    firstAdvert: number | null;
    /** The agent: VRRP process, control process. keepalived: parent, VRRP process. */
    processes: readonly ProcessFigures[];
    /** What they have in memory together, in MiB: a page that several share counts once. */
    resident: number;
  }>;

/** The middle one of several runs. */
export type Figures = Readonly<{
  subject: Subject;
  scenario: Scenario;
  runs: number;
  /** Of one core. */
  cpuPercent: number;
  /** CPU time per advert, in microseconds. */
  perAdvert: number;
  advertsPerSecond: number;
  switchesPerSecond: number;
  /** MiB: of the whole program, and the sum of what each process has. */
  resident: number;
  rss: number;
  /** By process, as in {@link Outcome}. */
  cpuPercents: readonly number[];
  rssParts: readonly number[];
  firstAdvert: number | null;
}>;

/** What is to be reached, by docs/benchmarks.md. */
export const TARGETS = { cpuRatio: 2, resident: 110, firstAdvert: 500 } as const;

const MICROSECONDS = 1e6;

export function figuresOf(outcomes: readonly Outcome[]): readonly Figures[] {
  const groups = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const key = [outcome.routers, outcome.role, outcome.subject].join();
    groups.set(key, [...(groups.get(key) ?? []), outcome]);
  }
  return [...groups.values()].map(middleOf);
}

function middleOf(group: readonly Outcome[]): Figures {
  const [first] = group;
  if (first === undefined) throw new Error('there is no middle of nothing');
  const middle = (of: (outcome: Outcome) => number): number => quantile(group.map(of), 0.5);
  const parts = first.processes.map((_, index) => index);
  const { subject, routers, interfaces, role } = first;
  return {
    subject,
    scenario: { routers, interfaces, role },
    runs: group.length,
    cpuPercent: middle((outcome) => (100 * sumOf(outcome, 'cpuSeconds')) / outcome.seconds),
    perAdvert: middle((outcome) => (MICROSECONDS * sumOf(outcome, 'cpuSeconds')) / outcome.adverts),
    advertsPerSecond: middle(({ adverts, seconds }) => adverts / seconds),
    switchesPerSecond: middle(
      (outcome) => (sumOf(outcome, 'voluntary') + sumOf(outcome, 'involuntary')) / outcome.seconds,
    ),
    resident: middle(({ resident }) => resident),
    rss: middle((outcome) => sumOf(outcome, 'rss')),
    cpuPercents: parts.map((part) =>
      middle(({ processes, seconds }) => (100 * (processes[part]?.cpuSeconds ?? 0)) / seconds),
    ),
    rssParts: parts.map((part) => middle(({ processes }) => processes[part]?.rss ?? 0)),
    firstAdvert: first.firstAdvert === null ? null : middle(({ firstAdvert }) => firstAdvert ?? Number.NaN),
  };
}

/** Of all processes of a program. */
export const sumOf = ({ processes }: Outcome, field: keyof ProcessFigures): number =>
  processes.reduce((sum, process) => sum + process[field], 0);

/** CPU time per advert as a multiple of keepalived's in the same scenario; null: there is nothing to compare with. */
export function cpuRatio(figures: Figures, all: readonly Figures[]): number | null {
  const theirs = all.find(
    ({ subject, scenario }) => subject === 'keepalived' && sameScenario(scenario, figures.scenario),
  );
  return theirs === undefined ? null : ratio(figures.perAdvert, theirs.perAdvert);
}

const sameScenario = (one: Scenario, other: Scenario): boolean =>
  one.routers === other.routers && one.role === other.role;

/** A target, and how far we are from it; null for `value`: not measured. */
export type Verdict = Readonly<{
  what: string;
  value: number | null;
  target: number;
  unit: string;
  met: boolean | null;
}>;

/** The targets of the product for the scenarios that have one. */
export function verdicts(all: readonly Figures[]): readonly Verdict[] {
  const ours = (routers: number, role: Role, subject: Subject = 'standalone'): Figures | undefined =>
    all.find(
      (figures) =>
        figures.subject === subject && figures.scenario.routers === routers && figures.scenario.role === role,
    );
  const judged = (what: string, value: number | null | undefined, target: number, unit: string): Verdict => ({
    ...{ what, value: value ?? null, target, unit },
    met: value === null || value === undefined ? null : value <= target,
  });
  const ratioOf = (role: Role): number | null => {
    const figures = ours(255, role);
    return figures === undefined ? null : cpuRatio(figures, all);
  };
  return [
    judged('CPU, 255 routers, Backup', ratioOf('Backup'), TARGETS.cpuRatio, '× keepalived'),
    judged('CPU, 255 routers, Active', ratioOf('Active'), TARGETS.cpuRatio, '× keepalived'),
    ...[1, 255].flatMap((routers) => [
      judged(
        `memory, ${String(routers)} routers, standalone`,
        ours(routers, 'Active')?.resident,
        TARGETS.resident,
        'MiB',
      ),
      judged(
        `memory, ${String(routers)} routers, in a cluster`,
        ours(routers, 'Active', 'cluster')?.resident,
        TARGETS.resident,
        'MiB',
      ),
    ]),
    judged('start to first advert, standalone', ours(1, 'Active')?.firstAdvert, TARGETS.firstAdvert, 'ms'),
    judged(
      'start to first advert, in a cluster',
      ours(1, 'Active', 'cluster')?.firstAdvert,
      TARGETS.firstAdvert,
      'ms',
    ),
  ].filter(({ value }) => value !== null);
}
