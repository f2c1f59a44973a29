import { command } from './command.js';

/** Above the real-time priority that the agent gives itself. */
export const REALTIME_PRIORITY = 20;

let prefix: Promise<readonly string[]> | null = null;

/**
 * What to put before a command line so that a busy machine does not delay the program: what watches must not add its
 * own lateness, and a peer must not be late where our own router is not. Empty where the host does not allow it.
 */
export function realtime(): Promise<readonly string[]> {
  const chrt = ['chrt', '--rr', String(REALTIME_PRIORITY)];
  prefix ??= command([...chrt, 'true']).then(
    () => chrt,
    () => [],
  );
  return prefix;
}
