import type { Parts } from './measure.js';
import { type Cell, EVENTS, type EventName, type Family, type PlannedRun } from './cell.js';
import { PROGRAMS } from '../programs.js';

/** What became of an attempt. Only `ok` counts; the others were repeated. */
export type Outcome = 'ok' | 'client-stood-still' | 'failed';

/** One attempt, as a line of the CSV; times in milliseconds, counted from the event where they are instants. */
export type Row = PlannedRun &
  Readonly<{
    outcome: Outcome;
    attempt: number;
    /** When the event began; wall clock. */
    at: number;
    /** How long the bench took to bring it about. */
    took: number;
    /** The longest time in which the client had no answer to what it asked. */
    gap: number | null;
    lost: number | null;
    sent: number | null;
    /** The longest time in which the client itself sent nothing. */
    clientPause: number | null;
    /** Which share of all cores was busy from the event to the end. */
    busy: number | null;
    /** Why it failed, in one line. */
    note: string;
  }> &
  Readonly<{ parts: Parts | null }>;

export type FinishedRow = Row &
  Readonly<{ outcome: 'ok'; parts: Parts; gap: number; lost: number; sent: number }>;

/** Whether an attempt is a measurement. */
export const isFinished = (row: Row): row is FinishedRow => row.outcome === 'ok';

type Text = (row: Row) => string | number | boolean | null | undefined;

/** The columns, in their order. A reader finds them by name. */
const COLUMNS: Readonly<Record<string, Text>> = {
  event: ({ cell }) => cell.event,
  interval_ms: ({ cell }) => cell.interval,
  family: ({ cell }) => cell.family,
  version: ({ cell }) => cell.version,
  load: ({ cell }) => cell.load,
  program: ({ program }) => program,
  index: ({ index }) => index,
  attempt: ({ attempt }) => attempt,
  outcome: ({ outcome }) => outcome,
  phase_planned: ({ phase }) => phase,
  phase: ({ parts }) => parts?.phase,
  at: ({ at }) => at,
  took_ms: ({ took }) => took,
  gap_ms: ({ gap }) => gap,
  lost: ({ lost }) => lost,
  sent: ({ sent }) => sent,
  bound_ms: ({ parts }) => parts?.bound,
  detected_ms: ({ parts }) => parts?.detected,
  late_ms: ({ parts }) => parts?.late,
  installed_ms: ({ parts }) => parts?.installed,
  announced_ms: ({ parts }) => parts?.announced,
  answered_ms: ({ parts }) => parts?.answered,
  two_holders_ms: ({ parts }) => parts?.twoHolders,
  two_holders_at_end: ({ parts }) => parts?.twoHoldersAtEnd,
  client_pause_ms: ({ clientPause }) => clientPause,
  busy: ({ busy }) => busy,
  note: ({ note }) => note,
};

export const CSV_HEADER = Object.keys(COLUMNS).join(',');

export const csvLine = (row: Row): string =>
  Object.values(COLUMNS)
    .map((text) => field(text(row)))
    .join(',');

function field(value: ReturnType<Text>): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(Math.round(value * 1000) / 1000);
  const text = String(value).replaceAll(/\s+/g, ' ');
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Reads what {@link csvLine} wrote. A last line that was cut off is left out; any other fault is an error with its line number. */
export function readCsv(text: string): Row[] {
  const [head = '', ...lines] = text.split('\n');
  if (head !== CSV_HEADER) throw new Error('the first line is not the one that this bench writes');
  const whole = lines.slice(0, -1);
  return whole.map((line, index) => {
    try {
      return readLine(head.split(','), splitLine(line));
    } catch (error) {
      throw new Error(
        `line ${String(index + 2)}: ${error instanceof Error ? error.message : String(error)}`,
        {
          cause: error,
        },
      );
    }
  });
}

const splitLine = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  );

function readLine(names: readonly string[], fields: readonly string[]): Row {
  if (fields.length !== names.length)
    throw new Error(`${String(fields.length)} fields instead of ${String(names.length)}`);
  const values = new Map(names.map((name, index) => [name, fields[index] ?? '']));
  const text = (name: string): string => values.get(name) ?? '';
  const optional = (name: string): number | null => (text(name) === '' ? null : numberIn(name, text(name)));
  const number = (name: string): number => numberIn(name, text(name));
  const outcome = oneOf(['ok', 'client-stood-still', 'failed'] as const, text('outcome'));
  return {
    cell: readCell(text, number),
    program: oneOf(PROGRAMS, text('program')),
    index: number('index'),
    phase: number('phase_planned'),
    outcome,
    attempt: number('attempt'),
    at: number('at'),
    took: number('took_ms'),
    gap: optional('gap_ms'),
    lost: optional('lost'),
    sent: optional('sent'),
    clientPause: optional('client_pause_ms'),
    busy: optional('busy'),
    note: text('note'),
    parts: outcome === 'failed' ? null : readParts(optional, number, text),
  };
}

const readCell = (text: (name: string) => string, number: (name: string) => number): Cell => ({
  event: oneOf<EventName>(EVENTS, text('event')),
  interval: number('interval_ms'),
  family: oneOf<Family>(['IPv4', 'IPv6'], text('family')),
  version: oneOf([2, 3] as const, number('version')),
  load: text('load') === 'true',
});

const readParts = (
  optional: (name: string) => number | null,
  number: (name: string) => number,
  text: (name: string) => string,
): Parts => ({
  phase: optional('phase'),
  bound: optional('bound_ms'),
  detected: optional('detected_ms'),
  late: optional('late_ms'),
  installed: optional('installed_ms'),
  announced: optional('announced_ms'),
  answered: optional('answered_ms'),
  twoHolders: number('two_holders_ms'),
  twoHoldersAtEnd: text('two_holders_at_end') === 'true',
});

function numberIn(name: string, text: string): number {
  const value = Number(text);
  if (text === '' || Number.isNaN(value)) throw new Error(`${name} is "${text}", not a number`);
  return value;
}

function oneOf<Value extends string | number>(values: readonly Value[], value: string | number): Value {
  const found = values.find((each) => each === value);
  if (found === undefined) throw new Error(`"${value}" is none of ${values.join(', ')}`);
  return found;
}
