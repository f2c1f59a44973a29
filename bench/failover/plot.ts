import { PROGRAMS } from '../programs.js';
import { type Panel, stripPlot } from '../report/strip-plot.js';
import { EVENT_TEXT } from './cell.js';
import { type Comparison, type Result, mainValue } from './comparison.js';
import type { Group } from './tables.js';

const UNIT = {
  gap: 'longest gap that the client saw, ms',
  takeover: 'until the successor answered, ms',
} as const;

/** The distributions of a group, beside each other. */
export const plotOf = ({ title, comparisons }: Group): string =>
  stripPlot(title, PROGRAMS, comparisons.flatMap(panels));

function panels({ cell, measure, results }: Comparison): Panel[] {
  const main = panel(EVENT_TEXT[cell.event], UNIT[measure], results, ({ rows }) => rows.map(mainValue));
  // What a crash of the program alone is about, beside how fast the successor is.
  if (cell.event !== 'sigkill' && cell.event !== 'sigstop') return [main];
  const unit = 'time with two holders, ms (2,500: to the end of the watch)';
  return [
    main,
    panel(`${EVENT_TEXT[cell.event]}: two holders`, unit, results, ({ rows }) =>
      rows.map(({ parts }) => parts.twoHolders),
    ),
  ];
}

const panel = (
  title: string,
  unit: string,
  results: readonly Result[],
  values: (result: Result) => number[],
): Panel => ({
  title,
  unit,
  strips: results.map((result) => ({ name: result.program, values: values(result) })),
});
