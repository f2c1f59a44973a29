import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { RESULTS } from './settings.js';

/** Where a run collects what it measured, a line each. */
const FIGURES = join(RESULTS, 'figures.txt');

/** Notes something measured. Milliseconds are written as such, anything else as it is. */
export function figure(what: string, value: number | string): void {
  const text = typeof value === 'number' ? `${value.toFixed(0)} ms` : value;
  mkdirSync(RESULTS, { recursive: true });
  appendFileSync(FIGURES, `${what}: ${text}\n`);
}

/** Forgets what earlier runs have measured. */
export function clearFigures(): void {
  rmSync(FIGURES, { force: true });
}

/** What was measured since, as one text. */
export const figures = (): string => (existsSync(FIGURES) ? readFileSync(FIGURES, 'utf8') : '');
