import assert from 'node:assert/strict';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { networkAttempt } from '../../../src/node-agent/tracking/attempt.js';
import type { ProbeMethod, ProbeTarget } from '../../../src/node-agent/tracking/probe.js';

/** So long that no test waits for it, unless it is about waiting. */
const LONG = 60_000;

const servers: Server[] = [];
const sockets = new Set<Socket>();

/** A TCP server on loopback that does this with each connection; gives its port. */
async function serve(connected: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    connected(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A server that answers each request, once it is whole, with these octets. */
const answering = (reply: string): Promise<number> =>
  serve((socket) => {
    let request = '';
    socket.on('data', (chunk) => {
      request += chunk.toString('latin1');
      if (request.endsWith('\r\n\r\n')) socket.end(reply, 'latin1');
    });
  });

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const port = await serve(() => undefined);
  const server = servers.pop();
  await new Promise((resolve) => server?.close(resolve));
  return port;
}

const http = (port: number, changes: Partial<Extract<ProbeTarget, { kind: 'http' }>> = {}): ProbeTarget => ({
  kind: 'http',
  host: '127.0.0.1',
  port,
  path: '/healthz',
  headers: [],
  ...changes,
});
const tcp = (port: number): ProbeTarget => ({ kind: 'tcp', host: '127.0.0.1', port });

const attempt = (target: ProbeTarget, timeout = LONG, signal = new AbortController().signal) => {
  const method: ProbeMethod = { target, timeout, period: LONG, rise: 1, fall: 1 };
  return networkAttempt(method, signal);
};

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

describe('an HTTP probe', () => {
  for (const [status, success] of [
    [200, true],
    [204, true],
    [301, true],
    [399, true],
    [400, false],
    [404, false],
    [500, false],
    [503, false],
  ] as const)
    it(`${success ? 'succeeds' : 'fails'} with status ${String(status)}`, async () => {
      const port = await answering(`HTTP/1.1 ${String(status)} X\r\nContent-Length: 0\r\n\r\n`);
      assert.deepEqual(await attempt(http(port)), { success, message: `HTTP status ${String(status)}` });
    });

  it('asks for the path with its own headers, and says who asks and that nothing follows', async () => {
    let request = '';
    const port = await serve((socket) => {
      socket.on('data', (chunk) => {
        request += chunk.toString('latin1');
        if (request.endsWith('\r\n\r\n')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      });
    });
    const headers = [
      { name: 'Host', value: 'web.example' },
      { name: 'X-Two', value: '1' },
      { name: 'X-Two', value: '2' },
    ];
    await attempt(http(port, { path: '/a?b=c', headers }));
    const [line, ...rest] = request.trimEnd().split('\r\n');
    assert.equal(line, 'GET /a?b=c HTTP/1.1');
    assert.deepEqual(
      new Set(rest.map((header) => header.toLowerCase())),
      new Set([
        'host: web.example',
        'x-two: 1',
        'x-two: 2',
        'user-agent: kube-vrrp',
        'accept: */*',
        'connection: close',
      ]),
    );
  });

  it('reads no more of a body than it needs', async () => {
    const port = await serve((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        const more = (): void => {
          if (!socket.destroyed) socket.write(Buffer.alloc(16_384), more);
        };
        more();
      });
    });
    assert.deepEqual(await attempt(http(port)), { success: true, message: 'HTTP status 200' });
  });

  it('fails when what comes back is not HTTP', async () => {
    const port = await answering('SSH-2.0-OpenSSH_9.2\r\n');
    const { success, message } = await attempt(http(port));
    assert.equal(success, false);
    assert.match(message, /^not an HTTP reply \(HPE_/);
  });

  it('fails when the reply breaks off', async () => {
    const port = await answering('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
    assert.deepEqual(await attempt(http(port)), { success: false, message: 'connection reset' });
  });

  it('fails when the headers have no end', async () => {
    const port = await answering(`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(64 * 1024)}\r\n\r\n`);
    assert.equal((await attempt(http(port))).success, false);
  });

  it('fails when the server wants to speak another protocol', async () => {
    const port = await answering(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
    );
    assert.deepEqual(await attempt(http(port)), { success: false, message: 'HTTP status 101' });
  });

  it('fails when the connection is refused', async () => {
    assert.deepEqual(await attempt(http(await closedPort())), {
      success: false,
      message: 'connection refused',
    });
  });

  it('fails when there is no answer in time, also when octets trickle in', async () => {
    const silent = await serve(() => undefined);
    assert.deepEqual(await attempt(http(silent), 30), { success: false, message: 'no answer within 30 ms' });
    const trickling = await serve((socket) => {
      const trickle = (): void => {
        if (!socket.destroyed) socket.write('H', () => setImmediate(trickle));
      };
      socket.write('HTTP/1.1 200 OK\r\nX: ', trickle);
    });
    assert.equal((await attempt(http(trickling), 30)).success, false);
  });

  it('fails, and does not throw, when the request cannot be formed', async () => {
    const { success, message } = await attempt(http(80, { headers: [{ name: 'bad name', value: '' }] }));
    assert.deepEqual({ success, message }, { success: false, message: 'ERR_INVALID_HTTP_TOKEN' });
  });
});

describe('a TCP probe', () => {
  it('succeeds when the connection is accepted, and leaves nothing open', async () => {
    let closed: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    const port = await serve((socket) => void socket.once('close', closed));
    assert.deepEqual(await attempt(tcp(port)), { success: true, message: 'connected' });
    await gone;
  });

  it('fails when it is refused', async () => {
    assert.deepEqual(await attempt(tcp(await closedPort())), {
      success: false,
      message: 'connection refused',
    });
  });
});

describe('a probe that is stopped', () => {
  it('ends at once', async () => {
    const stop = new AbortController();
    const port = await serve(() => {
      stop.abort();
    });
    assert.deepEqual(await attempt(http(port), LONG, stop.signal), { success: false, message: 'stopped' });
  });
});
