import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it } from 'node:test';
import { AgentState } from '../../../src/node-agent/control/agent-state.js';
import { serveHttp } from '../../../src/node-agent/control/serve-http.js';
import { createLog } from '../../../src/platform/log.js';

describe('serving HTTP', () => {
  it('says who is in the way, what to do, and that VRRP is not affected, when the port is taken', async () => {
    const identity = { nodeName: 'edge-1', version: '0.1.0', nodeVersion: 'v20', pid: 1, restarts: 0 };
    const state = new AgentState(
      identity,
      () => 0,
      () => [],
      () => 0,
    );
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as AddressInfo;
    let told: (line: string) => void = () => undefined;
    const logged = new Promise<string>((resolve) => (told = resolve));
    const log = createLog({ format: 'text', level: 'info', stream: { write: (line) => told(line) } });
    const listener = serveHttp({ host: '127.0.0.1', port }, { state, log, fresh: () => Promise.resolve() });
    const line = await logged;
    await listener.close();
    squatter.close();
    assert.match(line, /ERROR HTTP is not served; VRRP is not affected \[/);
    assert.ok(line.includes(`another program listens on 127.0.0.1, port ${String(port)}`), line);
    assert.match(line, /ss -ltnp sport = :\d+.* or choose another port with --http/);
    assert.deepEqual(
      state.view().control.problems.map(({ code }) => code),
      ['HttpNotListening'],
    );
  });
});
