import type { ProgramName } from '../programs.js';
import type { Cell, EventName, Family, PlannedRun } from './cell.js';
import { runKey } from './cell.js';

/** What one call of the bench is asked for: every combination, `runs` times with each program. */
export type Request = Readonly<{
  events: readonly EventName[];
  /** Milliseconds. */
  intervals: readonly number[];
  families: readonly Family[];
  version: 2 | 3;
  loads: readonly boolean[];
  programs: readonly ProgramName[];
  runs: number;
}>;

/**
 * All runs, in the order in which they are made: round by round through all cells, so that what changes on the machine in the
 * meantime meets every cell; and within a cell one program after the other, each round beginning with the next one.
 */
export function plan(request: Request): PlannedRun[] {
  const cells = cellsOf(request);
  return Array.from({ length: request.runs }, (_, index) =>
    cells.flatMap((cell, position) =>
      rotated(request.programs, index + position).map((program) => ({
        cell,
        program,
        index,
        phase: phaseOf(index),
      })),
    ),
  ).flat();
}

/** Without the runs that have been made. */
export const remaining = (runs: readonly PlannedRun[], done: ReadonlySet<string>): PlannedRun[] =>
  runs.filter((run) => !done.has(runKey(run)));

/**
 * Runs that follow each other in the plan and belong to the same round of the same cell. They stay together, one after the other, also
 * where several segments are at work.
 */
export function pairs(runs: readonly PlannedRun[]): PlannedRun[][] {
  const groups: PlannedRun[][] = [];
  for (const run of runs) {
    const last = groups.at(-1)?.[0];
    if (last?.cell === run.cell && last.index === run.index) groups.at(-1)?.push(run);
    else groups.push([run]);
  }
  return groups;
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * The gap after a crash is shorter by the time since the last advert, which is chance. Here it is no chance: multiples of the golden
 * section spread evenly over the interval however many runs are made, and both programs get the same.
 */
export const phaseOf = (index: number): number => (0.5 + index * GOLDEN) % 1;

function cellsOf({ events, intervals, families, version, loads }: Request): Cell[] {
  return loads.flatMap((load) =>
    intervals.flatMap((interval) =>
      families.flatMap((family) => events.map((event) => ({ event, interval, family, version, load }))),
    ),
  );
}

const rotated = <Item>(items: readonly Item[], by: number): Item[] => {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
};
