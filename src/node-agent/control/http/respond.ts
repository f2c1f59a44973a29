import { type Reply, errorReply, healthReply, jsonReply } from '../../../platform/http/reply.js';
import { type Request, type Routes, answer } from '../../../platform/http/routes.js';
import type { AgentView } from '../agent-view.js';
import { healthOf, readinessOf } from '../health.js';
import type { Metrics } from '../metrics.js';
import { processDocument, routersDocument } from './documents.js';

/** The answer to a request, for any method and URL. */
export const respond = (request: Request, view: AgentView, metrics: Metrics): Reply | Promise<Reply> =>
  answer(request, routes(view, metrics));

/** Whether the answer tells what changes with every advert. */
export const wantsCounters = ({ url }: Pick<Request, 'url'>): boolean => /^\/(metrics|v1\/)/.test(url);

const routes = (view: AgentView, metrics: Metrics): Routes => ({
  '/healthz': () => healthReply(healthOf(view)),
  '/readyz': () => healthReply(readinessOf(view)),
  '/metrics': async () => ({
    status: 200,
    headers: { 'Content-Type': metrics.contentType },
    body: await metrics.scrape(view),
  }),
  '/v1/routers': () =>
    view.status === null
      ? errorReply(503, 'the VRRP process has not reported yet; ask again in a second')
      : jsonReply(200, routersDocument(view, view.status)),
  '/v1/process': () => jsonReply(200, processDocument(view)),
});
