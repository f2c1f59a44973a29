import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { StandaloneSource } from '../../../src/node-agent/desired/standalone-source.js';
import { vip } from './documents.js';
import { Updates, atEnd, inShort, startSource, temporaryDirectory } from './watched-files.js';

const web = (priority: number): string => vip('web', '192.0.2.100/24', 51, `priority: ${String(priority)}`);
const db = vip('db', '192.0.2.101/24', 52);

/** A directory with a file `vip.yaml` and one for the state. */
function configured(t: TestContext, text: string | null) {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'conf', 'vip.yaml');
  mkdirSync(join(directory, 'conf'));
  if (text !== null) writeFileSync(file, text);
  return { directory, file, stateDir: join(directory, 'state') };
}

describe('at start', () => {
  it('what the file says is told before start returns', (t) => {
    const { file, stateDir } = configured(t, web(150));
    const { updates } = startSource(t, [file], stateDir);
    assert.deepEqual(updates.waiting.map(inShort), ['accepted web/IPv4=150']);
  });

  it('several files are one configuration', (t) => {
    const { file, stateDir } = configured(t, web(150));
    const second = `${file}.more`;
    writeFileSync(second, db);
    const { updates } = startSource(t, [file, second], stateDir);
    assert.deepEqual(updates.waiting.map(inShort), ['accepted web/IPv4=150 db/IPv4=100']);
  });

  it('a broken file is refused, and without an earlier configuration nothing runs', (t) => {
    const { file, stateDir } = configured(t, web(300));
    const { updates } = startSource(t, [file], stateDir);
    const [first, second] = updates.waiting;
    assert.ok(first?.kind === 'refused' && !first.running);
    assert.match(inShort(first), /^refused spec.priority: must be a whole number/);
    assert.ok(second !== undefined);
    assert.match(
      inShort(second),
      /^stateDirFailed There is no earlier configuration to run instead: .* does not exist/,
    );
    assert.equal(updates.waiting.length, 2);
  });

  for (const [title, spoil] of [
    ['a broken file', (file: string) => writeFileSync(file, 'spec: [')],
    ['an empty file', (file: string) => writeFileSync(file, '')],
    ['a missing file', (file: string) => rmSync(file)],
    [
      'a directory in its place',
      (file: string) => {
        rmSync(file);
        mkdirSync(file);
      },
    ],
  ] as const)
    it(`${title} is refused, and what was accepted last is run`, async (t) => {
      const { file, stateDir } = configured(t, `${web(150)}---\n${db}`);
      await startSource(t, [file], stateDir).source.close();
      spoil(file);
      const { updates } = startSource(t, [file], stateDir);
      assert.deepEqual(
        updates.waiting.map(({ kind }) => kind),
        ['refused', 'restored'],
      );
      assert.equal(updates.waiting[1] && inShort(updates.waiting[1]), 'restored web/IPv4=150 db/IPv4=100');
    });

  it('an aborted signal keeps it from starting', (t) => {
    const { file, stateDir } = configured(t, web(150));
    const updates = new Updates();
    const source = new StandaloneSource({ files: [file], nodeName: 'a', stateDir, onUpdate: updates.add });
    assert.throws(() => {
      source.start(AbortSignal.abort());
    });
    assert.deepEqual(updates.waiting, []);
  });
});

