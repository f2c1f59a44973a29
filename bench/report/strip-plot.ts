import { type Axis, axisFor, position } from './axis.js';
import { element, label, picture } from './svg.js';
import { quantile } from './statistics.js';

/** One sample: a dot for each value, in a row of its own. */
export type Strip = Readonly<{ name: string; values: readonly number[] }>;

/** Samples that are compared, on an axis of their own. */
export type Panel = Readonly<{ title: string; unit: string; strips: readonly Strip[] }>;

const WIDTH = 860;
const COLUMNS = 2;
const MARGIN = 16;
const LABELS = 92;
const HEAD = 44;
const ROW = 34;
const PANEL_HEAD = 26;
const PANEL_FOOT = 44;
const DOT = 2.6;

/** Panels in two columns. The order of the strips gives their colours, so it must be the same in each panel. */
export function stripPlot(title: string, names: readonly string[], panels: readonly Panel[]): string {
  const rows = Math.ceil(panels.length / COLUMNS);
  const heights = Array.from({ length: rows }, (_, row) =>
    Math.max(...panels.slice(row * COLUMNS, (row + 1) * COLUMNS).map(panelHeight)),
  );
  const tops = heights.map((_, row) => HEAD + heights.slice(0, row).reduce((sum, each) => sum + each, 0));
  const height = HEAD + heights.reduce((sum, each) => sum + each, 0) + MARGIN / 2;
  const width = WIDTH / COLUMNS;
  const content = panels.map((panel, index) => {
    const translate = `translate(${String((index % COLUMNS) * width)} ${String(tops[Math.floor(index / COLUMNS)] ?? 0)})`;
    return element('g', { transform: translate }, draw(panel, names, width).join('\n'));
  });
  return picture(WIDTH, height, title, [label(MARGIN, 26, title, { class: 'head' }), ...content]);
}

const panelHeight = ({ strips }: Panel): number => PANEL_HEAD + strips.length * ROW + PANEL_FOOT;

function draw({ title, unit, strips }: Panel, names: readonly string[], width: number): string[] {
  const axis = axisFor(strips.flatMap(({ values }) => values));
  const from = MARGIN + LABELS;
  const length = width - from - MARGIN - 8;
  const x = (value: number): number => from + position(axis, value) * length;
  const bottom = PANEL_HEAD + strips.length * ROW;
  return [
    label(MARGIN, 14, title, { class: 'head' }),
    ...grid(axis, x, bottom),
    element('path', { class: 'axis', d: `M${String(from)} ${String(bottom)}h${String(length)}` }),
    label(from + length / 2, bottom + 32, unit, { class: 'small muted', 'text-anchor': 'middle' }),
    ...strips.flatMap((strip, row) => {
      const middle = PANEL_HEAD + (row + 0.5) * ROW;
      const colour = `s${String(Math.max(0, names.indexOf(strip.name)))}`;
      return [
        label(from - 8, middle + 4, strip.name, { class: 'small', 'text-anchor': 'end' }),
        element('g', { class: colour, 'fill-opacity': 0.6 }, dots(strip.values, x, middle).join('')),
        medianMark(strip.values, x, middle),
      ];
    }),
  ];
}

const grid = ({ ticks }: Axis, x: (value: number) => number, bottom: number): string[] =>
  ticks.flatMap((tick) => [
    element('path', { class: 'grid', d: `M${x(tick).toFixed(1)} ${String(PANEL_HEAD)}V${String(bottom)}` }),
    label(x(tick), bottom + 16, tick.toLocaleString('en'), { class: 'small muted', 'text-anchor': 'middle' }),
  ]);

/** Values that would cover each other move up and down in turns. */
function dots(values: readonly number[], x: (value: number) => number, middle: number): string[] {
  const placed: { x: number; y: number }[] = [];
  for (const value of [...values].sort((left, right) => left - right)) {
    const at = x(value);
    const covers = (y: number): boolean =>
      placed.some((dot) => Math.hypot(dot.x - at, dot.y - y) < 1.5 * DOT);
    const y = OFFSETS.map((offset) => middle + offset).find((candidate) => !covers(candidate)) ?? middle;
    placed.push({ x: at, y });
  }
  return placed.map((dot) => element('circle', { cx: dot.x, cy: dot.y, r: DOT }));
}

const OFFSETS = [0, 4, -4, 8, -8, 12, -12] as const;

function medianMark(values: readonly number[], x: (value: number) => number, middle: number): string {
  if (values.length === 0) return '';
  const at = x(quantile(values, 0.5));
  return element('path', { class: 'tick', d: `M${at.toFixed(1)} ${String(middle - 14)}v28` });
}
