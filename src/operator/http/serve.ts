import type { HttpAddress } from '../../platform/http/address.js';
import { Listener, explained } from '../../platform/http/listener.js';
import { type Health, healthReply } from '../../platform/http/reply.js';
import { type Routes, answer } from '../../platform/http/routes.js';
import { createServer } from '../../platform/http/server.js';
import type { Log } from '../../platform/log.js';
import type { OperatorMetrics } from './metrics.js';

export type Served = Readonly<{
  /** Whether the process is in order; else the kubelet starts it again. */
  healthy: () => Health;
  /** Whether it knows the cluster, and could act as soon as it leads. */
  ready: () => Health;
  metrics: OperatorMetrics;
}>;

/** The operator's HTTP side. What stands in its way is logged, once, and tried again. */
export function serveOperator(address: HttpAddress, served: Served, log: Log): Listener {
  const routes = operatorRoutes(served);
  const server = createServer({
    respond: (request) => answer(request, routes),
    failed: (error) => {
      log.error('HTTP request failed', { error });
    },
  });
  let told = '';
  const listener = new Listener(server, address, {
    listening: (host, port) => {
      told = '';
      log.info('HTTP is served', { address: host, port });
    },
    failed: (error) => {
      const { message, remedy } = explained(error, address);
      if (told !== message) log.error('HTTP is not served', { reason: message, remedy });
      told = message;
    },
  });
  listener.start();
  return listener;
}

export const operatorRoutes = ({ healthy, ready, metrics }: Served): Routes => ({
  '/healthz': () => healthReply(healthy()),
  '/readyz': () => healthReply(ready()),
  '/metrics': async () => ({
    status: 200,
    headers: { 'Content-Type': metrics.contentType },
    body: await metrics.scrape(),
  }),
});
