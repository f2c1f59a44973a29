import { HostError } from '../../platform/errors.js';
import type { Libc } from '../sockets/libc.js';

/** auto: round robin where the kernel allows it, otherwise the best nice value that it allows. */
export type SchedulingMode = 'auto' | 'fifo' | 'rr' | 'nice' | 'normal';

/** Children start with normal scheduling, so that only the thread that asked is favoured. */
const SCHED_RESET_ON_FORK = 0x4000_0000;
const SCHED_OTHER = 0;
const POLICY = { fifo: 1, rr: 2 } as const;
const BEST_NICE = -20;

/**
 * Favours the calling thread. `priority` is 1 to 99 for fifo and rr, and -20 to 19 for nice. Returns what holds now, e.g. `SCHED_RR 10`,
 * `nice -20` or `normal`; where the kernel refused (it takes CAP_SYS_NICE or a limit) with the refusal behind it:
 * `normal (SCHED_RR 10 refused: EPERM)`. Never throws for that: the router works without it, only less punctually under load.
 */
export function applyScheduling(libc: Libc, mode: SchedulingMode, priority: number): string {
  const realtime = (policy: 'fifo' | 'rr'): Attempt => ({
    name: `SCHED_${policy.toUpperCase()} ${String(priority)}`,
    apply: () => {
      libc.setScheduler(POLICY[policy] | SCHED_RESET_ON_FORK, priority);
    },
  });
  const nice = (value: number): Attempt => ({
    name: `nice ${String(value)}`,
    apply: () => {
      // The flag has children start at nice 0.
      libc.setScheduler(SCHED_OTHER | SCHED_RESET_ON_FORK, 0);
      libc.setNice(value);
    },
  });
  const attempts: Readonly<Record<SchedulingMode, readonly Attempt[]>> = {
    auto: [realtime('rr'), nice(BEST_NICE)],
    fifo: [realtime('fifo')],
    rr: [realtime('rr')],
    nice: [nice(priority)],
    normal: [],
  };
  const refusals: string[] = [];
  const withRefusals = (result: string): string =>
    refusals.length === 0 ? result : `${result} (${refusals.join(', ')})`;
  for (const { name, apply } of attempts[mode]) {
    try {
      apply();
      return withRefusals(name);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      refusals.push(`${name} refused: ${error.code}`);
    }
  }
  return withRefusals('normal');
}

type Attempt = Readonly<{ name: string; apply(): void }>;
