import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyScheduling } from '../../../src/node-agent/host/scheduling.js';
import { HostError } from '../../../src/platform/errors.js';
import { fakeLibc } from '../../support/fake-libc.js';

const refused = (): never => {
  throw new HostError('sched_setscheduler', 'EPERM');
};
const RESET_ON_FORK = 0x4000_0000;

void test('auto is round robin where the kernel allows it, and never inherited by children', () => {
  const policies: [number, number][] = [];
  const libc = fakeLibc({ setScheduler: (policy, priority) => void policies.push([policy, priority]) });
  assert.equal(applyScheduling(libc, 'auto', 10), 'SCHED_RR 10');
  assert.deepEqual(policies, [[2 | RESET_ON_FORK, 10]]);
});

void test('auto falls back to the best nice value, and says why', () => {
  const nices: number[] = [];
  const libc = fakeLibc({
    setScheduler: (policy) => {
      if (policy !== RESET_ON_FORK) refused();
    },
    setNice: (nice) => void nices.push(nice),
  });
  assert.equal(applyScheduling(libc, 'auto', 10), 'nice -20 (SCHED_RR 10 refused: EPERM)');
  assert.deepEqual(nices, [-20]);
});

void test('where everything is refused the process runs as it is', () => {
  const libc = fakeLibc({ setScheduler: refused });
  assert.equal(
    applyScheduling(libc, 'auto', 10),
    'normal (SCHED_RR 10 refused: EPERM, nice -20 refused: EPERM)',
  );
  assert.equal(applyScheduling(libc, 'fifo', 50), 'normal (SCHED_FIFO 50 refused: EPERM)');
});

void test('normal asks the kernel for nothing', () => {
  assert.equal(applyScheduling(fakeLibc({}), 'normal', 10), 'normal');
});
