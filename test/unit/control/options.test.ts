import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ControlOptions,
  DEFAULT_HTTP_ADDRESS,
  decodeControlOptions,
  encodeControlOptions,
  parseHttpAddress,
} from '../../../src/node-agent/control/options.js';

describe('--http', () => {
  const accepted: readonly (readonly [string, ReturnType<typeof parseHttpAddress>])[] = [
    ['127.0.0.1:9112', { ok: true, value: DEFAULT_HTTP_ADDRESS }],
    ['9112', { ok: true, value: DEFAULT_HTTP_ADDRESS }],
    ['[::1]:80', { ok: true, value: { host: '::1', port: 80 } }],
    ['localhost:0', { ok: true, value: { host: 'localhost', port: 0 } }],
    [':9112', { ok: true, value: { host: '', port: 9112 } }],
    ['off', { ok: true, value: null }],
  ];
  for (const [text, expected] of accepted)
    it(`takes ${text}`, () => {
      assert.deepEqual(parseHttpAddress(text), expected);
    });

  for (const text of [
    '',
    'on',
    '::1:80',
    '[::1]',
    '127.0.0.1',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    'a:b:1',
    '[x]:1',
  ])
    it(`refuses "${text}" and says what it takes`, () => {
      const parsed = parseHttpAddress(text);
      assert.ok(!parsed.ok);
      assert.match(parsed.problem, /is not ADDRESS:PORT \(e\.g\. 127\.0\.0\.1:9112, /);
    });
});

describe("the control process's argument", () => {
  it('comes out as it went in', () => {
    const options: ControlOptions = {
      version: '0.1.0',
      source: { kind: 'files', files: ['vip.yaml'] },
      nodeName: 'edge-1',
      stateDir: '/var/lib/kube-vrrp',
      http: null,
      logFormat: 'text',
      logLevel: 'info',
      recordFile: null,
      restarts: 2,
      routersRun: true,
    };
    assert.deepEqual(decodeControlOptions(encodeControlOptions(options)), options);
  });

  it('says who starts it when somebody else does', () => {
    for (const argument of [undefined, '{}', 'null'])
      assert.throws(() => decodeControlOptions(argument), /is started by it/);
  });
});
