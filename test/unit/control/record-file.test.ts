import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { RecordFile } from '../../../src/node-agent/control/record-file.js';

describe('the file of a recording', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kube-vrrp-record-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  const ended: string[] = [];
  const opened = (path: string, maxSize?: number): RecordFile =>
    new RecordFile(path, { ended: (reason) => ended.push(reason) }, maxSize);

  it('gets the lines in order, and is for its owner only', async () => {
    const path = join(directory, 'recording.jsonl');
    const file = opened(path);
    for (let line = 0; line < 100; line++) file.append([`${String(line)}a`, `${String(line)}b`]);
    await file.close();
    const expected = Array.from({ length: 100 }, (_, line) => `${String(line)}a\n${String(line)}b\n`).join(
      '',
    );
    assert.equal(await readFile(path, 'utf8'), expected);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it('is continued, not replaced', async () => {
    const path = join(directory, 'recording.jsonl');
    await writeFile(path, 'earlier\n');
    const file = opened(path);
    file.append(['later']);
    await file.close();
    assert.equal(await readFile(path, 'utf8'), 'earlier\nlater\n');
  });

  it('ends before it grows too large, in a whole line, and says so once', async () => {
    const path = join(directory, 'recording.jsonl');
    ended.length = 0;
    const file = opened(path, 10);
    file.append(['1234']);
    await new Promise((resolve) => setImmediate(resolve));
    file.append(['5678901']);
    file.append(['x']);
    await file.close();
    assert.equal(await readFile(path, 'utf8'), '1234\n');
    assert.deepEqual(ended, ['the file would grow beyond 10 octets']);
  });

  it('says why it cannot be written, and costs nothing else', async () => {
    ended.length = 0;
    const file = opened(join(directory, 'missing', 'recording.jsonl'));
    file.append(['x']);
    await file.close();
    assert.equal(ended.length, 1);
    assert.match(ended[0] ?? '', /ENOENT/);
  });
});
