import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Machine, machineText } from '../machine.js';
import { compare } from './comparison.js';
import { plotOf } from './plot.js';
import type { Row } from './row.js';
import { verdictTable, verdicts } from './verdicts.js';
import { grouped, headlineTable, partsTable, remarks } from './tables.js';

/** Writes tables (Markdown) and plots (SVG) beside the measurements, and returns the tables. */
export function writeReport(directory: string, rows: readonly Row[]): string {
  const comparisons = compare(rows);
  const groups = grouped(comparisons);
  for (const group of groups) writeFileSync(join(directory, `${group.name}.svg`), plotOf(group));
  const sections = groups.map(({ title, name, comparisons }) =>
    [
      `### ${title}`,
      headlineTable(comparisons),
      `Part by part: what the protocol waits is counted from the event, the parts after the first advert from that; median and largest.`,
      partsTable(comparisons),
      `![${title}](benchmarks/${name}.svg)`,
    ].join('\n\n'),
  );
  const notes = remarks(rows);
  const text = [
    machineText(JSON.parse(readFileSync(join(directory, 'machine.json'), 'utf8')) as Machine),
    ...(notes.length === 0 ? [] : [notes.map((note) => `- ${note}`).join('\n')]),
    verdictTable(verdicts(comparisons)),
    ...sections,
  ].join('\n\n');
  writeFileSync(join(directory, 'failover.md'), `${text}\n`);
  return text;
}