describe('a change', () => {
  it('written in place is taken', async (t) => {
    const { file, stateDir } = configured(t, web(150));
    const { updates } = startSource(t, [file], stateDir);
    await updates.next();
    writeFileSync(file, web(120));
    assert.equal(inShort(await updates.next()), 'accepted web/IPv4=120');
  });

  it('renamed over the file, as editors do, is taken each time', async (t) => {
    const { file, stateDir } = configured(t, web(150));
    const { updates } = startSource(t, [file], stateDir);
    await updates.next();
    for (const priority of [120, 130]) {
      writeFileSync(`${file}~`, web(priority));
      renameSync(`${file}~`, file);
      assert.equal(inShort(await updates.next()), `accepted web/IPv4=${String(priority)}`);
    }
  });

  it('by moving the file away and writing a new one is taken as one change', async (t) => {
    const { file, stateDir } = configured(t, web(150));
    const { updates } = startSource(t, [file], stateDir);
    await updates.next();
    renameSync(file, `${file}~`);
    writeFileSync(file, web(120));
    assert.equal(inShort(await updates.next()), 'accepted web/IPv4=120');
  });

  it('by switching a symbolic link, as in a mounted ConfigMap, is taken each time', async (t) => {
    const { directory, stateDir } = configured(t, null);
    const mount = join(directory, 'mount');
    const publish = (revision: string, text: string): void => {
      mkdirSync(join(mount, revision), { recursive: true });
      writeFileSync(join(mount, revision, 'vip.yaml'), text);
      symlinkSync(revision, join(mount, '..data.new'));
      renameSync(join(mount, '..data.new'), join(mount, '..data'));
    };
    publish('..1', web(150));
    symlinkSync('..data/vip.yaml', join(mount, 'vip.yaml'));
    const { updates } = startSource(t, [join(mount, 'vip.yaml')], stateDir);
    assert.equal(inShort(await updates.next()), 'accepted web/IPv4=150');
    for (const priority of [120, 130]) {
      publish(`..${String(priority)}`, web(priority));
      assert.equal(inShort(await updates.next()), `accepted web/IPv4=${String(priority)}`);
    }
  });

  it('of a password file is taken', async (t) => {
    const { directory, file, stateDir } = configured(
      t,
      vip(
        'web',
        '192.0.2.9',
        7,
        'vrrpVersion: 2',
        'authentication: {type: Password, passwordFile: ../secret/key}',
      ),
    );
    mkdirSync(join(directory, 'secret'));
    writeFileSync(join(directory, 'secret', 'key'), 'first\n');
    const { updates } = startSource(t, [file], stateDir);
    const password = async () => {
      const update = await updates.next();
      assert.equal(update.kind, 'accepted');
      return update.desired.routers[0]?.authentication;
    };
    assert.deepEqual(await password(), { type: 'Password', password: 'first' });
    writeFileSync(join(directory, 'secret', 'key'), 'second');
    assert.deepEqual(await password(), { type: 'Password', password: 'second' });
  });

  it('that is bad is refused whole, with every problem, and what runs goes on', async (t) => {
    const { file, stateDir } = configured(t, `${web(150)}---\n${db}`);
    const { updates } = startSource(t, [file], stateDir);
    await updates.next();
    writeFileSync(file, `${web(0)}---\n${vip('db', '192.0.2.300', 52)}`);
    const update = await updates.next();
    assert.ok(update.kind === 'refused' && update.running);
    assert.deepEqual(
      update.problems.map(({ file: name, line, column, path }) => [name, line, column, path]),
      [
        [file, 8, 13, 'spec.priority'],
        [file, 15, 15, 'spec.addresses[0]'],
      ],
    );
    writeFileSync(file, web(120));
    assert.equal(inShort(await updates.next()), 'accepted web/IPv4=120');
  });

  it('back to what ran before is told as well, because the refusal is over', async (t) => {
    const { file, stateDir } = configured(t, web(150));
    const { updates } = startSource(t, [file], stateDir);
    await updates.next();
    writeFileSync(file, 'spec: [');
    assert.equal((await updates.next()).kind, 'refused');
    writeFileSync(file, web(150));
    assert.equal(inShort(await updates.next()), 'accepted web/IPv4=150');
  });

  it('that takes the file away is refused; its return is taken', async (t) => {
    const { file, stateDir } = configured(t, web(150));
    const { updates } = startSource(t, [file], stateDir);
    await updates.next();
    rmSync(file);
    const update = await updates.next();
    assert.ok(update.kind === 'refused' && update.running);
    assert.equal(inShort(update), 'refused : does not exist');
    writeFileSync(file, web(120));
    assert.equal(inShort(await updates.next()), 'accepted web/IPv4=120');
  });

  it('that replaces the whole directory is found by looking from time to time', async (t) => {
    const { directory, file, stateDir } = configured(t, web(150));
    const updates = new Updates();
    const looks: (() => void)[] = [];
    const source = new StandaloneSource({
      files: [file],
      nodeName: 'edge-1',
      stateDir,
      onUpdate: updates.add,
      // Waiting for files to settle is cut short; the long wait between two looks is the test's to end.
      startTimer: (milliseconds, callback) => {
        if (milliseconds < 5_000) setImmediate(callback);
        else looks.push(callback);
        return () => undefined;
      },
    });
    atEnd(t, () => source.close());
    source.start(new AbortController().signal);
    await updates.next();
    mkdirSync(join(directory, 'next'));
    writeFileSync(join(directory, 'next', 'vip.yaml'), web(120));
    renameSync(join(directory, 'conf'), join(directory, 'old'));
    renameSync(join(directory, 'next'), join(directory, 'conf'));
    looks.shift()?.();
    assert.equal(inShort(await updates.next()), 'accepted web/IPv4=120');
    // From here on the new directory is watched like the old one.
    writeFileSync(file, web(130));
    assert.equal(inShort(await updates.next()), 'accepted web/IPv4=130');
  });

  it('of another file in the directory, or of nothing but the time, is none', async (t) => {
    const { directory, file, stateDir } = configured(t, web(150));
    const { updates } = startSource(t, [file], stateDir);
    await updates.next();
    writeFileSync(join(directory, 'conf', 'other'), 'x');
    writeFileSync(file, web(150));
    writeFileSync(file, web(120));
    assert.equal(inShort(await updates.next()), 'accepted web/IPv4=120');
    assert.deepEqual(updates.waiting, []);
  });
});

