import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { Clock } from '../clock.js';
import type { ApiServer } from './api-server.js';
import { KubeApiError } from './ports.js';
import type { Answer } from './server-answer.js';
import { malformed } from './watch-lines.js';

export type HttpRequest = Readonly<{
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. */
  path: string;
  contentType?: string;
  body?: string;
  /** Milliseconds: until the whole answer is there; of a stream, until it begins. */
  deadline: number;
  signal?: AbortSignal | undefined;
}>;

export type StreamHandlers = Readonly<{
  /** The answer begins. Of one that is not 200 the body is not streamed. */
  onOpen: () => void;
  /** May throw: the stream ends with that error. */
  onData: (bytes: Buffer) => void;
  /**
   * Milliseconds without a byte after which the stream is given up, with the reason `Silent`. Asked when it opens and after each
   * `onData`.
   */
  silence: () => number;
}>;

/** Bytes: more than any page of a list has; memory is not to be filled by an answer. */
const LARGEST_BODY = 256 * 1024 * 1024;
/**
 * Milliseconds of silence on a connection before the kernel asks the other side whether it is there. libuv has it ask ten
 * times, a second apart, so a server whose host is gone is noticed after 12 s, also where a watch only listens.
 */
const PROBE_AFTER = 2_000;
const FREE_CONNECTIONS = 4;
/**
 * Milliseconds for a connection to be made. While a host is gone the kernel asks again after 1, 3, 7, 15 s …: who waited on would
 * come back that much later than the host.
 */
const CONNECT_WITHIN = 4_000;

/**
 * HTTPS requests to the API server over connections that are kept. What goes wrong before there is an answer is a
 * KubeApiError of status 0.
 */
export class HttpClient {
  readonly #server: ApiServer;
  readonly #userAgent: string;
  readonly #clock: Clock;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: FREE_CONNECTIONS, scheduling: 'lifo' });

  constructor(options: Readonly<{ server: ApiServer; userAgent: string; clock: Clock }>) {
    this.#server = options.server;
    this.#userAgent = options.userAgent;
    this.#clock = options.clock;
  }

  /** The whole answer, whatever its status. */
  request(request: HttpRequest): Promise<Answer> {
    return this.#exchange(request, readBody);
  }

  /** Resolves when the server ends the answer in good order, or `signal` is aborted; `Answer` when its status is not 200. */
  stream(request: HttpRequest, handlers: StreamHandlers): Promise<Answer | null> {
    return this.#exchange(request, (response, exchange) => {
      if (response.statusCode === 200) readStream(response, exchange, handlers);
      else readBody(response, exchange);
    });
  }

  /** Closes what is open; what is on its way is broken off. */
  close(): void {
    this.#agent.destroy();
  }

  async #exchange<T>(request: HttpRequest, read: Reader<T>): Promise<T> {
    try {
      return await this.#attempt(request, read);
    } catch (error) {
      if (!(error instanceof StaleConnection) || request.method === 'POST')
        throw this.#unreachable(error, request);
    }
    // The server had closed a connection that was kept. The others are likely to be as old.
    this.#dropFreeConnections();
    try {
      return await this.#attempt(request, read);
    } catch (error) {
      throw this.#unreachable(error, request);
    }
  }

  async #attempt<T>(request: HttpRequest, read: Reader<T>): Promise<T> {
    const { headers, tls, agent = this.#agent } = await this.#server.credentials();
    const { method, path, contentType, body, deadline, signal } = request;
    const { url } = this.#server;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(new Error('called off'));
        return;
      }
      const sent = httpsRequest({
        ...tls,
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port === '' ? 443 : Number(url.port),
        method,
        path: url.pathname.replace(/\/$/, '') + path,
        agent,
        headers: {
          accept: 'application/json',
          'user-agent': this.#userAgent,
          ...headers,
          ...(body === undefined
            ? {}
            : {
                'content-type': contentType ?? 'application/json',
                'content-length': Buffer.byteLength(body),
              }),
        },
      });
      const exchange = new Exchange<T>(sent, this.#clock, resolve, reject);
      const late = `no answer within ${deadline / 1_000} s`;
      exchange.within(deadline, late);
      exchange.heed(signal);
      sent.on('socket', (socket) => {
        socket.setKeepAlive(true, PROBE_AFTER);
        if (!socket.connecting || deadline <= CONNECT_WITHIN) return;
        exchange.within(CONNECT_WITHIN, `no connection within ${CONNECT_WITHIN / 1_000} s`);
        socket.once('connect', () => exchange.within(deadline, late));
      });
      sent.on('response', (response) => read(response, exchange));
      sent.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        exchange.fail(isStale ? new StaleConnection(error.message) : error);
      });
      sent.end(body);
    });
  }

  #unreachable(error: unknown, { method, path }: HttpRequest): KubeApiError {
    if (error instanceof KubeApiError) return error;
    // Whatever it was, connections that nobody uses may have broken by it too.
    this.#dropFreeConnections();
    const what = error instanceof Error ? error.message : String(error);
    const [plain = path] = path.split('?');
    const reason = error instanceof SilentStream ? 'Silent' : '';
    return new KubeApiError(`${method} ${this.#server.url.origin}${plain}: ${what}`, 0, reason);
  }

  #dropFreeConnections(): void {
    for (const sockets of Object.values(this.#agent.freeSockets))
      for (const socket of sockets ?? []) socket.destroy();
  }
}

