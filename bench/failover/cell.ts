import type { ProgramName } from '../programs.js';

/** What befalls the holder of the address, in the order of the tables. */
export const EVENTS = [
  'link-cut',
  'power-off',
  'sigkill',
  'sigstop',
  'sigterm',
  'priority',
  'partition',
  'heal',
] as const;
export type EventName = (typeof EVENTS)[number];

/** For people. */
export const EVENT_TEXT: Readonly<Record<EventName, string>> = {
  'link-cut': 'link of the holder cut',
  'power-off': 'holder loses power',
  sigkill: 'SIGKILL',
  sigstop: 'SIGSTOP',
  sigterm: 'SIGTERM',
  priority: 'priority lowered by tracking',
  partition: 'partition between the routers',
  heal: 'partition heals',
};

export type Family = 'IPv4' | 'IPv6';

/** Conditions under which programs are compared. */
export type Cell = Readonly<{
  event: EventName;
  /** Milliseconds between adverts. */
  interval: number;
  family: Family;
  version: 2 | 3;
  /** Whether every core has other work. */
  load: boolean;
}>;

/** One run of one program. */
export type PlannedRun = Readonly<{
  cell: Cell;
  program: ProgramName;
  /** Runs with the same index and cell have the same phase: they are a pair. */
  index: number;
  /** When in the holder's interval the event comes: 0 with an advert, almost 1 just before the next. */
  phase: number;
}>;

/** The same for the same run of the same plan: what a resumed bench looks for. */
export const runKey = ({ cell, program, index }: Omit<PlannedRun, 'phase'>): string =>
  [...conditions(cell), program, index].join(' ');

/** The same for all runs that are compared. */
export const cellKey = (cell: Cell): string => conditions(cell).join(' ');

const conditions = ({ event, interval, family, version, load }: Cell): readonly (string | number)[] => [
  ...[event, interval, family],
  ...[`v${String(version)}`, load ? 'loaded' : 'idle'],
];
