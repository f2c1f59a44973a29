import assert from 'node:assert/strict';
import { test } from 'node:test';

import { until } from '../../../lab/cluster/waiting.js';

test('waiting ends with the first answer that is one', async () => {
  const answers = [undefined, null, false, 0];
  assert.equal(await until('a number', 1000, async () => answers.shift(), { pause: 1 }), 0);
});

test('what was awaited in vain is told with the last answer and the explanation', async () => {
  const look = async (): Promise<never> => {
    throw new Error('connection refused');
  };
  const explain = async (): Promise<string> => 'w1 NotReady';
  await assert.rejects(
    until('all nodes are Ready', 10, look, { pause: 1, explain }),
    /not within 0\.01 s: all nodes are Ready\nlast: connection refused\nw1 NotReady/,
  );
});

test('an explanation that fails does not hide what was awaited', async () => {
  const explain = async (): Promise<string> => {
    throw new Error('no API server');
  };
  await assert.rejects(
    until('a pod', 10, async () => null, { pause: 1, explain }),
    /a pod\nlast: nothing was found\nError: no API server/,
  );
});
