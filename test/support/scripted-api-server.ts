import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { ApiServer } from '../../src/platform/kube/api-server.js';
import { testCertificate } from './test-certificate.js';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTPS server on loopback that answers as the test says; for what goes wrong on the way to a real one. */
export type ScriptedApiServer = Readonly<{
  /** As a client finds it. */
  server: ApiServer;
  /** The connections that are open. */
  connections: ReadonlySet<Socket>;
  /** How many connections there have been. */
  accepted: () => number;
  answer: (handler: Handler) => void;
  close: () => Promise<void>;
}>;

/** One pair of keys for all tests of a process. */
const certificate = testCertificate();

export async function startScriptedApiServer(first: Handler): Promise<ScriptedApiServer> {
  let handler = first;
  let accepted = 0;
  const connections = new Set<Socket>();
  const listener = createServer(certificate, (request, response) => handler(request, response));
  listener.on('secureConnection', (socket) => {
    accepted += 1;
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    socket.on('error', () => undefined); // the client has gone away
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  return {
    server: {
      url: new URL(`https://127.0.0.1:${String(port)}`),
      origin: 'a test',
      namespace: 'kube-vrrp',
      credentials: () =>
        Promise.resolve({ headers: { authorization: 'Bearer token' }, tls: { ca: certificate.cert } }),
    },
    connections,
    accepted: () => accepted,
    answer(next) {
      handler = next;
    },
    async close() {
      const closed = once(listener, 'close');
      listener.close();
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}

export function answerJson(response: ServerResponse, status: number, value: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

/** Kubernetes' way to refuse. */
export const refusal = (code: number, reason: string, message: string, details: object = {}): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  ...{ message, reason, details, code },
});

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
