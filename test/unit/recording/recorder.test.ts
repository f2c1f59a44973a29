import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Recorder } from '../../../src/node-agent/recording/recorder.js';
import { initialState } from '../../../src/node-agent/vrrp/router.js';
import type { Micros } from '../../../src/values/time.js';
import { KEY, recorded, takeover } from './recorded-router.fixture.js';
import { routerConfig } from '../../support/router-config.js';

const parsed = (line: string | undefined): Record<string, unknown> =>
  JSON.parse(line ?? '') as Record<string, unknown>;

const password = (text: string) => ({ type: 'Password', password: text }) as const;

describe('the recorder', () => {
  it('begins with a header that says what the file is', () => {
    const header = new Recorder().header({
      node: 'edge-1',
      program: '0.1.0',
      wallClock: Date.UTC(2026, 10, 22, 21, 42, 55, 123),
      now: 1_234_567 as Micros,
    });
    assert.deepEqual(parsed(header), {
      n: 0,
      format: 'kube-vrrp-recording',
      version: 1,
      node: 'edge-1',
      program: '0.1.0',
      time: '2026-11-22T21:42:55.123Z',
      at: 1_234_567,
    });
  });

  it('writes one line for each event, numbered without a gap', () => {
    const { lines } = recorded();
    assert.equal(lines.length, takeover.length + 2);
    assert.deepEqual(
      lines.map((line) => parsed(line)['n']),
      lines.map((_, index) => index),
    );
    assert.ok(lines.every((line) => !line.includes('\n')));
  });

  it('keeps deadlines, so that a replay can prove that a timer was set anew', () => {
    const { lines, states } = recorded();
    const afterAdvert = states[2];
    assert.equal(afterAdvert?.name, 'Backup');
    const { after } = parsed(lines[3]) as { after: { activeDownAt: number } };
    assert.equal(after.activeDownAt, afterAdvert.activeDownAt);
    assert.ok(!('config' in after));
  });

  it('never writes a password, and gives equal passwords equal masks and different ones different masks', () => {
    const recorder = new Recorder();
    const [first, second] = [
      routerConfig({ authentication: password('s3cret') }),
      routerConfig({ authentication: password('an0ther') }),
    ];
    const state = initialState(first);
    const changed = { ...state, config: second };
    const lines = [
      recorder.router(KEY, 0 as Micros, state),
      recorder.router('other/IPv4', 0 as Micros, state),
      recorder.step(KEY, 1 as Micros, { kind: 'configSet', config: second }, { state: changed, effects: [] }),
    ];
    assert.ok(lines.every((line) => !line.includes('s3cret') && !line.includes('an0ther')));
    const masks = lines.map((line) => /"password":"([^"]*)"/.exec(line)?.[1]);
    assert.equal(masks[0], masks[1]);
    assert.notEqual(masks[0], masks[2]);
    assert.ok(masks.every((mask) => mask !== undefined && mask.length >= 1 && mask.length <= 8));
  });
});
