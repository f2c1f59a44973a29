import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

import { wallClock } from '../../lab/libc.js';
import { StallWatch } from '../../lab/stall-watch.js';

test('a process that is stopped for a while, as by its machine, notices it; and nothing from before', async () => {
  const watch = await StallWatch.start();
  const began = wallClock();
  const stopped = spawn('sh', [
    '-c',
    `kill -STOP ${String(process.pid)}; sleep 0.1; kill -CONT ${String(process.pid)}`,
  ]);
  await once(stopped, 'exit');
  // The thread tells of it when it runs again.
  while (watch.longest(began) === 0) await new Promise(setImmediate);
  assert.ok(watch.longest(began) >= 80, `${String(watch.longest(began))} ms`);
  assert.equal(watch.longest(wallClock() + 1_000), 0);
});
