import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { createClock } from '../../src/node-agent/host/clock.js';
import { applyScheduling } from '../../src/node-agent/host/scheduling.js';
import { loadLibc } from '../../src/node-agent/sockets/libc.js';
import { after, fromMillis, micros } from '../../src/values/time.js';
import { cannotRun } from './namespaces.js';

void test('the clock wakes the process at its deadlines, never before them', async (t) => {
  const clock = createClock(loadLibc());
  // The clock itself does not keep the process alive.
  const alive = setInterval(() => undefined, 60_000);
  t.after(() => {
    clock.close();
    clearInterval(alive);
  });
  for (const delay of [micros(300), fromMillis(1), micros(3_700), fromMillis(25)]) {
    const deadline = after(clock.now(), delay);
    const firedAt = await new Promise<number>((resolve) => {
      clock.arm(deadline, () => {
        resolve(clock.now());
      });
    });
    assert.ok(firedAt >= deadline, `${String(delay)} µs`);
  }
});

void test('real-time scheduling holds for this thread and not for its children', { skip: cannotRun }, (t) => {
  const libc = loadLibc();
  t.after(() => {
    libc.setScheduler(0, 0);
  });
  assert.equal(applyScheduling(libc, 'rr', 1), 'SCHED_RR 1');
  assert.equal(libc.scheduler() & 0xff, 2);
  // Field 41 of proc(5)'s stat: 0 is SCHED_OTHER. The shell's name has no blanks.
  const stat = execFileSync('cat', ['/proc/self/stat'], { encoding: 'utf8' }).split(' ');
  assert.equal(stat[40], '0');
});
