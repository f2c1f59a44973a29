import type { Micros } from '../src/values/time.js';
import { type Coverage, CoverageWatch } from './coverage.js';
import { together } from './observers.js';
import { Monitor } from './properties/monitor.js';
import type { Violation } from './properties/violation.js';
import type { Schedule } from './schedule.js';
import { type Observer, World } from './world/world.js';

export type Outcome = Readonly<{
  /** The first thing that must not be; null: there was none. */
  violation: Violation | null;
  /** When it ended. */
  at: Micros;
  events: number;
  /** Virtual routers on hosts, times the time simulated, in hours. */
  routerHours: number;
  takeovers: number;
  coverage: Coverage;
  /** How often the properties of calm and quiet times were looked at. */
  looked: Readonly<Record<string, number>>;
  /** Equal for equal runs. */
  trace: number;
}>;

/** Runs one schedule, until its end or until something is seen that must not be. */
export async function simulate(
  schedule: Schedule,
  also: readonly (Observer & { watch?: (world: World) => void })[] = [],
): Promise<Outcome> {
  const monitor = new Monitor(schedule);
  const watch = new CoverageWatch();
  const world = new World(schedule, together([...also, watch, monitor]));
  monitor.watch(world);
  for (const observer of also) observer.watch?.(world);
  const rejected = (error: unknown): void => {
    monitor.failed(-1, error);
  };
  process.on('unhandledRejection', rejected);
  try {
    await world.run(() => monitor.violations.length > 0);
  } finally {
    process.off('unhandledRejection', rejected);
  }
  return {
    violation: monitor.violations[0] ?? null,
    at: world.now,
    events: world.events,
    routerHours: (schedule.hosts * schedule.routers.length * world.now) / 3.6e9,
    takeovers: watch.takeovers,
    coverage: watch.coverage,
    looked: monitor.looked,
    trace: watch.trace,
  };
}
