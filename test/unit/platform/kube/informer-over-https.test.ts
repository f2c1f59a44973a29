import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type Clock, systemClock } from '../../../../src/platform/clock.js';
import { HttpsKubeApi } from '../../../../src/platform/kube/api.js';
import { KubeInformer } from '../../../../src/platform/kube/informer.js';
import { NODES } from '../../../../src/platform/kube/resources.js';
import { NO_OBSERVER } from '../../../../src/platform/observer.js';
import { RecordedLog } from '../../../support/recorded-log.js';
import { answerJson, refusal, startScriptedApiServer } from '../../../support/scripted-api-server.js';

const node = (name: string, version: number) => ({ metadata: { name, resourceVersion: String(version) } });
const line = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;

/** The informer's waits between attempts are over at once. The client's bounds are by the real clock. */
const hasty: Clock = { ...systemClock, after: (_, callback) => systemClock.after(0, callback) };

test('an informer gets through everything that a server and a network can do, and loses nothing', async (context) => {
  const lists = [
    { version: 1, items: [node('a', 1)] },
    // What happened while the history was lost and while garbage came is only in the next list.
    { version: 20, items: [node('a', 1), node('c', 11)] },
    { version: 30, items: [node('a', 1), node('c', 11), node('d', 25)] },
  ];
  const watches: ((response: ServerResponse) => void)[] = [
    (response) => response.write(`${line('ADDED', node('b', 2))}{"type":"ADD`, () => response.destroy()),
    (response) => response.end(line('BOOKMARK', node('', 5))),
    (response) => response.end(line('DELETED', node('b', 9))),
    (response) => response.write(line('ERROR', refusal(410, 'Expired', 'too old'))),
    (response) => response.write('<html>\n'),
    (response) => response.write(line('ADDED', node('e', 31))),
  ];
  const refusals = [
    (response: ServerResponse) =>
      answerJson(response, 500, refusal(500, 'InternalError', 'etcd has no leader')),
    (response: ServerResponse) => response.destroy(),
    (response: ServerResponse) => response.writeHead(503).end('no backend'),
  ];
  const asked: string[] = [];
  const scripted = await startScriptedApiServer(({ url = '' }, response) => {
    const [, version] = /watch=1.*resourceVersion=(\d+)/.exec(url) ?? [];
    // Between what works, something that does not.
    const refuse = asked.length % 2 === 1 ? refusals.shift() : undefined;
    asked.push(refuse !== undefined ? 'refused' : version === undefined ? 'list' : `watch ${version}`);
    if (refuse !== undefined) {
      refuse(response);
    } else if (version === undefined) {
      const { version: current, items } = lists.shift()!;
      answerJson(response, 200, { metadata: { resourceVersion: String(current) }, items });
    } else {
      response.writeHead(200);
      watches.shift()?.(response);
    }
  });
  const log = new RecordedLog();
  const restarts: string[] = [];
  const api = new HttpsKubeApi({ server: scripted.server, version: '1', component: 'test', log });
  const informer = new KubeInformer({
    ...{ api, log, resource: NODES, clock: hasty },
    observer: { ...NO_OBSERVER, watchRestarted: (_, reason) => restarts.push(reason) },
  });
  const stop = new AbortController();
  context.after(async () => {
    stop.abort();
    api.close();
    await scripted.close();
  });
  const told = new Promise<void>((resolve) => {
    informer.onChange(({ after }) => {
      if (after?.metadata?.name === 'e') resolve();
    });
  });
  const running = informer.run(stop.signal);
  await told;
  assert.deepEqual(
    informer
      .list()
      .map(({ metadata }) => metadata?.name)
      .sort(),
    ['a', 'c', 'd', 'e'],
  );
  assert.deepEqual(
    asked.filter((request) => request !== 'refused'),
    ['list', 'watch 1', 'watch 2', 'watch 5', 'watch 9', 'list', 'watch 20', 'list', 'watch 30'],
  );
  for (const reason of ['unreachable', 'refused', 'ended', 'expired', 'malformed'])
    assert.ok(restarts.includes(reason), reason);
  assert.equal(informer.staleSince, null);
  stop.abort();
  await running;
  await setImmediate();
});
