import { BASELINE, PROGRAMS, type ProgramName } from '../programs.js';
import { type Summary, medianDifference, ratio, summarise } from '../report/statistics.js';
import { type Cell, EVENTS, type EventName, cellKey } from './cell.js';
import { type FinishedRow, type Row, isFinished } from './row.js';

/** What the client notices of an event. */
export type Measure = 'gap' | 'takeover';

/**
 * Where the holder's host is silent, the client waits: the gap. Where only the program is dead, or the routers alone are parted, the old
 * host goes on answering, and what counts is how long until the successor does.
 */
export const MEASURE_OF: Readonly<Record<EventName, Measure>> = {
  'link-cut': 'gap',
  'power-off': 'gap',
  sigkill: 'takeover',
  sigstop: 'takeover',
  sigterm: 'gap',
  priority: 'gap',
  partition: 'takeover',
  heal: 'gap',
};

/** One program under the conditions of a cell. */
export type Result = Readonly<{
  program: ProgramName;
  rows: readonly FinishedRow[];
  main: Summary;
  /** Median and p99 as multiples of the baseline's; null for the baseline itself, or where it has 0. */
  ratios: Readonly<{ median: number | null; p99: number | null }>;
  /** Against the baseline's run with the same phase; null for the baseline itself or too few. */
  difference: ReturnType<typeof medianDifference>;
}>;

export type Comparison = Readonly<{ cell: Cell; measure: Measure; results: readonly Result[] }>;

/** The main measure of a run, in milliseconds. */
export const mainValue = (row: FinishedRow): number =>
  MEASURE_OF[row.cell.event] === 'gap' ? row.gap : (row.parts.answered ?? Number.NaN);

/** The cells that were measured, in the order of the tables. */
export function compare(rows: readonly Row[]): Comparison[] {
  const cells = new Map<string, FinishedRow[]>();
  for (const row of rows.filter(isFinished)) {
    const key = cellKey(row.cell);
    cells.set(key, [...(cells.get(key) ?? []), row]);
  }
  return [...cells.values()]
    .flatMap((group) => (group[0] === undefined ? [] : [comparison(group[0].cell, group)]))
    .sort((left, right) => order(left.cell).localeCompare(order(right.cell)));
}

function comparison(cell: Cell, rows: readonly FinishedRow[]): Comparison {
  const baseline = rows.filter(({ program }) => program === BASELINE);
  const against = summarise(baseline.map(mainValue));
  const results = PROGRAMS.flatMap((program): Result[] => {
    const own = rows.filter((row) => row.program === program);
    if (own.length === 0) return [];
    const main = summarise(own.map(mainValue));
    const compared = program !== BASELINE && baseline.length > 0;
    return [
      {
        ...{ program, rows: own, main },
        ratios: {
          median: compared ? ratio(main.median, against.median) : null,
          p99: compared ? ratio(main.p99, against.p99) : null,
        },
        difference: compared ? medianDifference(paired(own, baseline)) : null,
      },
    ];
  });
  return { cell, measure: MEASURE_OF[cell.event], results };
}

/** Values of runs with the same index, which had the same phase. */
const paired = (
  own: readonly FinishedRow[],
  baseline: readonly FinishedRow[],
): (readonly [number, number])[] =>
  own.flatMap((row) => {
    const partner = baseline.find(({ index }) => index === row.index);
    return partner === undefined ? [] : [[mainValue(row), mainValue(partner)] as const];
  });

const order = ({ load, family, interval, event }: Cell): string =>
  [load ? 1 : 0, family, String(100_000 - interval).padStart(6, '0'), EVENTS.indexOf(event)].join(' ');
