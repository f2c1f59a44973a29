import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  type Fields,
  type Log,
  type LogFormat,
  type LogLevel,
  createLog,
} from '../../../src/platform/log.js';
import type { Wording } from '../../../src/platform/log-text.js';

/** 2026-11-22T21:42:55.123Z */
const TIME = Date.UTC(2026, 10, 22, 21, 42, 55, 123);

/** What `use` writes to a log of this format, line by line. */
function written(
  format: LogFormat,
  use: (log: Log) => void,
  level: LogLevel = 'info',
  wording?: Wording,
): string[] {
  let text = '';
  const stream = { write: (part: string) => void (text += part) };
  use(createLog({ format, level, stream, ...(wording === undefined ? {} : { wording }) }));
  return text.split('\n').slice(0, -1);
}

const record =
  (message: string, fields: Fields = {}, level: LogLevel = 'info') =>
  (log: Log): void =>
    log.write({ level, time: TIME, message, fields });

describe('the log as JSON', () => {
  it('is one object per line with level, time, fields and message', () => {
    const lines = written('json', record('HTTP is served', { address: '::1', port: 9112 }));
    assert.deepEqual(lines, [
      '{"level":"info","time":"2026-11-22T21:42:55.123Z","address":"::1","port":9112,"msg":"HTTP is served"}',
    ]);
  });

  it('stamps its own lines with the time of the wall clock', () => {
    const before = Date.now();
    const [line = ''] = written('json', (log) => log.warn('Now'));
    const { time, level } = JSON.parse(line) as { time: string; level: string };
    assert.ok(Date.parse(time) >= before && Date.parse(time) <= Date.now());
    assert.equal(level, 'warn');
  });

  it('leaves out what is less important than the level that was asked for', () => {
    const all = (log: Log): void => {
      for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](level);
    };
    const levels = (level: LogLevel): string[] =>
      written('json', all, level).map((line) => (JSON.parse(line) as { level: string }).level);
    assert.deepEqual(levels('debug'), ['debug', 'info', 'warn', 'error']);
    assert.deepEqual(levels('error'), ['error']);
  });

  it('masks passwords at any depth', () => {
    const fields = {
      password: 'geheim',
      config: { authentication: { type: 'Password', password: 'geheim' }, auth_pass: 'geheim' },
      list: [{ password: 'geheim' }],
    };
    const [line = ''] = written('json', record('Router', fields));
    assert.ok(!line.includes('geheim'), line);
    assert.equal(line.split('***').length - 1, 4);
  });

  it('writes an error as its name, message and code', () => {
    const error = Object.assign(new Error('boom'), { code: 'EPERM', secretDetail: 1 });
    const [line = ''] = written('json', record('Failed', { error }));
    const { error: told } = JSON.parse(line) as { error: unknown };
    assert.deepEqual(told, { name: 'Error', message: 'boom', code: 'EPERM' });
  });

  it('renames fields that would stand in for its own', () => {
    const [line = ''] = written('json', record('Said', { msg: 'x', level: 'y', time: 'z' }));
    assert.deepEqual(JSON.parse(line), {
      level: 'info',
      time: '2026-11-22T21:42:55.123Z',
      msg_: 'x',
      level_: 'y',
      time_: 'z',
      msg: 'Said',
    });
  });

  it('writes numbers that JSON does not know and values nested without end', () => {
    const nested: Record<string, unknown> = {};
    nested['self'] = nested;
    const [line = ''] = written('json', record('Odd', { big: 10n, nested }));
    assert.equal((JSON.parse(line) as { big: string }).big, '10');
  });
});

describe('the log as text', () => {
  it('is time, level, message and fields in one line', () => {
    assert.deepEqual(written('text', record('HTTP is served', { address: '::1', port: 9112 })), [
      '2026-11-22T21:42:55.123Z INFO  HTTP is served [address=::1 port=9112]',
    ]);
  });

  it('begins with the router that the line is about', () => {
    assert.deepEqual(written('text', record('Address lost', { router: 'web/IPv4', count: 2 }, 'error')), [
      '2026-11-22T21:42:55.123Z ERROR web/IPv4: Address lost [count=2]',
    ]);
  });

  it('quotes values that would look like two, or like none', () => {
    assert.deepEqual(
      written('text', record('Odd', { a: 'two words', b: '', c: '"x"', d: null, e: [1, 'b c'] })),
      [String.raw`2026-11-22T21:42:55.123Z INFO  Odd [a="two words" b="" c="\"x\"" d=null e=[1,"b c"]]`],
    );
  });

  it('never lets a value begin a line of its own or move the cursor', () => {
    const evil = 'x\n2026-11-22T21:42:55.123Z ERROR forged\r\u001b[2K\u202e';
    const [line = '', ...more] = written(
      'text',
      record('Heard', { router: evil, sender: evil, list: [evil] }),
    );
    assert.deepEqual(more, []);
    assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
  });

  it('uses better words where there are some, without repeating the fields they tell', () => {
    const wording: Wording = (message, { from }) =>
      message === 'Moved' ? { text: `came from ${String(from)}`, told: ['from'] } : null;
    const use = (log: Log): void => {
      record('Moved', { router: 'web/IPv4', from: 'Backup', vrid: 51 })(log);
      record('Other', { from: 'Backup' })(log);
    };
    assert.deepEqual(written('text', use, 'info', wording), [
      '2026-11-22T21:42:55.123Z INFO  web/IPv4: came from Backup [vrid=51]',
      '2026-11-22T21:42:55.123Z INFO  Other [from=Backup]',
    ]);
  });
});

describe('the log of a program on standard error', () => {
  /** Runs a program that logs, with a pipe as its standard error. Gives how it ended. */
  const run = (pipe: number): Promise<number | null> => {
    const module = fileURLToPath(new URL('../../../src/platform/log.ts', import.meta.url));
    const program = `
      import { createLog } from ${JSON.stringify(module)};
      const log = createLog({ format: 'text', level: 'info' });
      log.info('Before');
      setImmediate(() => { log.info('After'); log.flush(); log.info('Last'); process.exit(3); });`;
    const argv = ['--import', 'tsx', '--input-type=module', '--eval', program];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', pipe] });
    return new Promise((resolve) => child.once('exit', resolve));
  };
  const withPipe = async (use: (pipe: number) => Promise<void>): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), 'kube-vrrp-log-'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const pipe = openSync(join(folder, 'pipe'), constants.O_RDWR | constants.O_NONBLOCK);
    try {
      await use(pipe);
    } finally {
      closeSync(pipe);
      rmSync(folder, { recursive: true });
    }
  };

  it('is written to the last line when the program exits', () =>
    withPipe(async (pipe) => {
      assert.equal(await run(pipe), 3);
      const text = Buffer.alloc(4096);
      const lines = text.toString('utf8', 0, readSync(pipe, text)).trimEnd().split('\n');
      // One that a thread is just writing may come after those that are written at the end.
      assert.deepEqual(lines.map((line) => line.split(' ').at(-1)).sort(), ['After', 'Before', 'Last']);
    }));

  it('does not keep a program from ending that nobody reads', () =>
    withPipe(async (pipe) => {
      const filled = (): boolean => {
        try {
          return writeSync(pipe, 'x'.repeat(4096)) < 4096;
        } catch {
          return true;
        }
      };
      while (!filled());
      assert.equal(await run(pipe), 3);
    }));
});
