import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** A new folder for results, named by the time: `build/bench/2026-01-31T12-00-00`. */
export function newDirectory(now = new Date()): string {
  const name = now.toISOString().slice(0, 19).replaceAll(':', '-');
  const directory = join('build', 'bench', name);
  mkdirSync(directory, { recursive: true });
  return directory;
}
