import { summarise } from '../report/statistics.js';
import { type Column, markdownTable } from '../report/table.js';
import { type ApplyFigures, type ScaleFigures, type SoakFigures, TARGETS, allProblems } from './figures.js';
import { type Tally, countOf } from './measure/requests.js';
import { type Point, lowestAtEnds, slopePerHour } from './measure/slope.js';

/* The figures as Markdown. Pure. */

const RIGHT = 'right' as const;

/** What was to be reached, and whether it was. */
export function verdictTable(figures: ScaleFigures): string {
  const { apply, steady, soak } = figures;
  const peak = Math.max(apply.peak, soak?.peak ?? 0);
  const problems = allProblems(figures).length;
  return markdownTable(
    [
      { head: 'target' },
      { head: 'to reach', align: RIGHT },
      { head: 'measured', align: RIGHT },
      { head: '' },
    ],
    [
      atFullSize(
        apply,
        row('all VirtualRouters written, from the first create', TARGETS.written, apply.written, 's'),
      ),
      atFullSize(
        apply,
        row('the same, from the last create', TARGETS.written, apply.written - apply.created, 's'),
      ),
      atFullSize(apply, row('memory of the operator (RSS), the most ever', TARGETS.peak, peak, 'MiB')),
      row(
        'writes of the operator while nothing changes, but for its Lease',
        TARGETS.needless,
        steady.needless.length,
        '',
      ),
      row('VirtualRouters lost or double, VRIDs or addresses twice, in all runs', 0, problems, ''),
    ],
  );
}

/** What is reached with less than what the target is for proves nothing. */
function atFullSize({ size }: ApplyFigures, cells: readonly string[]): readonly string[] {
  if (size.virtualIPs >= TARGETS.size && size.nodes >= TARGETS.size) return cells;
  return cells.map((cell) => (cell === 'met' ? `not measured with ${String(TARGETS.size)}` : cell));
}

const row = (what: string, target: number, value: number, unit: string): readonly string[] => [
  what,
  `${target === 0 ? '' : '≤ '}${String(target)} ${unit}`.trim(),
  `${unit === '' ? String(value) : value.toFixed(1)} ${unit}`.trim(),
  value <= target ? 'met' : 'missed',
];

/** One line for each time that all VirtualIPs were made. */
export function applyTable({ tenth, apply, throttled, restarted }: ScaleFigures): string {
  const columns: readonly Column[] = [
    { head: 'API server' },
    ...['VirtualIPs', 'nodes', 'all made s', 'all written s', 'all Ready s'].map(right),
    ...['operator CPU s', 'RSS at most MiB', 'refused', 'unanswered', 'written again', 'problems'].map(right),
  ];
  const runs: readonly (readonly [string, ApplyFigures | null | undefined])[] = [
    ['a tenth', tenth?.apply],
    ['undisturbed', apply],
    ['throttling', throttled],
    ['killed and restarted', restarted],
  ];
  return markdownTable(
    columns,
    runs.flatMap(([name, one]) => (one === null || one === undefined ? [] : [applyRow(name, one)])),
  );
}

const right = (head: string): Column => ({ head, align: RIGHT });

const applyRow = (name: string, one: ApplyFigures): readonly string[] => [
  name,
  ...[one.size.virtualIPs, one.size.nodes].map(String),
  ...[one.created, one.written, one.ready, one.cpu.operator, one.peak].map((value) => value.toFixed(1)),
  ...[one.refused, one.unanswered, one.again.size, one.problems.length].map(String),
];

/** What the operator asks of the API server. */
export function requestsTable({ apply, steady }: ScaleFigures): string {
  const kinds = [...new Set([...apply.requests.keys(), ...steady.requests.keys()])].sort();
  const perMinute = (count: number): string => ((60 * count) / steady.seconds).toFixed(1);
  const line = (kind: string, one: number, other: number): readonly string[] => [
    kind,
    String(one),
    (one / apply.size.virtualIPs).toFixed(2),
    perMinute(other),
  ];
  return markdownTable(
    [
      { head: 'request of the operator' },
      ...['during apply', 'per VirtualIP', 'per minute while nothing changes'].map(right),
    ],
    [
      ...kinds.map((kind) => line(kind, apply.requests.get(kind) ?? 0, steady.requests.get(kind) ?? 0)),
      line('all', countOf(apply.requests), countOf(steady.requests)),
    ],
  );
}

