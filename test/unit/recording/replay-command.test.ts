import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { replayCommand } from '../../../src/cli/replay.js';
import { recorded } from './recorded-router.fixture.js';

/** Runs the command with `input` on standard input. */
async function run(file: string, input: readonly string[] = []) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const said = Promise.all([text(stdout), text(stderr)]);
  const stdin = Readable.from(input.map((line) => `${line}\n`));
  const status = await replayCommand(file, { stdin, stdout, stderr });
  stdout.end();
  stderr.end();
  const [out, err] = await said;
  return { status, out: out.split('\n').slice(0, -1), err };
}

describe('kube-vrrp replay', () => {
  it('prints a timeline and that all was as recorded, and exits with 0', async () => {
    const { status, out, err } = await run('-', recorded().lines);
    assert.equal(status, 0);
    assert.equal(err, '');
    assert.equal(out[0], 'Recording of edge-1 by kube-vrrp 0.1.0, begun at 1970-01-01T00:00:00.000Z');
    assert.equal(out.at(-1), '9 steps, all as recorded');
    assert.match(
      out.join('\n'),
      /^ {5}2\.109375 web\/IPv4 timer -> Active, .*Backup to Active \(resignation\)/m,
    );
  });

  it('prints each difference with its line and exits with 1', async () => {
    const lines = recorded().lines.map((line, index) =>
      index === 3 ? line.replace(/"activeDownAt":\d+/, '"activeDownAt":1') : line,
    );
    const { status, out } = await run('-', lines);
    assert.equal(status, 1);
    assert.match(out.join('\n'), /^standard input:4: DIFFERS: after\.activeDownAt: recorded 1, now \d+$/m);
    assert.equal(out.at(-1), '9 steps, 1 differ');
  });

  it('names corrupt lines and exits with 2', async () => {
    const lines = [...recorded().lines, '{"n":11,"type":'];
    const { status, out } = await run('-', lines);
    assert.equal(status, 2);
    assert.ok(out.includes('standard input:12: cannot be used: not a JSON object'), out.join('\n'));
  });

  it('says that a file cannot be read, is empty or is no recording, and exits with 2', async () => {
    const missing = await run('/nonexistent/recording.jsonl');
    assert.equal(missing.status, 2);
    assert.match(missing.err, /\/nonexistent\/recording\.jsonl cannot be read: ENOENT/);
    const empty = await run('-');
    assert.equal(empty.status, 2);
    assert.match(empty.err, /is empty; a recording is made by "kube-vrrp agent --record FILE"/);
    const other = await run('-', ['kind: VirtualIP']);
    assert.equal(other.status, 2);
    assert.match(other.err, /is no recording; a recording is made by/);
  });

  it('reads a file by its name', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kube-vrrp-replay-'));
    try {
      const file = join(directory, 'recording.jsonl');
      await writeFile(file, recorded().lines.join('\n'));
      assert.equal((await run(file)).status, 0);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
