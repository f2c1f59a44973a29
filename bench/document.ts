import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { replaceSection } from './report/documents.js';

const PAGE = 'docs/benchmarks.md';
const PICTURES = 'docs/benchmarks';
const SECTIONS = ['failover', 'lateness'] as const;

/** Puts what the benches wrote into `directory` into docs/benchmarks.md, with the pictures. Returns what was replaced. */
export function documentResults(directory: string): string[] {
  const replaced: string[] = [];
  for (const name of SECTIONS) {
    const file = join(directory, `${name}.md`);
    if (!existsSync(file)) continue;
    writeFileSync(PAGE, replaceSection(readFileSync(PAGE, 'utf8'), name, readFileSync(file, 'utf8')));
    replaced.push(name);
  }
  if (replaced.includes('failover')) replacePictures(directory);
  return replaced;
}

function replacePictures(directory: string): void {
  mkdirSync(PICTURES, { recursive: true });
  for (const name of pictures(PICTURES)) rmSync(join(PICTURES, name));
  for (const name of pictures(directory)) copyFileSync(join(directory, name), join(PICTURES, name));
}

const pictures = (directory: string): string[] =>
  readdirSync(directory).filter((name) => name.startsWith('failover-') && name.endsWith('.svg'));
