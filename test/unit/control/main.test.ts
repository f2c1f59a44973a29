import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ControlOptions, encodeControlOptions } from '../../../src/node-agent/control/options.js';
import type { ToControl, ToVrrp } from '../../../src/node-agent/ipc/messages.js';
import { router, told } from './agent-view.fixture.js';

const MAIN = fileURLToPath(new URL('../../../src/node-agent/control/main.ts', import.meta.url));

const CONFIGURATION = `
apiVersion: kube-vrrp.io/v1alpha1
kind: VirtualIP
metadata: {name: web}
spec: {addresses: [198.51.100.100], vrid: 51, interface: eth9}
`;

/** A control process, with this test as its VRRP process. */
class Control {
  readonly messages: ToVrrp[] = [];
  readonly exit: Promise<number | null>;
  readonly errors: Promise<string>;
  readonly output: Promise<string>;
  #log = '';
  readonly #waiting = new Set<() => void>();

  constructor(readonly child: ChildProcess) {
    this.exit = new Promise((resolve) => child.once('exit', resolve));
    const { stdout, stderr } = child;
    assert.ok(stdout !== null && stderr !== null);
    stderr.setEncoding('utf8').on('data', (part: string) => {
      this.#log += part;
      this.#look();
    });
    this.errors = text(stderr);
    this.output = text(stdout);
    child.on('message', (message) => {
      this.messages.push(message as ToVrrp);
      this.#look();
    });
  }

