import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { RESULTS } from './settings.js';

/** Where a run collects what it measured, a line each; the runner prints it at the end. */
export const FIGURES = join(RESULTS, 'figures.txt');

/** Notes something measured. Milliseconds are written as such, anything else as it is. */
export function figure(what: string, value: number | string): void {
  const text = typeof value === 'number' ? `${value.toFixed(0)} ms` : value;
  mkdirSync(RESULTS, { recursive: true });
  appendFileSync(FIGURES, `${what}: ${text}\n`);
}
