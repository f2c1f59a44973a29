import { type Column, markdownTable } from '../report/table.js';
import { type Figures, type Outcome, cpuRatio, verdicts } from './figures.js';

/*
 * The figures as text: a table for people, CSV for machines. Pure.
 */

const NAMES: Readonly<Record<Figures['subject'], string>> = {
  standalone: 'kube-vrrp',
  cluster: 'kube-vrrp, in a cluster',
  restarted: 'kube-vrrp, in a cluster, restarted',
  'cut off': 'kube-vrrp, restarted without API server',
  keepalived: 'keepalived',
};

const COLUMNS: readonly Column[] = [
  { head: 'routers', align: 'right' },
  { head: 'as' },
  { head: 'program' },
  { head: 'adverts/s', align: 'right' },
  { head: 'CPU %', align: 'right' },
  { head: 'µs/advert', align: 'right' },
  { head: '× keepalived', align: 'right' },
  { head: 'switches/s', align: 'right' },
  { head: 'memory MiB', align: 'right' },
  { head: 'sum of RSS MiB', align: 'right' },
  { head: 'first advert ms', align: 'right' },
];

/** One line for each program in each scenario. */
export const figuresTable = (all: readonly Figures[]): string =>
  markdownTable(
    COLUMNS,
    all.map((figures) => {
      const ratio = figures.subject === 'keepalived' ? null : cpuRatio(figures, all);
      return [
        String(figures.scenario.routers),
        figures.scenario.role,
        NAMES[figures.subject],
        figures.advertsPerSecond.toFixed(0),
        `${figures.cpuPercent.toFixed(2)} (${figures.cpuPercents.map((part) => part.toFixed(2)).join(' + ')})`,
        figures.perAdvert.toFixed(1),
        ratio === null ? '' : ratio.toFixed(2),
        figures.switchesPerSecond.toFixed(0),
        figures.resident.toFixed(1),
        `${figures.rss.toFixed(1)} (${figures.rssParts.map((part) => part.toFixed(1)).join(' + ')})`,
        figures.firstAdvert === null ? '' : figures.firstAdvert.toFixed(0),
      ];
    }),
  );

/** What was to be reached, and whether it was. */
export const verdictTable = (all: readonly Figures[]): string =>
  markdownTable(
    [
      { head: 'target' },
      { head: 'to reach', align: 'right' },
      { head: 'measured', align: 'right' },
      { head: '' },
    ],
    verdicts(all).map(({ what, value, target, unit, met }) => [
      what,
      `≤ ${String(target)} ${unit}`,
      value === null ? '' : value.toFixed(unit === 'ms' ? 0 : 2),
      met === true ? 'met' : 'missed',
    ]),
  );

const HEADER = [
  ...['subject', 'role', 'routers', 'interfaces', 'run', 'seconds', 'adverts', 'first_advert_ms', 'process'],
  ...['cpu_seconds', 'voluntary_switches', 'involuntary_switches', 'rss_mib', 'memory_mib'],
];

/** One line for each process in each run; processes are counted from 0, the one that was started. `memory_mib` is of all. */
export const csvOf = (outcomes: readonly Outcome[]): string =>
  [HEADER, ...outcomes.flatMap(csvRows)].map((cells) => `${cells.join(',')}\n`).join('');

const csvRows = (outcome: Outcome): readonly (readonly (string | number)[])[] =>
  outcome.processes.map((process, index) => [
    ...[outcome.subject, outcome.role, outcome.routers, outcome.interfaces, outcome.run],
    ...[outcome.seconds.toFixed(3), outcome.adverts, outcome.firstAdvert?.toFixed(1) ?? '', index],
    ...[process.cpuSeconds.toFixed(6), process.voluntary, process.involuntary],
    ...[process.rss.toFixed(2), outcome.resident.toFixed(2)],
  ]);
