import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { type Clock, systemClock } from '../../../../src/platform/clock.js';
import { HttpsKubeApi } from '../../../../src/platform/kube/api.js';
import { KubeApiError, type KubeObject, type WatchEvent } from '../../../../src/platform/kube/ports.js';
import {
  LEASES,
  NODES,
  PODS,
  VIRTUAL_IPS,
  VIRTUAL_ROUTERS,
} from '../../../../src/platform/kube/resources.js';
import { NO_OBSERVER } from '../../../../src/platform/observer.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { RecordedLog } from '../../../support/recorded-log.js';
import {
  type Handler,
  answerJson,
  bodyOf,
  refusal,
  startScriptedApiServer,
} from '../../../support/scripted-api-server.js';

type Bounds = Readonly<{ request?: number; list?: number; watch?: number }>;

async function client(
  context: TestContext,
  handler: Handler,
  bounds: Bounds = {},
  clock: Clock = systemClock,
) {
  const scripted = await startScriptedApiServer(handler);
  const log = new RecordedLog();
  const requests: string[] = [];
  const api = new HttpsKubeApi({
    server: scripted.server,
    version: '1.2.3',
    component: 'operator',
    log,
    bounds,
    clock,
    random: () => 0,
    observer: {
      ...NO_OBSERVER,
      apiRequest: ({ verb, resource, code }) => requests.push(`${verb} ${resource} ${code}`),
    },
  });
  context.after(async () => {
    api.close();
    await scripted.close();
  });
  return { api, scripted, log, requests };
}

const isError =
  (status: number, reason: string, message = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof KubeApiError, String(error));
    assert.deepEqual([error.status, error.reason], [status, reason]);
    assert.match(error.message, message);
    return true;
  };

const node = (name: string, version = '1'): KubeObject => ({ metadata: { name, resourceVersion: version } });
const eventLine = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;

/** A watch whose answer the test writes. */
function openWatch(response: ServerResponse): ServerResponse {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  return response;
}

function collected(): { events: string[]; onEvent: (event: WatchEvent<KubeObject>) => void } {
  const events: string[] = [];
  return {
    events,
    onEvent: (event) =>
      events.push(
        event.type === 'BOOKMARK'
          ? `BOOKMARK ${event.resourceVersion}`
          : `${event.type} ${event.object.metadata?.name ?? ''}`,
      ),
  };
}

test('it says who it is, and asks for the object where the server has it', async (context) => {
  const seen: (string | undefined)[] = [];
  const { api, requests } = await client(context, ({ method, url, headers }, response) => {
    seen.push(`${String(method)} ${String(url)}`, headers['user-agent'], headers.authorization);
    answerJson(response, 200, { metadata: { name: 'web', resourceVersion: '7' } });
  });
  const object = await api.get(VIRTUAL_IPS, { name: 'web' });
  assert.equal(object?.metadata?.resourceVersion, '7');
  assert.deepEqual(seen, [
    'GET /apis/kube-vrrp.io/v1alpha1/virtualips/web',
    'kube-vrrp/1.2.3 (operator)',
    'Bearer token',
  ]);
  await api.get(PODS, { name: 'a', namespace: 'b' });
  assert.equal(seen[3], 'GET /api/v1/namespaces/b/pods/a');
  assert.deepEqual(requests, ['get virtualips 200', 'get pods 200']);
});

test('an object that is not there is null, a kind that the server does not know is an error', async (context) => {
  const { api, scripted } = await client(context, (_, response) =>
    answerJson(response, 404, refusal(404, 'NotFound', 'virtualips "web" not found', { name: 'web' })),
  );
  assert.equal(await api.get(VIRTUAL_IPS, { name: 'web' }), null);
  await api.delete(VIRTUAL_IPS, { name: 'web' });
  scripted.answer((_, response) => response.writeHead(404).end('404 page not found\n'));
  const unknown = isError(
    404,
    'NotFound',
    /virtualips\.kube-vrrp\.io v1alpha1: is its CustomResourceDefinition/,
  );
  await assert.rejects(api.get(VIRTUAL_IPS, { name: 'web' }), unknown);
  await assert.rejects(api.list(VIRTUAL_IPS, {}), unknown);
  await assert.rejects(api.delete(VIRTUAL_IPS, { name: 'web' }), unknown);
});