describe('what was accepted last', () => {
  it('is kept for its owner alone, without leftovers, and reads as a file of its own', async (t) => {
    const { file, stateDir } = configured(
      t,
      vip('web', '192.0.2.9', 7, 'vrrpVersion: 2', 'authentication: {type: Password, password: s3cret}'),
    );
    await startSource(t, [file], stateDir).source.close();
    assert.deepEqual(readdirSync(stateDir), ['accepted.json']);
    const kept = join(stateDir, 'accepted.json');
    assert.equal(statSync(kept).mode & 0o777, 0o600);
    const { updates } = startSource(t, [kept], join(stateDir, 'other'));
    assert.equal(updates.waiting[0] && inShort(updates.waiting[0]), 'accepted web/IPv4=100');
  });

  it('is not touched by a refusal', async (t) => {
    const { file, stateDir } = configured(t, web(150));
    await startSource(t, [file], stateDir).source.close();
    const before = readFileSync(join(stateDir, 'accepted.json'), 'utf8');
    writeFileSync(file, web(300));
    await startSource(t, [file], stateDir).source.close();
    assert.equal(readFileSync(join(stateDir, 'accepted.json'), 'utf8'), before);
  });

  it('replaces what an interrupted write left', async (t) => {
    const { file, stateDir } = configured(t, web(150));
    mkdirSync(stateDir);
    writeFileSync(join(stateDir, 'accepted.json.new'), '{"half');
    chmodSync(join(stateDir, 'accepted.json.new'), 0o644);
    await startSource(t, [file], stateDir).source.close();
    assert.deepEqual(readdirSync(stateDir), ['accepted.json']);
    assert.equal(statSync(join(stateDir, 'accepted.json')).mode & 0o777, 0o600);
  });

  it('that is corrupt is told, and nothing runs from it', async (t) => {
    const { file, stateDir } = configured(t, web(300));
    mkdirSync(stateDir);
    writeFileSync(join(stateDir, 'accepted.json'), '{"apiVersion": "v1", "kind": "Li');
    const { updates } = startSource(t, [file], stateDir);
    assert.deepEqual(
      updates.waiting.map(({ kind }) => kind),
      ['refused', 'stateDirFailed'],
    );
    assert.match(inShort((await updates.next(), await updates.next())), /accepted.json:1:\d+: is not YAML/);
  });

  it('cannot be kept where there is no directory to be made: that is told, and the configuration runs', async (t) => {
    const { file, directory } = configured(t, web(150));
    writeFileSync(join(directory, 'occupied'), '');
    const { updates } = startSource(t, [file], join(directory, 'occupied', 'state'));
    assert.equal(inShort(await updates.next()), 'accepted web/IPv4=150');
    assert.match(
      inShort(await updates.next()),
      /^stateDirFailed The accepted configuration could not be kept in .*ENOTDIR/,
    );
    writeFileSync(file, web(120));
    assert.equal(inShort(await updates.next()), 'accepted web/IPv4=120');
  });

  it('cannot be kept where something is in the way: that is told, and nothing is left over', async (t) => {
    const { file, stateDir } = configured(t, web(150));
    mkdirSync(join(stateDir, 'accepted.json'), { recursive: true });
    const { updates } = startSource(t, [file], stateDir);
    assert.equal(inShort(await updates.next()), 'accepted web/IPv4=150');
    assert.match(inShort(await updates.next()), /^stateDirFailed .*EISDIR/);
    assert.deepEqual(readdirSync(stateDir), ['accepted.json']);
  });

  it('is tried again when it could not be kept, and that it works again is told', async (t) => {
    const { file, stateDir } = configured(t, web(150));
    mkdirSync(join(stateDir, 'accepted.json'), { recursive: true });
    const timers: (() => void)[] = [];
    const { updates } = startSource(t, [file], stateDir, (milliseconds, callback) => {
      if (milliseconds >= 30_000) timers.push(callback);
      return () => undefined;
    });
    assert.equal(inShort(await updates.next()), 'accepted web/IPv4=150');
    assert.match(inShort(await updates.next()), /^stateDirFailed .*EISDIR/);
    rmSync(join(stateDir, 'accepted.json'), { recursive: true });
    timers.shift()?.();
    assert.equal(inShort(await updates.next()), 'stateDirWorks');
    assert.match(readFileSync(join(stateDir, 'accepted.json'), 'utf8'), /"priority":150/);
  });
});
