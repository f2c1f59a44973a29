import { Command, InvalidArgumentError } from 'commander';

import { parseDuration } from '../../src/values/duration.js';
import { PROGRAMS, type ProgramName } from '../programs.js';

export type LatenessOptions = Readonly<{
  /** Milliseconds between adverts. */
  interval: number;
  /** How long is measured, in milliseconds. */
  duration: number;
  programs: readonly ProgramName[];
  /** Whether every core gets other work, and how ordinary that is. */
  load: boolean;
  loadNice: number;
  /** Where results go; null: a new folder of build/bench. */
  directory: string | null;
}>;

type Raw = Readonly<{
  interval: number;
  duration: number;
  programs: readonly ProgramName[];
  load: boolean;
  loadNice: number;
  out?: string;
}>;

export function readLatenessOptions(argv: readonly string[]): LatenessOptions {
  const { out, ...options } = new Command('npm run bench:lateness --')
    .description(
      'Measures how late adverts leave while every core has other work, and whether a successor takes over although the holder is ' +
        'well. Every program has a segment of its own, and all run at the same time: under the same load (root).',
    )
    .option('--interval <time>', 'between adverts, 10ms to 40.95s', duration(10, 40_950), 100)
    .option('--duration <time>', 'how long is measured', duration(1000, 86_400_000), 600_000)
    .option('--programs <names>', `of ${PROGRAMS.join(', ')}`, programs, [...PROGRAMS])
    .option('--no-load', 'leave the machine idle')
    .option('--load-nice <n>', 'nice value of the other work: 0 is ordinary, 19 yields to all', nice, 0)
    .option('--out <folder>', 'where results go (default: a new folder of build/bench)')
    .parse(argv, { from: 'user' })
    .opts<Raw>();
  return { ...options, directory: out ?? null };
}

const duration =
  (least: number, most: number) =>
  (text: string): number => {
    const parsed = parseDuration(text);
    if (!parsed.ok) throw new InvalidArgumentError(parsed.problem);
    const value = parsed.value / 1000;
    if (value < least || value > most)
      throw new InvalidArgumentError(`It must be from ${String(least)} ms to ${String(most)} ms.`);
    return value;
  };

const programs = (text: string): ProgramName[] =>
  text.split(',').map((part) => {
    const found = PROGRAMS.find((name) => name === part.trim());
    if (found === undefined) throw new InvalidArgumentError(`"${part}" is none of ${PROGRAMS.join(', ')}.`);
    return found;
  });

function nice(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 19)
    throw new InvalidArgumentError('It must be a whole number from 0 to 19.');
  return value;
}