test('server-side apply is a PATCH with its manager, and with the type when the object does not say it', async (context) => {
  let sent: { url?: string | undefined; type?: string | undefined; body: string } | null = null;
  const { api } = await client(context, (request, response) => {
    void bodyOf(request).then((body) => {
      sent = { url: request.url, type: request.headers['content-type'], body };
      answerJson(response, 200, node('web-ipv4'));
    });
  });
  await api.apply(
    VIRTUAL_ROUTERS,
    { metadata: { name: 'web-ipv4' } },
    {
      fieldManager: 'agent w1',
      force: true,
      subresource: 'status',
    },
  );
  assert.deepEqual(sent, {
    url: '/apis/kube-vrrp.io/v1alpha1/virtualrouters/web-ipv4/status?fieldManager=agent%20w1&force=true',
    type: 'application/apply-patch+yaml',
    body: '{"apiVersion":"kube-vrrp.io/v1alpha1","kind":"VirtualRouter","metadata":{"name":"web-ipv4"}}',
  });
});

test('a large list is read page by page', async (context) => {
  const seen: string[] = [];
  const { api } = await client(context, ({ url = '' }, response) => {
    seen.push(url);
    const second = url.includes('continue=more%2F');
    answerJson(response, 200, {
      metadata: { resourceVersion: '9', ...(second ? {} : { continue: 'more/' }) },
      items: [node(second ? 'b' : 'a')],
    });
  });
  const { items, resourceVersion } = await api.list(NODES, { labelSelector: 'role in (edge, core)' });
  assert.deepEqual(
    items.map(({ kind, apiVersion, metadata }) => [kind, apiVersion, metadata?.name]),
    [
      ['Node', 'v1', 'a'],
      ['Node', 'v1', 'b'],
    ],
  );
  assert.equal(resourceVersion, '9');
  const selector = 'labelSelector=role%20in%20(edge%2C%20core)';
  assert.deepEqual(seen, [
    `/api/v1/nodes?${selector}&limit=500`,
    `/api/v1/nodes?${selector}&limit=500&continue=more%2F`,
  ]);
});

test('a list whose pages have expired is read in one piece', async (context) => {
  const { api } = await client(context, ({ url = '' }, response) => {
    if (url.includes('continue')) answerJson(response, 410, refusal(410, 'Expired', 'too old'));
    else if (url.includes('limit'))
      answerJson(response, 200, { metadata: { resourceVersion: '1', continue: 'x' }, items: [node('a')] });
    else answerJson(response, 200, { metadata: { resourceVersion: '2' }, items: [node('a'), node('b')] });
  });
  const { items, resourceVersion } = await api.list(NODES, {});
  assert.deepEqual([items.length, resourceVersion], [2, '2']);
});

test('a list that need not be the newest is one request', async (context) => {
  let asked = '';
  const { api } = await client(context, ({ url = '' }, response) => {
    asked = url;
    answerJson(response, 200, { metadata: { resourceVersion: '17' }, items: [] });
  });
  const { resourceVersion } = await api.list(VIRTUAL_ROUTERS, {
    notOlderThan: '12',
    fieldSelector: 'metadata.name=a',
  });
  assert.equal(
    asked,
    '/apis/kube-vrrp.io/v1alpha1/virtualrouters?fieldSelector=metadata.name%3Da&resourceVersion=12',
  );
  assert.equal(resourceVersion, '17');
});

test('a server that has never been that far is asked for what it has', async (context) => {
  const asked: string[] = [];
  const { api } = await client(context, ({ url = '' }, response) => {
    asked.push(url);
    if (url.includes('resourceVersion='))
      answerJson(response, 504, {
        ...{ kind: 'Status', status: 'Failure', code: 504, reason: 'Timeout' },
        message: 'Timeout: Too large resource version: 12, current: 3',
      });
    else answerJson(response, 200, { metadata: { resourceVersion: '3' }, items: [] });
  });
  const { resourceVersion } = await api.list(VIRTUAL_ROUTERS, { notOlderThan: '12' });
  assert.equal(resourceVersion, '3');
  assert.equal(asked.length, 2);
});

