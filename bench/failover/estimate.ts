import type { PlannedRun } from './cell.js';
import { PRIORITIES } from './stage.js';
import { activeDown, skew } from './timing.js';

/** Building the segment, starting the programs, watching before and after, and clearing up; milliseconds. */
const AROUND = 2500;
/** For how long two holders are watched, on average over programs that give the address up and ones that do not. */
const OVERLAP = 2000;

/** How long a run is expected to take, in milliseconds. */
export function expectedTime({ cell: { event, interval, version } }: PlannedRun): number {
  const elected = activeDown(PRIORITIES.holder, interval, version) + interval;
  const silence = activeDown(PRIORITIES.successor, interval, version);
  const after = {
    'link-cut': silence,
    'power-off': silence,
    sigkill: silence + OVERLAP,
    sigstop: silence + OVERLAP,
    sigterm: skew(PRIORITIES.successor, interval, version),
    priority: silence,
    partition: silence,
    heal: silence + interval,
  } as const;
  return AROUND + elected + after[event];
}
