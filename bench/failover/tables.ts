import { type Column, markdownTable, milliseconds, ratioText } from '../report/table.js';
import { summarise } from '../report/statistics.js';
import { EVENT_TEXT, type Cell, runKey } from './cell.js';
import type { Comparison, Result } from './comparison.js';
import type { FinishedRow, Row } from './row.js';

const left = (head: string): Column => ({ head });
const right = (head: string): Column => ({ head, align: 'right' });

/** Comparisons under the same conditions but for the event. */
export type Group = Readonly<{ title: string; name: string; comparisons: readonly Comparison[] }>;

export function grouped(comparisons: readonly Comparison[]): Group[] {
  const groups = new Map<string, Comparison[]>();
  for (const each of comparisons) {
    const name = fileName(each.cell);
    groups.set(name, [...(groups.get(name) ?? []), each]);
  }
  return [...groups].map(([name, members]) => ({
    name,
    title: members[0] === undefined ? name : title(members[0].cell),
    comparisons: members,
  }));
}

export const intervalText = (interval: number): string =>
  interval >= 1000 ? `${String(interval / 1000)} s` : `${String(interval)} ms`;

const title = ({ interval, family, version, load }: Cell): string =>
  `Adverts each ${intervalText(interval)}, ${family}, VRRPv${String(version)}, ${load ? 'every core busy with other work' : 'no load added'}`;

const fileName = ({ interval, family, load }: Cell): string =>
  `failover-${intervalText(interval).replace(' ', '')}-${family.toLowerCase()}${load ? '-loaded' : ''}`;

const HEADLINE_COLUMNS = [
  left('event'),
  left('measure'),
  left('program'),
  ...[
    'runs',
    'median',
    'p90',
    'p99',
    'max',
    'median ÷ keepalived',
    'p99 ÷ keepalived',
    'lost',
    'two holders',
  ].map(right),
];

/** What the client and the kernels saw; milliseconds. */
export const headlineTable = (comparisons: readonly Comparison[]): string =>
  markdownTable(
    HEADLINE_COLUMNS,
    comparisons.flatMap(({ cell, measure, results }) =>
      results.map(({ program, main, ratios, rows }) => [
        EVENT_TEXT[cell.event],
        measure,
        program,
        String(main.count),
        ...[main.median, main.p90, main.p99, main.max].map(milliseconds),
        ratioText(ratios.median),
        ratioText(ratios.p99),
        String(summarise(rows.map(({ lost }) => lost)).median),
        twoHoldersText(cell, rows),
      ]),
    ),
  );

/** The longest time that two hosts had the address. */
function twoHoldersText({ event }: Cell, rows: readonly FinishedRow[]): string {
  // Two holders are what a partition is; a host without power is none.
  if (event === 'partition' || event === 'power-off') return '–';
  const longest = Math.max(...rows.map(({ parts }) => parts.twoHolders));
  const forEver = rows.some(({ parts }) => parts.twoHoldersAtEnd);
  return forEver ? `> ${milliseconds(longest)}` : milliseconds(longest);
}

const PARTS_COLUMNS = [
  left('event'),
  left('program'),
  right('protocol waits'),
  ...['late', 'installed', 'announced', 'first answer'].flatMap((name) => [right(name), right('max')]),
  right('difference of pairs'),
];

/** The takeover part by part: medians, and the largest; milliseconds. What follows the first advert is counted from it. */
export const partsTable = (comparisons: readonly Comparison[]): string =>
  markdownTable(
    PARTS_COLUMNS,
    comparisons.flatMap(({ cell, results }) =>
      results.map((result) => [
        EVENT_TEXT[cell.event],
        result.program,
        milliseconds(summarise(valuesOf(result.rows, 'bound')).median),
        ...(['late', 'installed', 'announced', 'answered'] as const).flatMap((part) => {
          const { median, max } = summarise(
            part === 'late' ? valuesOf(result.rows, part) : afterAdvert(result.rows, part),
          );
          return [milliseconds(median), milliseconds(max)];
        }),
        differenceText(result),
      ]),
    ),
  );

const valuesOf = (rows: readonly FinishedRow[], part: 'bound' | 'late'): number[] =>
  rows.flatMap(({ parts }) => parts[part] ?? []);

const afterAdvert = (rows: readonly FinishedRow[], part: 'installed' | 'announced' | 'answered'): number[] =>
  rows.flatMap(({ parts }) => {
    const instant = parts[part];
    return instant === null || parts.detected === null ? [] : [instant - parts.detected];
  });

function differenceText({ difference }: Result): string {
  if (difference === null) return '–';
  const { median, low, high } = difference;
  return `${signed(median)} (${signed(low)} … ${signed(high)})`;
}

const signed = (value: number): string => (value >= 0 ? `+${milliseconds(value)}` : milliseconds(value));

/** What did not count, and why, in a sentence each; empty when everything did. */
export function remarks(rows: readonly Row[]): string[] {
  const stoodStill = rows.filter(({ outcome }) => outcome === 'client-stood-still');
  const failed = rows.filter(({ outcome }) => outcome === 'failed');
  const counted = new Set(rows.filter(({ outcome }) => outcome === 'ok').map(runKey));
  const never = new Set(rows.map(runKey).filter((key) => !counted.has(key)));
  return [
    ...(stoodStill.length === 0
      ? []
      : [
          `${String(stoodStill.length)} attempts do not count because the client itself stood still; they were repeated.`,
        ]),
    ...(never.size === 0
      ? []
      : [`No attempt at these runs counted, so they are missing: ${[...never].sort().join('; ')}.`]),
    ...failed.map(
      ({ cell, program, note }) => `A run failed: ${EVENT_TEXT[cell.event]}, ${program}: ${note}`,
    ),
  ];
}