test('what the server refuses keeps its reason, its words and when to come back', async (context) => {
  const words = 'leases.coordination.k8s.io is forbidden: User "x" cannot create resource "leases"';
  const { api, scripted } = await client(context, (_, response) =>
    answerJson(response, 403, refusal(403, 'Forbidden', words)),
  );
  const lease = { metadata: { name: 'operator', namespace: 'kube-vrrp' } };
  await assert.rejects(
    api.create(LEASES, lease),
    isError(403, 'Forbidden', /^leases.* is forbidden: User "x"/),
  );
  scripted.answer((_, response) =>
    answerJson(response, 429, refusal(429, 'TooManyRequests', 'slow down'), { 'retry-after': '3' }),
  );
  await assert.rejects(api.replace(LEASES, lease), (error: KubeApiError) => error.retryAfter === 3);
  scripted.answer((_, response) => response.writeHead(429, { 'retry-after': '99999' }).end());
  await assert.rejects(api.replace(LEASES, lease), (error: KubeApiError) => error.retryAfter === 60);
  scripted.answer((_, response) => response.writeHead(502).end('<html>Bad\n gateway</html>'));
  await assert.rejects(api.version(), isError(502, 'Unknown', /get version: HTTP 502: <html>Bad gateway/));
});

test('an answer that cannot be read is malformed, not a crash', async (context) => {
  const { api, scripted } = await client(context, (_, response) => response.end('{"metadata":'));
  const unreadable = isError(0, 'Malformed');
  await assert.rejects(api.get(NODES, { name: 'a' }), unreadable);
  for (const body of [
    'null',
    '[]',
    '"text"',
    '{}',
    '{"items":[{}],"metadata":{"resourceVersion":"1"}}',
    '{"items":3}',
  ]) {
    scripted.answer((_, response) => response.end(body));
    await assert.rejects(api.list(NODES, {}), unreadable, body);
    await assert.rejects(api.get(NODES, { name: 'a' }), unreadable, body);
    await assert.rejects(api.version(), unreadable, body);
  }
});

test('a server that does not answer is given up after the deadline, and the connection with it', async (context) => {
  const { api, scripted, requests } = await client(context, () => undefined, { request: 50 });
  await assert.rejects(
    api.get(NODES, { name: 'a' }),
    isError(0, '', /\/api\/v1\/nodes\/a: no answer within 0.05 s/),
  );
  for (const socket of scripted.connections) await once(socket, 'close');
  assert.deepEqual(requests, ['get nodes none']);
});

test('a server that sends its answer too slowly is given up as well', async (context) => {
  const { api } = await client(
    context,
    (_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(timer));
    },
    { request: 60 },
  );
  await assert.rejects(api.get(NODES, { name: 'a' }), isError(0, '', /no answer within/));
});

test('a caller can call a request off', async (context) => {
  const { api } = await client(context, () => undefined);
  const called = new AbortController();
  const list = api.list(NODES, {}, called.signal);
  called.abort();
  await assert.rejects(list, isError(0, '', /called off/));
  await assert.rejects(api.list(NODES, {}, called.signal), isError(0, '', /called off/));
});

test('nobody there, and a certificate of somebody else, are errors without a status', async (context) => {
  const { api, scripted } = await client(context, (_, response) => answerJson(response, 200, node('a')));
  const stranger = new HttpsKubeApi({
    server: { ...scripted.server, credentials: () => Promise.resolve({ headers: {}, tls: {} }) },
    version: '1',
    component: 'test',
    log: new RecordedLog(),
  });
  await assert.rejects(stranger.get(NODES, { name: 'a' }), isError(0, '', /self-signed certificate/));
  stranger.close();
  await scripted.close();
  await assert.rejects(api.get(NODES, { name: 'a' }), isError(0, '', /ECONNREFUSED/));
});

