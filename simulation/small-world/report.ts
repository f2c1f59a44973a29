import { type Search, search } from './search.js';

/** The worlds that are searched; three routers have a shorter way, for each has as many moves again. */
export const SMALL_WORLDS: readonly Readonly<{
  title: string;
  less: number;
  world: Omit<Search, 'depth'>;
}>[] = [
  {
    title: 'two routers, anything goes',
    less: 0,
    world: { priorities: [200, 100], alternatives: [200, 50], plannedOnly: false },
  },
  {
    title: 'two routers of equal priority, anything goes',
    less: 0,
    world: { priorities: [100, 100], alternatives: [], plannedOnly: false },
  },
  {
    title: 'two routers, planned moves only',
    less: 0,
    world: { priorities: [200, 100], alternatives: [250, 50], plannedOnly: true },
  },
  {
    title: 'three routers, anything goes',
    less: 3,
    world: { priorities: [200, 150, 100], alternatives: [], plannedOnly: false },
  },
  {
    title: 'three routers, planned moves only',
    less: 2,
    world: { priorities: [200, 150, 100], alternatives: [50], plannedOnly: true },
  },
];

/** Searches all small worlds to this depth, tells what it found, and returns the exit status. */
export function runSmallWorlds(depth: number, tell: (line: string) => void = console.log): number {
  let status = 0;
  for (const { title, less, world } of SMALL_WORLDS) {
    const { states, moves, settled, depth: reached, violation } = search({ ...world, depth: depth - less });
    const count = (value: number): string => value.toLocaleString('en-GB');
    tell(
      `${title}: ${count(states)} states, ${count(moves)} moves to depth ${String(reached)}; one holder comes about from ${count(settled)} of them`,
    );
    if (violation === null) continue;
    status = 1;
    tell(`  VIOLATED: ${violation.seen}`);
    for (const step of violation.way) tell(`    ${step}`);
  }
  return status;
}
