import type { HttpAddress } from '../../platform/http/address.js';
import { Listener, explained } from '../../platform/http/listener.js';
import { createServer } from '../../platform/http/server.js';
import type { Log } from '../../platform/log.js';
import type { AgentState } from './agent-state.js';
import { respond, wantsCounters } from './http/respond.js';
import { createMetrics } from './metrics.js';

const PROBLEM = 'HttpNotListening';

export type Served = Readonly<{
  state: AgentState;
  log: Log;
  /** Has the state brought up to date, counters and all. */
  fresh: () => Promise<void>;
}>;

/** Serves the agent's state over HTTP; what stands in the way is logged, shown among the problems, and retried. */
export function serveHttp(address: HttpAddress, { state, log, fresh }: Served): Listener {
  const metrics = createMetrics();
  const server = createServer({
    respond: async (request) => {
      if (wantsCounters(request) && state.view().status !== null) await fresh();
      return respond(request, state.view(), metrics);
    },
    failed: (error) => {
      log.error('HTTP request failed', { error });
    },
  });
  let told = '';
  const listener = new Listener(server, address, {
    listening: (host, port) => {
      told = '';
      state.problemSolved(PROBLEM);
      log.info('HTTP is served', { address: host, port });
    },
    failed: (error) => {
      const { message, remedy } = explained(error, address);
      state.problemFound({ code: PROBLEM, message, remedy });
      // Tried every few seconds: told once.
      if (told !== message)
        log.error('HTTP is not served; VRRP is not affected', { reason: message, remedy });
      told = message;
    },
  });
  listener.start();
  return listener;
}
