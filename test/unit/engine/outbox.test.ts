import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Outbox, type Send } from '../../../src/node-agent/engine/outbox.js';
import type { LogEntry, ToControl, StatusReport } from '../../../src/node-agent/ipc/messages.js';

const entry = (message: string): LogEntry => ({ level: 'info', time: 0, message, fields: {} });
const status = { time: 1, process: {}, routers: [] } as unknown as StatusReport;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('outbox', () => {
  it('keeps what was logged before there is another process, and sends it in order', async () => {
    const outbox = new Outbox(() => status);
    outbox.log(entry('one'));
    outbox.log(entry('two'));
    const sent: ToControl[] = [];
    outbox.connect((message, done) => {
      sent.push(message);
      done();
    });
    await turn();
    assert.deepEqual(sent, [{ kind: 'log', entries: [entry('one'), entry('two')] }]);
  });

  it('has one message on its way and makes one status of many wishes', async () => {
    let made = 0;
    const outbox = new Outbox(() => {
      made++;
      return status;
    });
    const waiting: (() => void)[] = [];
    const hangs: Send = (_message, done) => waiting.push(done);
    outbox.connect(hangs);
    outbox.wantStatus();
    await turn();
    for (let wish = 0; wish < 10; wish++) outbox.wantStatus();
    await turn();
    assert.equal(made, 1);
    waiting.shift()?.();
    await turn();
    assert.equal(made, 2);
  });

  it('drops and counts what exceeds its bounds while the other process does not read', () => {
    const outbox = new Outbox(() => status);
    for (let line = 0; line < 5_500; line++) outbox.log(entry(String(line)));
    assert.equal(outbox.dropped, 500);
    assert.equal(outbox.takeLog().length, 5_000);
  });

  it('tells when the other process has taken everything', async () => {
    const outbox = new Outbox(() => status);
    const sent: string[] = [];
    outbox.connect((message, done) => {
      sent.push(message.kind);
      setImmediate(done);
    });
    outbox.log(entry('last words'));
    outbox.record('{}');
    await outbox.drained(10_000);
    assert.deepEqual(sent, ['log', 'recorded']);
  });

  it('goes on with a new process where the old one has left off', async () => {
    const outbox = new Outbox(() => status);
    outbox.connect(() => undefined);
    outbox.log(entry('lost with the old one'));
    await turn();
    outbox.log(entry('for the new one'));
    const sent: ToControl[] = [];
    outbox.connect((message, done) => {
      sent.push(message);
      done();
    });
    await turn();
    assert.deepEqual(sent, [{ kind: 'log', entries: [entry('for the new one')] }]);
  });
});
