import type { Log } from '../../platform/log.js';
import type { AgentState } from './agent-state.js';
import { createServer } from './http/create-server.js';
import { Listener } from './http/listener.js';
import { createMetrics } from './metrics.js';
import type { HttpAddress } from './options.js';

const PROBLEM = 'HttpNotListening';

/** Serves the agent's state over HTTP; what stands in the way is logged, shown among the problems, and retried. */
export function serveHttp(address: HttpAddress, state: AgentState, log: Log): Listener {
  const server = createServer({
    view: () => state.view(),
    metrics: createMetrics(),
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

function explained(
  error: NodeJS.ErrnoException,
  { host, port }: HttpAddress,
): Readonly<{ message: string; remedy: string }> {
  const where = `${host === '' ? 'any address' : host}, port ${String(port)}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return {
        message: `another program listens on ${where}`,
        remedy: `stop it ("ss -ltnp sport = :${String(port)}" names it) or choose another port with --http`,
      };
    case 'EADDRNOTAVAIL':
      return {
        message: `this host does not have the address of ${where}`,
        remedy: 'choose another address with --http',
      };
    case 'EACCES':
      return {
        message: `listening on ${where} is not allowed`,
        remedy: 'choose a port above 1023 with --http',
      };
    default:
      return {
        message: `listening on ${where} fails: ${error.message}`,
        remedy: 'choose another address with --http',
      };
  }
}