  /** Resolves with what `look` finds, as soon as it does. Rejects when the process ends first. */
  until<Found>(look: (log: string) => Found | null | undefined | false): Promise<Found> {
    return new Promise((resolve, reject) => {
      const attempt = (): void => {
        const found = look(this.#log);
        if (found === null || found === undefined || found === false) return;
        this.#waiting.delete(attempt);
        resolve(found);
      };
      this.#waiting.add(attempt);
      void this.exit.then(() => reject(new Error(`it ended first:\n${this.#log}`)));
      attempt();
    });
  }

  tell(message: ToControl): void {
    this.child.send(message);
  }

  #look(): void {
    for (const attempt of [...this.#waiting]) attempt();
  }
}

describe('the control process as a process', () => {
  let directory: string;
  let file: string;
  const running: ChildProcess[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kube-vrrp-control-'));
    file = join(directory, 'vip.yaml');
    await writeFile(file, CONFIGURATION);
  });
  afterEach(async () => {
    for (const child of running.splice(0)) child.kill('SIGKILL');
    await rm(directory, { recursive: true });
  });

  const node = (changes: Partial<ControlOptions>): readonly string[] => {
    const options: ControlOptions = {
      version: '0.1.0',
      source: { kind: 'files', files: [file] },
      nodeName: 'edge-1',
      stateDir: join(directory, 'state'),
      http: null,
      logFormat: 'text',
      logLevel: 'info',
      recordFile: null,
      restarts: 0,
      routersRun: false,
      ...changes,
    };
    return [process.execPath, '--import', 'tsx', MAIN, encodeControlOptions(options)];
  };

  function started([command = '', ...args]: readonly string[], environment: NodeJS.ProcessEnv = {}): Control {
    const env = { ...process.env, ...environment };
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    running.push(child);
    return new Control(child);
  }

  it('sends what is configured, and leaves with 0 when the agent says that it stops', async () => {
    const control = started(node({}));
    const desired = await control.until(() => control.messages.find(({ kind }) => kind === 'desired'));
    assert.deepEqual(desired.kind === 'desired' && desired.routers.map(({ key }) => key), ['web/IPv4']);
    control.tell({ kind: 'stopping' });
    control.child.disconnect();
    assert.equal(await control.exit, 0);
    assert.match(await control.errors, /INFO {2}Configuration accepted \[routers=1 probes=0\]/);
    assert.equal(await control.output, '');
  });

  it('leaves signals to the VRRP process', async () => {
    const control = started(node({}));
    await control.until(() => control.messages.length > 0);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) control.child.kill(signal);
    const entry = { level: 'info', time: 0, message: 'Still there', fields: {} } as const;
    control.tell({ kind: 'log', entries: [entry] });
    await control.until((log) => log.includes('1970-01-01T00:00:00.000Z INFO  Still there'));
    control.tell({ kind: 'stopping' });
    control.child.disconnect();
    assert.equal(await control.exit, 0);
  });

  it('goes on with what runs after a bad edit, and takes up a good one', async () => {
    const control = started(node({}));
    const desired = () => control.messages.filter((message) => message.kind === 'desired');
    await control.until(() => desired().length > 0);
    await writeFile(file, 'spec: [');
    await control.until((log) => /ERROR Configuration problem: .*vip\.yaml:\d+:\d+: /.test(log));
    assert.equal(desired().length, 1);
    await writeFile(file, CONFIGURATION.replace('vrid: 51', 'vrid: 52'));
    const again = await control.until(() => desired()[1]);
    assert.equal(again.routers[0]?.vrid, 52);
  });

  it('asks to be told all there is, also when there is nothing to run', async () => {
    await writeFile(file, 'spec: [');
    const control = started(node({}));
    await control.until(() => control.messages.some(({ kind }) => kind === 'tellAll'));
    assert.deepEqual(
      control.messages.map(({ kind }) => kind),
      ['tellAll'],
    );
  });

  it('asks for a recording and writes it', async () => {
    const recordFile = join(directory, 'recording.jsonl');
    const control = started(node({ recordFile }));
    await control.until(() => control.messages.some(({ kind }) => kind === 'record'));
    control.tell({ kind: 'recorded', lines: ['{"n":0}', '{"n":1}'] });
    control.tell({ kind: 'stopping' });
    control.child.disconnect();
    assert.equal(await control.exit, 0);
    assert.equal(await readFile(recordFile, 'utf8'), '{"n":0}\n{"n":1}\n');
  });

  it('serves what it knows', async () => {
    const control = started(node({ http: { host: '127.0.0.1', port: 0 } }));
    control.tell({ kind: 'status', status: told([router()]) });
    const port = await control.until(
      (log) => /HTTP is served \[address=127\.0\.0\.1 port=(\d+)\]/.exec(log)?.[1],
    );
    const code = await new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, path: '/readyz', agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject);
    });
    assert.equal(code, 200);
  });

  it('says in the log when it breaks, and ends so that it is started again', async () => {
    const control = started(node({ source: { kind: 'files', files: [null as unknown as string] } }));
    assert.notEqual(await control.exit, 0);
    assert.notEqual(await control.errors, '');
  });

  it('takes the addresses off the host, and ends with 1, when the VRRP process is gone without a word', async (context) => {
    if (process.getuid?.() !== 0) {
      context.skip(
        'NOT ROOT: it was not tried whether addresses are removed when the VRRP process is killed',
      );
      return;
    }
    // In a namespace of its own: one address of ours, one of somebody else.
    const script = `
      ip link add eth9 type veth peer name peer9 && ip link set eth9 up &&
      ip address add 198.51.100.1/24 dev eth9 &&
      "$NODE" --import tsx "$HOLD" eth9 198.51.100.100/32 &&
      ip -oneline address show dev eth9 scope global && echo --- &&
      "$@"; status=$?
      ip -oneline address show dev eth9 scope global
      exit $status`;
    const control = started(['unshare', '--net', 'sh', '-c', script, 'sh', ...node({})], {
      NODE: process.execPath,
      HOLD: fileURLToPath(new URL('./hold-address.fixture.ts', import.meta.url)),
    });
    await control.until(() => control.messages.length > 0);
    control.child.disconnect();
    assert.equal(await control.exit, 1);
    const [before = '', after = ''] = (await control.output).split('---');
    assert.match(before, /198\.51\.100\.100\/32/);
    assert.doesNotMatch(after, /198\.51\.100\.100\/32/);
    assert.match(after, /198\.51\.100\.1\/24/);
    assert.match(
      await control.errors,
      /The VRRP process is gone; its addresses are removed \[addresses=\["198/,
    );
  });
});
