import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemList } from '../../../src/node-agent/engine/problem-list.js';
import { fromSeconds } from '../../../src/values/time.js';

const problem = (code: string, message: string) => ({ code, message, remedy: 'mend it' });

void test('one kind of problem, found about ever more senders, does not hide the others', () => {
  const problems = new ProblemList();
  for (let sender = 0; sender < 1_000; sender++)
    problems.add(problem('UnknownPeer', `192.0.2.${String(sender)}`), fromSeconds(1));
  problems.add(problem('AddressRefused', 'EPERM'), fromSeconds(1));
  const shown = problems.current(fromSeconds(1));
  assert.ok(shown.some(({ code }) => code === 'AddressRefused'));
  assert.ok(shown.length <= 9);
});

void test('a problem is shown for a minute after it was last found', () => {
  const problems = new ProblemList();
  problems.add(problem('UnknownPeer', 'A'), fromSeconds(1));
  problems.add(problem('UnknownPeer', 'B'), fromSeconds(1));
  problems.add(problem('UnknownPeer', 'B'), fromSeconds(30));
  assert.deepEqual(
    problems.current(fromSeconds(62)).map(({ message }) => message),
    ['B'],
  );
});

void test('a problem that is no longer so goes at once, and the same about somebody else stays', () => {
  const problems = new ProblemList();
  problems.add(problem('AddressListDiffers', 'A'), fromSeconds(1));
  problems.add(problem('AddressListDiffers', 'B'), fromSeconds(1));
  problems.remove(problem('AddressListDiffers', 'A'));
  assert.deepEqual(
    problems.current(fromSeconds(1)).map(({ message }) => message),
    ['B'],
  );
  problems.remove(problem('AddressListDiffers', 'B'));
  assert.ok(problems.isEmpty);
});
