import { ratio } from '../report/statistics.js';
import { markdownTable, milliseconds, ratioText } from '../report/table.js';
import type { Cell } from './cell.js';
import type { Comparison, Matched, Result } from './comparison.js';
import { intervalText } from './tables.js';

/** A target, what was measured, and whether it is reached. */
export type Verdict = Readonly<{ what: string; target: string; measured: string; reached: boolean }>;

/** What two hosts may hold the address for after a crash of the program, in milliseconds. */
const TWO_HOLDERS = 1500;

/** What was promised of failovers, beside what was measured; only of what was measured. */
export const verdicts = (comparisons: readonly Comparison[]): Verdict[] =>
  comparisons.flatMap(({ cell, results }) => {
    const ours = results.find(({ program }) => program === 'kube-vrrp');
    return ours === undefined ? [] : verdictsOf(cell, ours);
  });

function verdictsOf(cell: Cell, ours: Result): Verdict[] {
  const conditions = `adverts ${intervalText(cell.interval)}, ${cell.family}${cell.load ? ', loaded' : ''}`;
  switch (cell.event) {
    case 'link-cut':
      return [
        ...compared(`link of the holder cut, ${conditions}, gap`, ours.matched),
        ...compared('the same without what the protocol waits', ours.beyond),
      ];
    case 'sigterm':
      return [lost(`planned move (SIGTERM), ${conditions}`, ours)];
    case 'sigkill':
    case 'sigstop':
      return [doubled(`${cell.event.toUpperCase()}, ${conditions}`, ours)];
    default:
      return [];
  }
}

const compared = (what: string, matched: Matched | null): Verdict[] =>
  matched === null
    ? []
    : (['median', 'p99'] as const).map((which) => {
        const [own, theirs] = [matched.own[which], matched.baseline[which]];
        return {
          what: `${what}: ${which}`,
          target: '≤ keepalived',
          measured: `${ratioText(ratio(own, theirs))} × keepalived (${milliseconds(own)} and ${milliseconds(theirs)} ms, ${String(matched.own.count)} pairs)`,
          reached: own <= theirs,
        };
      });

function lost(what: string, { rows }: Result): Verdict {
  const most = Math.max(...rows.map((row) => row.lost));
  return {
    what: `${what}: packets lost of 1000/s`,
    target: '0',
    measured: `${String(most)} at most, in ${String(rows.length)} runs`,
    reached: most === 0,
  };
}

function doubled(what: string, { rows }: Result): Verdict {
  const most = Math.max(...rows.map(({ parts }) => parts.twoHolders));
  const ended = rows.every(({ parts }) => !parts.twoHoldersAtEnd);
  return {
    what: `${what}: two holders`,
    target: `≤ ${milliseconds(TWO_HOLDERS)} ms`,
    measured: `${ended ? '' : '> '}${milliseconds(most)} ms at most`,
    reached: ended && most <= TWO_HOLDERS,
  };
}

export const verdictTable = (all: readonly Verdict[]): string =>
  markdownTable(
    [{ head: 'what' }, { head: 'to reach' }, { head: 'measured' }, { head: 'reached' }],
    all.map(({ what, target, measured, reached }) => [what, target, measured, reached ? 'yes' : '**no**']),
  );
