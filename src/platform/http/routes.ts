import { type Reply, errorReply } from './reply.js';

/** What is served: by path, how to answer. */
export type Routes = Readonly<Record<string, () => Reply | Promise<Reply>>>;

export type Request = Readonly<{ method: string; url: string }>;

const METHODS = ['GET', 'HEAD'];
const LONGEST_URL = 2048;

/** The answer to a request, for any method and URL: reading is all that can be done here. */
export function answer(request: Request, routes: Routes): Reply | Promise<Reply> {
  if (request.url.length > LONGEST_URL) return errorReply(414, 'the URL is longer than 2048 characters');
  const path = pathOf(request.url);
  if (path === null) return errorReply(400, 'the URL is not a path');
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined)
    return errorReply(404, `there is no such page; there are ${Object.keys(routes).join(', ')}`);
  if (!METHODS.includes(request.method))
    return errorReply(405, `use ${METHODS.join(' or ')}`, { Allow: METHODS.join(', ') });
  return route();
}

/** The path of a request's target in origin form, without its query; null for the other forms. */
const pathOf = (url: string): string | null =>
  url.startsWith('/') ? (url.split(/[?#]/, 1)[0] ?? null) : null;
