import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createClock } from '../../../src/node-agent/host/clock.js';
import { after, between, fromMillis, fromSeconds } from '../../../src/values/time.js';
import { fakeLibc } from '../../support/fake-libc.js';

/** A clock whose alarms are only written down; `ring` is the signal. */
function silentClock(context: TestContext) {
  const alarms: number[] = [];
  const clock = createClock(fakeLibc({ alarmAfter: (microseconds) => alarms.push(microseconds) }));
  context.after(() => {
    clock.close();
  });
  return {
    clock,
    alarms,
    ring: () => {
      process.emit('SIGALRM');
    },
  };
}

void test('the clock never runs backwards and counts in microseconds', (context) => {
  const { clock } = silentClock(context);
  const first = clock.now();
  assert.ok(between(first, clock.now()) >= 0);
  assert.equal(Number.isInteger(first), true);
});

void test('a deadline that has passed is met by the next alarm, once', (context) => {
  const { clock, alarms, ring } = silentClock(context);
  let calls = 0;
  clock.arm(clock.now(), () => calls++);
  assert.deepEqual(alarms, [1]);
  ring();
  ring();
  assert.equal(calls, 1);
});

void test('a clock that is closed sets no alarm any more, for it would end the process', (context) => {
  const { clock, alarms } = silentClock(context);
  clock.close();
  alarms.length = 0;
  clock.arm(clock.now(), () => undefined);
  assert.deepEqual(alarms, []);
});

void test('an alarm before the deadline only sets the alarm again', (context) => {
  const { clock, alarms, ring } = silentClock(context);
  let calls = 0;
  clock.arm(after(clock.now(), fromSeconds(60)), () => calls++);
  ring();
  assert.equal(calls, 0);
  assert.equal(alarms.length, 2);
  assert.ok(alarms.every((microseconds) => microseconds > 59e6 && microseconds <= 60e6));
});

void test('a new deadline replaces the one before, and none cancels it', (context) => {
  const { clock, ring } = silentClock(context);
  const called: string[] = [];
  clock.arm(clock.now(), () => called.push('first'));
  clock.arm(clock.now(), () => called.push('second'));
  ring();
  clock.arm(clock.now(), () => called.push('third'));
  clock.arm(null, () => called.push('never'));
  ring();
  assert.deepEqual(called, ['second']);
});

void test('arming the same deadline again costs no system call, and counts with its new callback', (context) => {
  const { clock, alarms } = silentClock(context);
  const deadline = after(clock.now(), fromSeconds(60));
  clock.arm(deadline, () => undefined);
  clock.arm(deadline, () => undefined);
  assert.equal(alarms.length, 1);
});

void test('the callback may arm the clock anew', (context) => {
  const { clock, ring } = silentClock(context);
  let calls = 0;
  const again = (): void => {
    if (++calls < 3) clock.arm(clock.now(), again);
  };
  clock.arm(clock.now(), again);
  for (let alarm = 0; alarm < 5; alarm++) ring();
  assert.equal(calls, 3);
});

void test('a distant deadline is approached in steps that the timer can count', (context) => {
  const { clock, alarms } = silentClock(context);
  clock.arm(after(clock.now(), fromSeconds(1_000_000)), () => undefined);
  assert.deepEqual(alarms, [3_600_000_000]);
});

void test('a closed clock leaves no alarm and no listener behind', () => {
  const alarms: number[] = [];
  const before = process.listenerCount('SIGALRM');
  const clock = createClock(fakeLibc({ alarmAfter: (microseconds) => alarms.push(microseconds) }));
  clock.arm(after(clock.now(), fromMillis(5)), () => undefined);
  clock.close();
  assert.equal(alarms.at(-1), 0);
  assert.equal(process.listenerCount('SIGALRM'), before);
});
