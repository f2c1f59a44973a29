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
  /** The main measure of runs that the baseline has as well; null for the baseline itself, or where there are none. */
  matched: Matched | null;
  /** How much longer the main measure was than what the protocol itself waits, of the same runs. */
  beyond: Matched | null;
  /** Median and p99 of matched runs as multiples of the baseline's; null where there are none, or it has 0. */
  ratios: Readonly<{ median: number | null; p99: number | null }>;
  /** Against the baseline's run with the same phase; null for the baseline itself or too few. */
  difference: ReturnType<typeof medianDifference>;
}>;

/**
 * Two samples of the same runs. How long the protocol waits depends on when in the holder's interval the event comes, by a third of the
 * whole; what one program has not of these is not held against the other.
 */
export type Matched = Readonly<{ own: Summary; baseline: Summary }>;

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
  const results = PROGRAMS.flatMap((program): Result[] => {
    const own = rows.filter((row) => row.program === program);
    if (own.length === 0) return [];
    const pairs = program === BASELINE ? [] : paired(own, baseline);
    const matched = matchedBy(pairs, mainValue);
    return [
      {
        ...{ program, rows: own, main: summarise(own.map(mainValue)), matched },
        beyond: matchedBy(pairs, beyondProtocol),
        ratios: {
          median: matched && ratio(matched.own.median, matched.baseline.median),
          p99: matched && ratio(matched.own.p99, matched.baseline.p99),
        },
        difference: medianDifference(pairs.map(([left, right]) => [mainValue(left), mainValue(right)])),
      },
    ];
  });
  return { cell, measure: MEASURE_OF[cell.event], results };
}

type Pair = readonly [own: FinishedRow, baseline: FinishedRow];

/** Runs with the same index, which had the same phase. */
const paired = (own: readonly FinishedRow[], baseline: readonly FinishedRow[]): readonly Pair[] =>
  own.flatMap((row) => {
    const partner = baseline.find(({ index }) => index === row.index);
    return partner === undefined ? [] : [[row, partner] as const];
  });

function matchedBy(pairs: readonly Pair[], value: (row: FinishedRow) => number): Matched | null {
  const values = pairs.map(([own, baseline]) => [value(own), value(baseline)] as const);
  if (values.length === 0 || values.flat().some(Number.isNaN)) return null;
  return {
    own: summarise(values.map(([own]) => own)),
    baseline: summarise(values.map(([, baseline]) => baseline)),
  };
}

const beyondProtocol = (row: FinishedRow): number => mainValue(row) - (row.parts.bound ?? Number.NaN);

const order = ({ load, family, interval, event }: Cell): string =>
  [load ? 1 : 0, family, String(100_000 - interval).padStart(6, '0'), EVENTS.indexOf(event)].join(' ');
