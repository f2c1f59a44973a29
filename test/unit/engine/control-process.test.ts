import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ControlProcess, heapLimit } from '../../../src/node-agent/engine/control-process.js';

describe('control process', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kube-vrrp-control-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const script = (text: string): string => {
    const path = join(folder, `${String(Math.random()).slice(2)}.mjs`);
    writeFileSync(path, text);
    return path;
  };

  /** Runs a script as the control process and collects what happens until `enough`. */
  const run = async (text: string, enough: (happened: readonly string[]) => boolean) => {
    const happened: string[] = [];
    let woken: () => void = () => undefined;
    const note = (what: string): void => {
      happened.push(what);
      woken();
    };
    const until = (condition: (happened: readonly string[]) => boolean): Promise<void> =>
      new Promise((resolve) => {
        woken = () => {
          if (condition(happened)) resolve();
        };
        woken();
      });
    const control = new ControlProcess(script(text), (restarts) => `start ${String(restarts)}`, {
      started: () => {
        note('started');
      },
      message: (message) => {
        note(JSON.stringify(message));
      },
      ended: (how, restartInMs) => {
        note(`ended: ${how}, ${restartInMs === null ? 'for good' : 'again'}`);
      },
    });
    control.start();
    await until(enough);
    return { control, happened, until };
  };

  it('passes messages on in both directions', async () => {
    const { control, happened, until } = await run(
      `process.on('message', (m) => process.send({ echo: m, argument: process.argv[2] })); process.send('ready');`,
      (all) => all.length === 2,
    );
    control.send({ kind: 'stopping' }, () => undefined);
    await until((all) => all.length === 3);
    assert.deepEqual(JSON.parse(happened[2] ?? ''), { echo: { kind: 'stopping' }, argument: 'start 0' });
    await control.close(5_000);
    assert.equal(happened.at(-1), 'ended: exit status 0, for good');
  });

  it('starts again after a crash, and says how it ended', async () => {
    const { control, happened } = await run(
      `if (process.argv[2] === 'start 0') process.exit(3); process.send(process.argv[2]);`,
      (all) => all.length === 4,
    );
    assert.deepEqual(happened.slice(0, 4), [
      'started',
      'ended: exit status 3, again',
      'started',
      '"start 1"',
    ]);
    await control.close(5_000);
  });

  it('may have half of the memory that a container is limited to, and as much as it likes where there is no limit', () => {
    const [host, container] = [16 * 2 ** 30, 256 * 2 ** 20];
    assert.deepEqual(heapLimit(container, host), ['--max-old-space-size=128']);
    assert.deepEqual(heapLimit(96 * 2 ** 20, host), ['--max-old-space-size=64']);
    for (const none of [0, host, Number.MAX_SAFE_INTEGER]) assert.deepEqual(heapLimit(none, host), []);
  });

  it('is what the kernel kills first when memory runs out', async () => {
    const { control, happened, until } = await run(
      `import { readFileSync } from 'node:fs';
       process.on('message', () => process.send(readFileSync('/proc/self/oom_score_adj', 'utf8').trim()));`,
      (all) => all.length === 1,
    );
    control.send({ kind: 'stopping' }, () => undefined);
    await until((all) => all.length === 2);
    assert.deepEqual(happened, ['started', '"1000"']);
    await control.close(5_000);
  });

  it('is tried again when the host cannot start it', async () => {
    const happened: string[] = [];
    let starts = 0;
    const again = new Promise<void>((resolve) => {
      const control = new ControlProcess(
        script(`process.send(process.argv[2]);`),
        // A null byte has the first fork() throw, as want of memory does.
        (restarts) => `start ${String(restarts)}${starts++ === 0 ? '\0' : ''}`,
        {
          started: () => happened.push('started'),
          message: (message) => {
            happened.push(JSON.stringify(message));
            void control.close(5_000).then(resolve);
          },
          ended: (how, restartInMs) => happened.push(restartInMs === null ? 'for good' : how),
        },
      );
      control.start();
    });
    await again;
    assert.match(happened[0] ?? '', /null bytes/);
    assert.deepEqual(happened.slice(1), ['started', '"start 0"', 'for good']);
  });

  it('is ended when it does not even read the last word', async () => {
    const { control, happened, until } = await run(
      `process.send('up'); setTimeout(() => { for (;;); }, 50);`,
      (all) => all.includes('"up"'),
    );
    const lines = Array<string>(1_000).fill('x'.repeat(1_000));
    for (let megabytes = 0; megabytes < 4; megabytes++)
      control.send({ kind: 'recorded', lines }, () => undefined);
    await control.close(200, { kind: 'stopping' });
    await until((all) => all.includes('ended: signal SIGKILL, for good'));
    assert.equal(happened.length, 3);
  });

  it('has the last word before the channel closes', async () => {
    const { control, happened } = await run(
      `process.on('message', (m) => process.exit(m.kind === 'stopping' ? 7 : 8)); process.send('up');`,
      (all) => all.includes('"up"'),
    );
    await control.close(5_000, { kind: 'stopping' });
    assert.equal(happened.at(-1), 'ended: exit status 7, for good');
  });

  it('is ended when it does not leave by itself', async () => {
    const { control } = await run(
      `setInterval(() => {}, 1000); process.on('disconnect', () => {}); process.send('up');`,
      (all) => all.includes('"up"'),
    );
    await control.close(50);
    assert.equal(control.connected, false);
  });
});
