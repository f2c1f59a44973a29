import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer as createPlain,
} from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import {
  KubeApiError,
  type KubeObject,
  type Resource,
  type Selection,
} from '../../src/platform/kube/ports.js';
import * as resources from '../../src/platform/kube/resources.js';
import { FakeKubeApi } from './fake-kube-api.js';
import { testCertificate } from './test-certificate.js';

/*
 * The API server of the tests as a program of its own, over HTTPS: for whole agents that run in a network namespace. Its second
 * ear is a socket in the file system, which the test reaches from wherever it runs.
 *
 *   node --import tsx test/support/fake-api-server.ts DIRECTORY
 *
 * leaves in DIRECTORY what a pod finds of its service account, and prints `listening PORT`.
 */

const ALL: readonly Resource[] = Object.values(resources);

type Target = Readonly<{ resource: Resource; namespace?: string; name?: string; subresource?: string }>;

/** Everything that a pod needs to trust the server; the key stays beside it. */
export function makeServiceAccount(directory: string, namespace: string): void {
  const account = join(directory, 'secrets/kubernetes.io/serviceaccount');
  mkdirSync(account, { recursive: true });
  const { key, cert } = testCertificate();
  writeFileSync(join(directory, 'key.pem'), key);
  writeFileSync(join(account, 'ca.crt'), cert);
  writeFileSync(join(account, 'token'), 'fake-token');
  writeFileSync(join(account, 'namespace'), namespace);
}

/** Serves `api` on loopback as an API server does, with the certificate that {@link makeServiceAccount} made. */
export async function serveApi(api: FakeKubeApi, directory: string, port = 0): Promise<Server> {
  const server = createServer(
    {
      key: readFileSync(join(directory, 'key.pem')),
      cert: readFileSync(join(directory, 'secrets/kubernetes.io/serviceaccount/ca.crt')),
    },
    (request, response) => {
      void answer(api, request, response).catch((error: unknown) => refuse(response, error));
    },
  );
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

async function answer(api: FakeKubeApi, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://127.0.0.1');
  const target = targetOf(url.pathname);
  if (target === null)
    throw new KubeApiError('the server could not find the requested resource', 404, 'NotFound');
  const { resource, namespace, name, subresource } = target;
  const key = { name: name ?? '', ...(namespace === undefined ? {} : { namespace }) };
  const selection = selectionOf(url, namespace);
  if (request.method === 'PATCH') {
    const object = (await json(request)) as KubeObject;
    const applied = await api.apply(resource, object, {
      fieldManager: url.searchParams.get('fieldManager') ?? '',
      force: url.searchParams.get('force') === 'true',
      ...(subresource === 'status' ? { subresource } : {}),
    });
    send(response, 200, applied);
  } else if (url.searchParams.has('watch')) {
    await stream(api, resource, selection, url, response);
  } else if (name === undefined) {
    const { items, resourceVersion } = await api.list(resource, selection);
    send(response, 200, { metadata: { resourceVersion }, items });
  } else {
    const found = await api.get(resource, key);
    if (found === null) throw new KubeApiError(`${resource.plural} "${name}" not found`, 404, 'NotFound');
    send(response, 200, found);
  }
}

async function stream(
  api: FakeKubeApi,
  resource: Resource,
  selection: Selection,
  url: URL,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const from = { ...selection, resourceVersion: url.searchParams.get('resourceVersion') ?? '' };
  await api.watch(
    resource,
    from,
    (event) => {
      if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/json' });
      const { type } = event;
      const object =
        type === 'BOOKMARK'
          ? { kind: resource.kind, metadata: { name: '', resourceVersion: event.resourceVersion } }
          : event.object;
      response.write(`${JSON.stringify({ type, object })}\n`);
    },
    gone.signal,
  );
  response.end();
}

function selectionOf(url: URL, namespace: string | undefined): Selection {
  const labelSelector = url.searchParams.get('labelSelector');
  const fieldSelector = url.searchParams.get('fieldSelector');
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === null ? {} : { labelSelector }),
    ...(fieldSelector === null ? {} : { fieldSelector }),
  };
}

/** `/apis/GROUP/VERSION/[namespaces/NAMESPACE/]PLURAL[/NAME[/status]]`, and the core group's `/api/v1/…`. */
function targetOf(path: string): Target | null {
  const steps = path
    .split('/')
    .filter((step) => step !== '')
    .map(decodeURIComponent);
  const group = steps[0] === 'apis' ? steps[1] : '';
  const rest = steps.slice(steps[0] === 'apis' ? 3 : 2);
  const namespaced = rest[0] === 'namespaces';
  const [plural, name, subresource] = namespaced ? rest.slice(2) : rest;
  const resource = ALL.find((each) => each.group === group && each.plural === plural);
  if (resource === undefined) return null;
  return {
    resource,
    ...(namespaced && rest[1] !== undefined ? { namespace: rest[1] } : {}),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

function refuse(response: ServerResponse, error: unknown): void {
  const { status, reason, message } =
    error instanceof KubeApiError ? error : new KubeApiError(String(error), 500, 'InternalError');
  // Away: not even an answer.
  if (status === 0 || response.headersSent) response.destroy();
  else
    send(response, status, {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      code: status,
      reason,
      message,
    });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Calls a method of the fake by its name: `{"method": "put", "arguments": [...]}`. */
export function serveControl(api: FakeKubeApi, socket: string): Server {
  rmSync(socket, { force: true });
  return createPlain((request, response) => {
    void (async () => {
      const { method, arguments: given } = (await json(request)) as { method: string; arguments: unknown[] };
      const result: unknown = (api as unknown as Record<string, (...all: unknown[]) => unknown>)[method]?.(
        ...given,
      );
      send(response, 200, { result: result ?? null, calls: api.calls });
    })();
  }).listen(socket);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const directory = process.argv[2] ?? '.';
  const api = new FakeKubeApi();
  const server = await serveApi(api, directory, Number(process.argv[3] ?? 0));
  serveControl(api, join(directory, 'control.sock'));
  process.stdout.write(`listening ${String((server.address() as AddressInfo).port)}\n`);
}
