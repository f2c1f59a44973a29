import type { AgentView } from '../agent-view.js';
import { type Health, healthOf, readinessOf } from '../health.js';
import type { Metrics } from '../metrics.js';
import { processDocument, routersDocument } from './documents.js';

export type Reply = Readonly<{ status: number; headers: Readonly<Record<string, string>>; body: string }>;

type Route = (view: AgentView, metrics: Metrics) => Reply | Promise<Reply>;

const ROUTES: Readonly<Record<string, Route>> = {
  '/healthz': (view) => healthReply(healthOf(view)),
  '/readyz': (view) => healthReply(readinessOf(view)),
  '/metrics': async (view, metrics) => ({
    status: 200,
    headers: { 'Content-Type': metrics.contentType },
    body: await metrics.scrape(view),
  }),
  '/v1/routers': (view) =>
    view.status === null
      ? errorReply(503, 'the VRRP process has not reported yet; ask again in a second')
      : jsonReply(200, routersDocument(view, view.status)),
  '/v1/process': (view) => jsonReply(200, processDocument(view)),
};

const METHODS = ['GET', 'HEAD'];
const LONGEST_URL = 2048;

/** The answer to a request, for any method and URL: reading is all that can be done here. */
export function respond(
  request: Readonly<{ method: string; url: string }>,
  view: AgentView,
  metrics: Metrics,
): Reply | Promise<Reply> {
  if (request.url.length > LONGEST_URL) return errorReply(414, 'the URL is longer than 2048 characters');
  const path = pathOf(request.url);
  if (path === null) return errorReply(400, 'the URL is not a path');
  const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (route === undefined)
    return errorReply(404, `there is no such page; there are ${Object.keys(ROUTES).join(', ')}`);
  if (!METHODS.includes(request.method))
    return errorReply(405, `use ${METHODS.join(' or ')}`, { Allow: METHODS.join(', ') });
  return route(view, metrics);
}

/** The path of a request's target in origin form, without its query; null for the other forms. */
const pathOf = (url: string): string | null =>
  url.startsWith('/') ? (url.split(/[?#]/, 1)[0] ?? null) : null;

/** An error as JSON, `{"error":{"status":404,"message":"…"}}`. */
export const errorReply = (
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Reply => jsonReply(status, { error: { status, message } }, headers);

const healthReply = ({ ok, reasons }: Health): Reply =>
  jsonReply(ok ? 200 : 503, { status: ok ? 'ok' : 'unavailable', reasons });

const jsonReply = (
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
  body: `${JSON.stringify(value)}\n`,
});