/** A kept connection was closed by the server before it read the request. */
class StaleConnection extends Error {}

class SilentStream extends Error {}

type Reader<T> = (response: IncomingMessage, exchange: Exchange<T>) => void;

/** One request on its way: whatever happens first settles it, and nothing of it stays behind. */
class Exchange<T> {
  readonly #sent: ClientRequest;
  readonly #clock: Clock;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: Error) => void;
  #cancelTimer = (): void => undefined;
  #unheed = (): void => undefined;
  #settled = false;

  constructor(
    sent: ClientRequest,
    clock: Clock,
    resolve: (value: T) => void,
    reject: (error: Error) => void,
  ) {
    this.#sent = sent;
    this.#clock = clock;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Instead of the last such bound. */
  within(delay: number, otherwise: string, Failure: new (message: string) => Error = Error): void {
    this.#cancelTimer();
    if (!this.#settled) this.#cancelTimer = this.#clock.after(delay, () => this.fail(new Failure(otherwise)));
  }

  heed(signal: AbortSignal | undefined): void {
    const abort = (): void => this.fail(new Error('called off'));
    signal?.addEventListener('abort', abort, { once: true });
    this.#unheed = () => signal?.removeEventListener('abort', abort);
  }

  succeed(value: T): void {
    if (this.#settle()) this.#resolve(value);
  }

  fail(error: Error): void {
    if (!this.#settle()) return;
    this.#reject(error);
    this.#sent.destroy();
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#cancelTimer();
    this.#unheed();
    return true;
  }
}

function readBody(response: IncomingMessage, exchange: Exchange<Answer>): void {
  const parts: Buffer[] = [];
  let length = 0;
  response.on('data', (bytes: Buffer) => {
    parts.push(bytes);
    length += bytes.length;
    if (length > LARGEST_BODY) exchange.fail(malformed(`an answer of more than ${LARGEST_BODY} bytes`));
  });
  onEnd(response, exchange, () => {
    const { statusCode = 0, headers } = response;
    exchange.succeed({ status: statusCode, headers, body: Buffer.concat(parts).toString('utf8') });
  });
}

function readStream(
  response: IncomingMessage,
  exchange: Exchange<Answer | null>,
  { onOpen, onData, silence }: StreamHandlers,
): void {
  const guarded = (step: () => void): void => {
    try {
      step();
      const bound = silence();
      exchange.within(bound, `nothing came for ${bound / 1_000} s`, SilentStream);
    } catch (error) {
      exchange.fail(error instanceof Error ? error : new Error(String(error)));
    }
  };
  guarded(onOpen);
  response.on('data', (bytes: Buffer) => guarded(() => onData(bytes)));
  onEnd(response, exchange, () => exchange.succeed(null));
}

function onEnd(response: IncomingMessage, exchange: Exchange<never>, end: () => void): void {
  response.on('error', (error) => exchange.fail(error));
  response.on('close', () => exchange.fail(new Error('the connection broke within the answer')));
  response.on('end', () => {
    if (response.complete) end();
    else exchange.fail(new Error('the connection broke within the answer'));
  });
}
