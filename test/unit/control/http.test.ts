import assert from 'node:assert/strict';
import { type Server, get, request } from 'node:http';
import { type AddressInfo, type Socket, connect, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { text as readText } from 'node:stream/consumers';
import type { AgentView } from '../../../src/node-agent/control/agent-view.js';
import { respond } from '../../../src/node-agent/control/http/respond.js';
import { createMetrics } from '../../../src/node-agent/control/metrics.js';
import { Listener } from '../../../src/platform/http/listener.js';
import type { Reply } from '../../../src/platform/http/reply.js';
import type { Request } from '../../../src/platform/http/routes.js';
import { HTTP_LIMITS, type HttpLimits, createServer } from '../../../src/platform/http/server.js';
import { router, status, view } from './agent-view.fixture.js';

const metrics = createMetrics();

const ask = async (
  url: string,
  of: AgentView = view(),
  method = 'GET',
): Promise<Reply & { json: unknown }> => {
  const reply = await respond({ method, url }, of, metrics);
  return {
    ...reply,
    json: reply.headers['Content-Type']?.startsWith('application/json') ? JSON.parse(reply.body) : null,
  };
};

const answering = (of: () => AgentView) => (request: Request) => respond(request, of(), metrics);

describe('the HTTP API', () => {
  it('answers /healthz by 200 or 503, with reasons', async () => {
    assert.deepEqual((await ask('/healthz')).json, { status: 'ok', reasons: [] });
    const bad = await ask('/healthz', view({ statusAge: 7_200 }));
    assert.equal(bad.status, 503);
    assert.deepEqual(bad.json, {
      status: 'unavailable',
      reasons: ['the VRRP process has not reported for 7.2 s'],
    });
  });

  it('answers /readyz by 200 or 503, with reasons', async () => {
    assert.equal((await ask('/readyz')).status, 200);
    const bad = await ask('/readyz', view({ stopping: true }));
    assert.deepEqual(
      [bad.status, bad.json],
      [503, { status: 'unavailable', reasons: ['the agent is stopping'] }],
    );
  });

  it('answers /metrics in the text format', async () => {
    const { status: code, headers, body } = await ask('/metrics');
    assert.equal(code, 200);
    assert.equal(headers['Content-Type'], 'text/plain; version=0.0.4; charset=utf-8');
    assert.match(body, /^kube_vrrp_build_info\{/m);
  });

  it('answers /v1/routers with the documented shape', async () => {
    const trackers = [{ id: 'web/tcp', up: false, weight: -50, message: 'connection refused' }];
    const problems = [{ code: 'X', message: 'x', remedy: 'y' }];
    const { json } = await ask(
      '/v1/routers',
      view({ status: status([router({ trackers, problems, counters: { sendErrors: 1 } })]) }),
    );
    assert.deepEqual(json, {
      node: 'edge-1',
      time: '2026-11-22T21:42:55.123Z',
      routers: [
        {
          name: 'web',
          family: 'IPv4',
          vrid: 51,
          interface: 'eth0',
          source: '198.51.100.1',
          state: 'Backup',
          reason: 'startup',
          since: '2026-11-22T21:42:45.123Z',
          priority: 100,
          basePriority: 100,
          addresses: ['198.51.100.100'],
          held: [],
          active: { source: '198.51.100.2', priority: 150 },
          trackers: [{ name: 'web/tcp', up: false, weight: -50, message: 'connection refused' }],
          transitions: [{ from: 'Initialize', to: 'Backup', reason: 'startup', count: 1 }],
          takeovers: { count: 0, seconds: 0.25 },
          counters: { sendErrors: 1 },
          problems,
        },
      ],
    });
  });

  it('answers /v1/routers by 503 before the first report', async () => {
    const { status: code, json } = await ask('/v1/routers', view({ status: null, statusAge: null }));
    assert.equal(code, 503);
    assert.match(JSON.stringify(json), /has not reported yet/);
  });

  it('answers /v1/process with both processes, the configuration and the probes', async () => {
    const { json } = await ask('/v1/process');
    const { vrrp, control, configuration } = json as Record<string, Record<string, unknown>>;
    assert.equal(vrrp?.['scheduling'], 'SCHED_RR 10');
    assert.equal(control?.['pid'], 4712);
    assert.deepEqual(configuration, {
      source: 'files',
      routers: ['web/IPv4'],
      acceptedAt: '2026-11-22T21:41:55.123Z',
      accepted: 1,
      refused: 0,
      problems: [],
    });
  });

  it('ignores the query', async () => {
    assert.equal((await ask('/healthz?verbose=1')).status, 200);
  });

  it('answers unknown pages by 404, and names those that exist', async () => {
    for (const url of ['/', '/v1', '/healthz/', '/constructor', '/__proto__', '//healthz', '/%68ealthz']) {
      const { status: code, json } = await ask(url);
      assert.equal(code, 404, url);
      assert.match(JSON.stringify(json), /\/healthz, \/readyz, \/metrics, \/v1\/routers, \/v1\/process/);
    }
  });

  it('answers other methods by 405 and says which are allowed', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE']) {
      const { status: code, headers } = await ask('/healthz', view(), method);
      assert.deepEqual([code, headers['Allow']], [405, 'GET, HEAD'], method);
    }
  });

  it('answers a target that is no path by 400, and a long one by 414', async () => {
    assert.equal((await ask('http://elsewhere/healthz')).status, 400);
    assert.equal((await ask('*')).status, 400);
    assert.equal((await ask(`/${'x'.repeat(2048)}`)).status, 414);
  });
});

