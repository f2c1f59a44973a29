import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { attempt } from './attempt.js';
import { EVENT_TEXT, type PlannedRun, runKey } from './cell.js';
import { expectedTime } from './estimate.js';
import { pairs } from './plan.js';
import type { Progress } from '../progress.js';
import { milliseconds } from '../report/table.js';
import { type Row, csvLine } from './row.js';

/** How often a run is tried whose client stood still, or that failed. */
const ATTEMPTS = 3;

/** Where runs are made and written down. */
export type Performance = Readonly<{
  directory: string;
  csv: string;
  /** How many segments are at work at the same time. */
  lanes: number;
  tell: (line: string) => void;
  progress: Progress;
}>;

/** Makes the runs, writing each down at once. Resolves with the rows of this call. */
export async function perform(runs: readonly PlannedRun[], where: Performance): Promise<Row[]> {
  const rows: Row[] = [];
  const waiting = pairs(runs);
  const lane = async (): Promise<void> => {
    for (let pair = waiting.shift(); pair !== undefined; pair = waiting.shift())
      for (const run of pair) {
        const row = await persist(run, where, (each) => rows.push(each));
        where.tell(`${where.progress.finished(expectedTime(run) / where.lanes)} ${rowText(row)}`);
      }
  };
  await Promise.all(Array.from({ length: where.lanes }, lane));
  return rows;
}

/** Tries until an attempt counts, or there were too many. */
async function persist(run: PlannedRun, where: Performance, note: (row: Row) => void): Promise<Row> {
  for (let number = 1; ; number++) {
    const row = await attempt(run, number, (timeline) => {
      const name = `failed ${runKey(run)} ${String(number)}.txt`.replaceAll(' ', '-');
      writeFileSync(join(where.directory, name), timeline);
    });
    note(row);
    appendFileSync(where.csv, `${csvLine(row)}\n`);
    if (row.outcome === 'ok' || number === ATTEMPTS) return row;
    where.tell(`    repeated: ${rowText(row)}`);
  }
}

/** A row as it is shown while the bench runs. */
export function rowText({ cell, program, outcome, note, clientPause, gap, lost, parts }: Row): string {
  const { event, interval, family, load } = cell;
  const what = `${EVENT_TEXT[event]}, ${family}, ${String(interval)} ms${load ? ', loaded' : ''}: ${program}`;
  if (outcome === 'failed' || parts === null) return `${what} FAILED: ${note}`;
  if (outcome === 'client-stood-still') return `${what}: the client stood still for ${shown(clientPause)}`;
  const both = `two holders ${parts.twoHoldersAtEnd ? '≥ ' : ''}${shown(parts.twoHolders)}`;
  const seen = `gap ${shown(gap)}, lost ${String(lost)}, answered after ${shown(parts.answered)}`;
  return `${what}: ${parts.twoHolders > 0 ? `${seen}, ${both}` : seen}`;
}

const shown = (value: number | null): string => `${milliseconds(value ?? Number.NaN)} ms`;