/** What one agent watches, in a small cluster and in a large one. */
export function watchedTable({ tenth, apply, steady }: ScaleFigures): string {
  const rows = [...(tenth === null ? [] : [tenth]), { apply, steady }];
  return markdownTable(
    [
      ...['nodes', 'VirtualIPs', 'during apply, median', 'most'].map(right),
      ...['bytes/s while nothing changes, median', 'most'].map(right),
    ],
    rows.map((one) => {
      const during = summarise(one.apply.watched);
      const quiet = summarise(one.steady.watched);
      return [
        ...[one.apply.size.nodes, one.apply.size.virtualIPs].map(String),
        ...[during.median, during.max].map(kilobytes),
        ...[quiet.median, quiet.max].map((bytes) => (bytes / one.steady.seconds).toFixed(0)),
      ];
    }),
  );
}

const kilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;

/** Sentences about the rest. */
export function remarks({ apply, steady, soak, throttled, restarted }: ScaleFigures): string {
  const lines = [
    `While all VirtualIPs were made and became Ready (${apply.ready.toFixed(1)} s), the API server took ${apply.cpu.apiServer.toFixed(1)} s of processor time, the operator ${apply.cpu.operator.toFixed(1)} s; agents wrote ${String(apply.reports.written)} reports.`,
    `While nothing changed (${steady.seconds.toFixed(0)} s), agents wrote ${(steady.reports / steady.seconds).toFixed(1)} heartbeats a second, the operator took ${steady.cpuPercent.toFixed(1)} % of one core, and had ${steady.rss.toFixed(0)} MiB, of which the heap used ${steady.heapUsed.toFixed(0)} MiB.`,
    ...(soak === null ? [] : [soakText(soak)]),
    ...(throttled === null
      ? []
      : [`Throttled, ${String(throttled.reports.failed)} reports of agents were refused and made again.`]),
    ...(restarted === null
      ? []
      : [`Killed, ${String(restarted.reports.failed)} reports of agents failed and were made again.`]),
  ];
  return lines.map((line) => `- ${line}`).join('\n');
}

/** Seconds. */
const LONG_ENOUGH = 600;

function soakText({ seconds, warmUp, changes, cpuPercent, rss, heapUsed }: SoakFigures): string {
  const counted = (points: readonly Point[]): readonly Point[] => points.filter(({ at }) => at >= warmUp);
  const [ofRss, ofHeap] = [counted(rss), counted(heapUsed)];
  const lowest = lowestAtEnds(ofHeap);
  return [
    `Soak of ${(seconds / 60).toFixed(1)} min with ${changesText(changes)}: ${cpuPercent.toFixed(1)} % of one core; after`,
    `${(warmUp / 60).toFixed(1)} min, RSS changed by ${signed(slopePerHour(ofRss))} MiB an hour (least squares over ${String(ofRss.length)} samples,`,
    `${Math.min(...ofRss.map(({ value }) => value)).toFixed(0)} to ${Math.max(...ofRss.map(({ value }) => value)).toFixed(0)} MiB), the used heap by ${signed(slopePerHour(ofHeap))} MiB an hour;`,
    `its lowest was ${lowest.first.toFixed(1)} MiB in the first third and ${lowest.last.toFixed(1)} MiB in the last.`,
    ...(seconds - warmUp < LONG_ENOUGH ? ['That is too short to tell whether memory grows.'] : []),
  ].join(' ');
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;

const changesText = (changes: Tally): string =>
  [...changes].map(([kind, count]) => `${String(count)} × ${kind}`).join(', ');
