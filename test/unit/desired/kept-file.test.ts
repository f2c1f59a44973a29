import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { KeptFile } from '../../../src/node-agent/desired/kept-file.js';
import { ManualClock } from '../../support/manual-clock.js';

describe('a file in which something is kept', () => {
  let directory: string;
  let clock: ManualClock;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kube-vrrp-kept-'));
    clock = new ManualClock();
  });
  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  /** `outcome`: how the next attempt to write ends, with a reason when it fails. */
  function kept(stateDir: string): { file: KeptFile; outcome: () => Promise<string | null> } {
    const outcomes: (string | null)[] = [];
    let arrived = (): void => undefined;
    const file = new KeptFile(
      stateDir,
      'kept.json',
      (_path, reason) => {
        outcomes.push(reason);
        arrived();
      },
      (milliseconds, callback) => clock.after(milliseconds, callback),
    );
    const outcome = async (): Promise<string | null> => {
      while (outcomes.length === 0)
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      return outcomes.shift() ?? null;
    };
    return { file, outcome };
  }

  const valueIn = (stateDir: string): unknown => kept(stateDir).file.read();

  it('is written as soon as it can be, though what is to be kept has not changed meanwhile', async () => {
    const stateDir = join(directory, 'state');
    await writeFile(stateDir, 'in the way');
    const { file, outcome } = kept(stateDir);
    file.keep({ known: 1 });
    assert.match((await outcome()) ?? '', /EEXIST/);
    await clock.advance(30_000);
    assert.match((await outcome()) ?? '', /EEXIST/);
    await rm(stateDir);
    await clock.advance(30_000);
    assert.equal(await outcome(), null);
    assert.deepEqual(valueIn(stateDir), { known: 1 });
    assert.equal(clock.next, null, 'and then it is left alone');
    await file.close();
  });

  it('is not written over with what is older by the time that it can be', async () => {
    const stateDir = join(directory, 'state');
    await writeFile(stateDir, 'in the way');
    const { file, outcome } = kept(stateDir);
    file.keep({ known: 1 });
    await outcome();
    await rm(stateDir);
    file.keep({ known: 2 });
    assert.equal(await outcome(), null);
    await clock.advance(60_000);
    await file.close();
    assert.deepEqual(valueIn(stateDir), { known: 2 });
  });

  it('is not tried again once it is closed', async () => {
    const { file, outcome } = kept(join(directory, 'missing\0'));
    file.keep({ known: 1 });
    await outcome();
    await file.close();
    assert.equal(clock.next, null);
  });
});
