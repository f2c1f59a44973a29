import { Agent } from '../lab/agent.js';
import type { Host } from '../lab/host.js';
import { Keepalived } from '../lab/keepalived.js';
import type { RouterProgram, RouterSettings } from '../lab/router.js';

/** What is compared. `keepalived` is scheduled as it comes; `keepalived-rt` has the real-time priority that our agent gives itself. */
export const PROGRAMS = ['kube-vrrp', 'keepalived', 'keepalived-rt'] as const;
export type ProgramName = (typeof PROGRAMS)[number];

/** To what the others are compared. */
export const BASELINE: ProgramName = 'keepalived';

/** The agent's own default with `--scheduling auto`. */
const REALTIME_PRIORITY = 10;

export function routerProgram(
  name: ProgramName,
  host: Host,
  settings: readonly RouterSettings[],
): RouterProgram {
  switch (name) {
    case 'kube-vrrp':
      return new Agent(host, settings);
    case 'keepalived':
      return new Keepalived(host, settings, { realtime: false });
    case 'keepalived-rt':
      return new Keepalived(host, settings, {
        realtime: false,
        globals: [`vrrp_rt_priority ${String(REALTIME_PRIORITY)}`],
      });
  }
}