test('connections are kept, and one that the server has closed meanwhile costs nothing but another', async (context) => {
  let broken = false;
  const { api, scripted } = await client(context, (request, response) => {
    // As when the server's idle time is over just when the request is on its way.
    if (broken) request.socket.destroy();
    else answerJson(response, 200, node('a'));
    broken = false;
  });
  await api.get(NODES, { name: 'a' });
  await api.get(NODES, { name: 'a' });
  assert.equal(scripted.accepted(), 1);
  broken = true;
  await api.get(NODES, { name: 'a' });
  assert.equal(scripted.accepted(), 2);
  broken = true;
  await assert.rejects(api.create(NODES, node('b')), isError(0, '')); // it may have been carried out
});

test('a warning of the server is logged once', async (context) => {
  const { api, log } = await client(context, (_, response) =>
    answerJson(response, 200, node('a'), { warning: '299 - "unknown field \\"spec.vird\\""' }),
  );
  await api.get(NODES, { name: 'a' });
  await api.get(NODES, { name: 'a' });
  assert.deepEqual(
    log.lines.map(({ message, fields }) => [message, fields['warning']]),
    [['The API server warns', 'unknown field "spec.vird"']],
  );
});

test('the version of the server is told in numbers', async (context) => {
  const { api } = await client(context, (_, response) =>
    answerJson(response, 200, { major: '1', minor: '20+' }),
  );
  assert.deepEqual(await api.version(), { major: 1, minor: 20 });
});

test('a watch begins with a bookmark, tells its events, and resolves when the server ends it', async (context) => {
  let asked = '';
  const { api, requests } = await client(context, ({ url = '' }, response) => {
    asked = url;
    openWatch(response);
    const text =
      eventLine('ADDED', node('é')) + eventLine('BOOKMARK', { metadata: { resourceVersion: '8' } });
    const bytes = Buffer.from(text);
    const cut = bytes.indexOf('é') + 1; // within the character
    response.write(bytes.subarray(0, cut), () => response.end(bytes.subarray(cut)));
  });
  const { events, onEvent } = collected();
  const selection = { labelSelector: 'a=b', resourceVersion: '5' };
  await api.watch(VIRTUAL_ROUTERS, selection, onEvent, new AbortController().signal);
  assert.deepEqual(events, ['BOOKMARK 5', 'ADDED é', 'BOOKMARK 8']);
  assert.equal(
    asked,
    '/apis/kube-vrrp.io/v1alpha1/virtualrouters?watch=1&allowWatchBookmarks=true&resourceVersion=5&timeoutSeconds=240&labelSelector=a%3Db',
  );
  assert.deepEqual(requests, ['watch virtualrouters 200']);
});

/** What becomes of a watch that `respond` answers. */
async function failedWatch(
  context: TestContext,
  respond: (response: ServerResponse) => void,
  bounds: Bounds = {},
) {
  const { api, requests } = await client(context, (_, response) => respond(response), bounds);
  const { events, onEvent } = collected();
  const watch = api.watch(NODES, { resourceVersion: '5' }, onEvent, new AbortController().signal);
  const error = await watch.then(
    () => null,
    (failure: unknown) => failure as KubeApiError,
  );
  return { error, events, requests };
}

test('a watch that is cut within a line has told what came before', async (context) => {
  const { error, events } = await failedWatch(context, (response) => {
    openWatch(response).write(`${eventLine('ADDED', node('a'))}{"type":"ADD`, () => response.destroy());
  });
  assert.ok(isError(0, '', /broke|aborted|hang up/)(error));
  assert.deepEqual(events, ['BOOKMARK 5', 'ADDED a']);
});

test('a watch that is ended in good order within a line is malformed', async (context) => {
  const { error } = await failedWatch(context, (response) => openWatch(response).end('{"type":"ADD'));
  assert.ok(isError(0, 'Malformed')(error));
});

test('garbage ends a watch, and what came before it has been told', async (context) => {
  const { error, events } = await failedWatch(context, (response) => {
    openWatch(response).write(`${eventLine('ADDED', node('a'))}garbage\n${eventLine('ADDED', node('b'))}`);
  });
  assert.ok(isError(0, 'Malformed')(error));
  assert.deepEqual(events, ['BOOKMARK 5', 'ADDED a']);
});