describe('the HTTP server', () => {
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await Promise.all(
      servers.splice(0).map((server) => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      }),
    );
  });

  async function listening(
    limits: Partial<HttpLimits> = {},
    of: () => AgentView = view,
    failed: (error: unknown) => void = () => undefined,
  ): Promise<number> {
    const server = createServer({ respond: answering(of), failed }, { ...HTTP_LIMITS, ...limits });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  /** Sends octets on a connection of their own; gives what comes back until the server closes it. */
  async function exchange(port: number, octets: string | Buffer): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write(octets);
    let answer = '';
    socket.setEncoding('latin1').on('data', (part: string) => (answer += part));
    await new Promise((resolve) => socket.once('close', resolve));
    return answer;
  }

  const fetched = (port: number, path: string): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
        readText(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
      }).on('error', reject);
    });

  it('answers a request', async () => {
    const { status: code, body } = await fetched(await listening(), '/healthz');
    assert.deepEqual([code, body], [200, '{"status":"ok","reasons":[]}\n']);
  });

  it('answers HEAD with the headers of GET and no body', async () => {
    const port = await listening();
    const answer = await exchange(port, 'HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(answer, /\r\nContent-Length: 29\r\n/);
    assert.ok(answer.endsWith('\r\n\r\n'));
  });

  it('answers garbage by 400 and the end of the connection, and serves the next client', async () => {
    const port = await listening();
    for (const garbage of [
      '\0\xff\x16\x03\x01',
      'GET\r\n\r\n',
      'GET /healthz HTTP/9.9\r\n\r\n',
      Buffer.alloc(20_000, 0xfe),
    ])
      assert.match(
        await exchange(port, garbage),
        /^HTTP\/1\.1 400 Bad Request\r\n[^]*"this is not an HTTP request"/,
      );
    assert.equal((await fetched(port, '/healthz')).status, 200);
  });

  it('refuses headers beyond its limit by 431', async () => {
    const answer = await exchange(
      await listening(),
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(10_000)}\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 431 /);
  });

  it('ends the connection of a client that is too slow to send its request', async () => {
    const port = await listening({ headersTimeout: 50, requestTimeout: 50 });
    assert.match(await exchange(port, 'GET /healthz HTTP/1.1\r\nHos'), /^HTTP\/1\.1 408 /);
  });

  it('ends the connection of a client that says nothing', async () => {
    assert.equal(
      await exchange(
        await listening({ idleTimeout: 50, headersTimeout: 60_000, requestTimeout: 60_000 }),
        '',
      ),
      '',
    );
  });

  it('does not read the body of a request, and ends the connection after the answer', async () => {
    const port = await listening();
    const answer = await exchange(
      port,
      'POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello',
    );
    assert.match(answer, /^HTTP\/1\.1 405 [^]*\r\nConnection: close\r\n/);
  });

  it('turns away connections beyond its limit', async () => {
    const port = await listening({ connections: 1 });
    const first = connect(port, '127.0.0.1');
    sockets.push(first);
    const firstAnswer = new Promise<string>((resolve) =>
      first.once('data', (part) => resolve(part.toString('latin1'))),
    );
    await new Promise((resolve) => first.once('connect', resolve));
    assert.equal(await exchange(port, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'), '');
    first.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.match(await firstAnswer, /^HTTP\/1\.1 200 /);
  });

  it('answers by 500 when something of ours is broken, and tells what', async () => {
    const failures: unknown[] = [];
    const broken = new Error('broken');
    const port = await listening(
      {},
      () => {
        throw broken;
      },
      (error) => failures.push(error),
    );
    assert.equal((await fetched(port, '/healthz')).status, 500);
    assert.deepEqual(failures, [broken]);
  });

  it('keeps a connection for the next request', async () => {
    const port = await listening();
    const one = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
    const last = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    assert.equal((await exchange(port, one + last)).split('HTTP/1.1 200 OK').length - 1, 2);
  });
});

describe('the listener', () => {
  it('reports a port in use and listens once it is free', async () => {
    const squatter = createTcpServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as AddressInfo;
    const failures: (string | undefined)[] = [];
    let listener: Listener | undefined;
    try {
      const [host, taken] = await new Promise<[string, number]>((resolve) => {
        listener = new Listener(
          createServer({ respond: answering(view), failed: () => undefined }),
          { host: '127.0.0.1', port },
          {
            listening: (...where) => resolve(where),
            failed: ({ code }) => {
              failures.push(code);
              squatter.close();
            },
          },
          10,
        );
        listener.start();
      });
      assert.deepEqual([host, taken, failures[0]], ['127.0.0.1', port, 'EADDRINUSE']);
    } finally {
      squatter.close();
      await listener?.close();
    }
  });

  it('ends open connections when it is closed', async () => {
    const server = createServer({ respond: answering(view), failed: () => undefined });
    let port = 0;
    const listener = await new Promise<Listener>((resolve) => {
      const made: Listener = new Listener(
        server,
        { host: '127.0.0.1', port: 0 },
        {
          listening: (_host, chosen) => {
            port = chosen;
            resolve(made);
          },
          failed: (error) => {
            throw error;
          },
        },
      );
      made.start();
    });
    const client = request({ host: '127.0.0.1', port, path: '/healthz' });
    const ended = new Promise((resolve) => client.on('error', resolve));
    client.flushHeaders();
    await new Promise((resolve) => client.once('socket', (socket) => socket.once('connect', resolve)));
    await listener.close();
    client.destroy();
    await ended;
    assert.equal(server.listening, false);
  });
});
