import { STATUS_CODES, type Server, type ServerResponse, createServer as createHttpServer } from 'node:http';
import type { Socket } from 'node:net';
import { type Reply, errorReply } from './reply.js';
import type { Request } from './routes.js';

/** What one client may ask of us. Times in milliseconds, sizes in octets. */
export type HttpLimits = Readonly<{
  connections: number;
  headerSize: number;
  /** To send all headers. */
  headersTimeout: number;
  /** To send the whole request. */
  requestTimeout: number;
  /** Without a byte in either direction, e.g. a client that does not read its reply. */
  idleTimeout: number;
  keepAliveTimeout: number;
}>;

/** Enough for monitoring systems and people; a stranger who opens all of them only shuts others out for seconds. */
export const HTTP_LIMITS: HttpLimits = {
  connections: 64,
  headerSize: 8 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  idleTimeout: 15_000,
  keepAliveTimeout: 5_000,
};

export type HttpHandler = Readonly<{
  respond: (request: Request) => Reply | Promise<Reply>;
  /** A request that could not be answered: our own fault. */
  failed: (error: unknown) => void;
}>;

/** A server, ready to listen. Request bodies are never read: nothing here takes any. */
export function createServer({ respond, failed }: HttpHandler, limits: HttpLimits = HTTP_LIMITS): Server {
  const server = createHttpServer({
    maxHeaderSize: limits.headerSize,
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    connectionsCheckingInterval: Math.min(1_000, limits.headersTimeout),
  });
  server.maxConnections = limits.connections;
  server.setTimeout(limits.idleTimeout, (socket) => socket.destroy());
  server.on('request', (request, response) => {
    const { method = '', url = '' } = request;
    // Whoever sends a body has sent it in vain; the connection ends with the reply.
    if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined)
      response.shouldKeepAlive = false;
    void Promise.resolve()
      .then(() => respond({ method, url }))
      .catch((error: unknown) => {
        failed(error);
        return errorReply(500, 'this should not have happened; the log tells more');
      })
      .then((reply) => {
        send(response, reply, method);
      });
  });
  server.on('clientError', refuse);
  return server;
}

function send(response: ServerResponse, { status, headers, body }: Reply, method: string): void {
  response.writeHead(status, {
    ...headers,
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(method === 'HEAD' ? undefined : body);
}

/** What came is not a request, or too big or too slow to be one: a last word where possible, and the end. */
function refuse(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { status, headers, body } = refusal(error.code);
  const head = [
    `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${String(Buffer.byteLength(body))}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function refusal(code: string | undefined): Reply {
  if (code === 'HPE_HEADER_OVERFLOW') return errorReply(431, 'the headers are too large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return errorReply(408, 'the request took too long');
  return errorReply(400, 'this is not an HTTP request');
}