test('a history that is gone is Expired, as an answer and as an event', async (context) => {
  const asAnswer = await failedWatch(context, (response) =>
    answerJson(response, 410, refusal(410, 'Gone', 'too old resource version')),
  );
  assert.ok(isError(410, 'Expired')(asAnswer.error));
  assert.deepEqual(asAnswer.requests, ['watch nodes 410']);
  const asEvent = await failedWatch(context, (response) => {
    openWatch(response).write(eventLine('ERROR', refusal(410, 'Expired', 'too old resource version')));
  });
  assert.ok(isError(410, 'Expired')(asEvent.error));
});

test('a watch that does not begin, and one that falls silent, are given up', async (context) => {
  const never = await failedWatch(context, () => undefined, { request: 50 });
  assert.ok(isError(0, '', /no answer within 0.05 s/)(never.error));
  assert.deepEqual(never.requests, ['watch nodes none']);
  // The server has 15 s more than it was asked for.
  const silent = await failedWatch(context, (response) => void openWatch(response), { watch: -14_950 });
  assert.ok(isError(0, 'Silent', /nothing came for 0.05 s/)(silent.error));
  assert.deepEqual(silent.events, ['BOOKMARK 5']);
});

test('a watch that has had a bookmark is given up when nothing comes for 150 s, and no other one', async (context) => {
  const clock = new ManualClock();
  let answer: ServerResponse | undefined;
  const { api } = await client(context, (_, response) => (answer = openWatch(response)), {}, clock);
  let heard = (): void => undefined;
  const { events, onEvent } = collected();
  const watch = api
    .watch(
      NODES,
      { resourceVersion: '5' },
      (event) => {
        onEvent(event);
        heard();
      },
      new AbortController().signal,
    )
    .then(
      () => 'ended',
      (error: unknown) => error,
    );
  /** Until the watch has told of a line, or of its beginning. */
  const after = async (text: string): Promise<void> => {
    const told = new Promise<void>((resolve) => (heard = resolve));
    if (text !== '') answer!.write(text);
    await told;
  };
  const bookmark = (version: string): string =>
    eventLine('BOOKMARK', { metadata: { resourceVersion: version } });
  await after('');
  // The server has not said that it sends bookmarks.
  await clock.advance(200_000);
  await after(eventLine('ADDED', node('a')));
  await clock.advance(200_000);
  await after(bookmark('8'));
  await clock.advance(149_000);
  await after(eventLine('ADDED', node('b')));
  await clock.advance(149_000);
  await after(bookmark('9'));
  assert.deepEqual(events, ['BOOKMARK 5', 'ADDED a', 'BOOKMARK 8', 'ADDED b', 'BOOKMARK 9']);
  await clock.advance(150_000);
  assert.ok(isError(0, 'Silent', /nothing came for 150 s/)(await watch));
});

test('a listener that throws ends the watch, not the program', async (context) => {
  const { api } = await client(context, (_, response) => void openWatch(response));
  const failing = (): never => {
    throw new Error('a bug');
  };
  const { signal } = new AbortController();
  await assert.rejects(api.watch(NODES, { resourceVersion: '5' }, failing, signal), isError(0, '', /a bug/));
});

test('a watch that is called off resolves, tells nothing more and leaves no connection', async (context) => {
  let response: ServerResponse | null = null;
  const { api, scripted } = await client(context, (_request: IncomingMessage, opened) => {
    response = openWatch(opened);
    response.write(eventLine('ADDED', node('a')) + eventLine('ADDED', node('b')));
  });
  const stop = new AbortController();
  const { events, onEvent } = collected();
  await api.watch(
    NODES,
    { resourceVersion: '5' },
    (event) => {
      onEvent(event);
      if (event.type === 'ADDED') stop.abort();
    },
    stop.signal,
  );
  assert.deepEqual(events, ['BOOKMARK 5', 'ADDED a']);
  for (const socket of scripted.connections) await once(socket, 'close');
});
