import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ControlChannel } from '../../../src/node-agent/control/channel.js';
import { isToControl } from '../../../src/node-agent/control/message-guards.js';
import type { ToControl } from '../../../src/node-agent/ipc/messages.js';
import { createMetrics } from '../../../src/node-agent/control/metrics.js';
import { routersDocument } from '../../../src/node-agent/control/http/documents.js';
import { readinessOf } from '../../../src/node-agent/control/health.js';
import { status, told, view } from './agent-view.fixture.js';

/** The process's end of a channel, by hand. */
class FakePort extends EventEmitter {
  connected = true;
  readonly sent: unknown[] = [];

  send(message: unknown, done: (error: Error | null) => void): boolean {
    this.sent.push(message);
    done(null);
    return true;
  }

  disconnect(): void {
    this.connected = false;
    this.emit('disconnect');
  }
}

function opened(port = new FakePort()) {
  const received: ToControl[] = [];
  const closed: boolean[] = [];
  const channel = new ControlChannel(port);
  channel.start({
    received: (message) => received.push(message),
    closed: (expected) => closed.push(expected),
  });
  return { port, channel, received, closed };
}

const log: ToControl = { kind: 'log', entries: [{ level: 'info', time: 1, message: 'x', fields: {} }] };

describe('the channel to the VRRP process', () => {
  it('hands on what makes sense', () => {
    const { port, received, channel } = opened();
    const messages: readonly ToControl[] = [
      { kind: 'status', status: told() },
      log,
      { kind: 'recorded', lines: ['{}'] },
    ];
    for (const message of messages) port.emit('message', structuredClone(message));
    assert.deepEqual(received, messages);
    assert.equal(channel.malformed, 0);
  });

  it('ignores and counts what does not', () => {
    const { port, received, channel } = opened();
    const garbage: readonly unknown[] = [
      null,
      17,
      'status',
      {},
      { kind: 'constructor' },
      { kind: 'status' },
      { kind: 'status', status: { ...status(), routers: [{ key: 'web/IPv4' }] } },
      { kind: 'status', status: { ...status(), process: {} } },
      { kind: 'log', entries: [{ level: 'loud', time: 1, message: 'x', fields: {} }] },
      { kind: 'log', entries: [{ level: 'info', time: Number.NaN, message: 'x', fields: {} }] },
      { kind: 'recorded', lines: [1] },
    ];
    for (const message of garbage) port.emit('message', message);
    assert.deepEqual(received, []);
    assert.equal(channel.malformed, garbage.length);
  });

  it('takes nothing for a message that would break what uses it', () => {
    const metrics = createMetrics();
    const mangled = fc.record({ kind: fc.constant('status'), status: mangledStatus() });
    return fc.assert(
      fc.asyncProperty(mangled, async (message) => {
        if (!isStatusMessage(message)) return;
        const seen = view({ status: message.status });
        await metrics.scrape(seen);
        readinessOf(seen);
        JSON.stringify(routersDocument(seen, message.status));
      }),
    );
  });

  it('tells an end that was announced from one that was not', () => {
    const announced = opened();
    announced.port.emit('message', { kind: 'stopping' });
    announced.port.disconnect();
    assert.deepEqual(announced.closed, [true]);
    const sudden = opened();
    sudden.port.disconnect();
    assert.deepEqual(sudden.closed, [false]);
  });

  it('notices that the other side was gone before it listened', () => {
    const port = new FakePort();
    port.connected = false;
    assert.deepEqual(opened(port).closed, [false]);
  });

  it('sends while there is somebody, and drops what comes after the end', () => {
    const { port, channel } = opened();
    channel.send({ kind: 'record' });
    port.disconnect();
    channel.send({ kind: 'desired', routers: [], revision: 'r1' });
    assert.deepEqual(port.sent, [{ kind: 'record' }]);
  });
});

const isStatusMessage = (message: unknown): message is Extract<ToControl, { kind: 'status' }> =>
  isToControl(message) && message.kind === 'status';

/** A status of which one value, somewhere, is another one. */
function mangledStatus(): fc.Arbitrary<unknown> {
  const whole = JSON.parse(JSON.stringify(status())) as unknown;
  const paths = pathsOf(whole);
  return fc
    .tuple(fc.constantFrom(...paths), fc.jsonValue())
    .map(([path, value]) => replaced(whole, path, value));
}

function pathsOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([key, item]) => pathsOf(item).map((path) => [key, ...path]))];
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (String(index) === key ? replaced(item, rest, by) : item));
  const record = value as Record<string, unknown>;
  return { ...record, [key]: replaced(record[key], rest, by) };
}
