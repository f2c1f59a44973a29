import assert from 'node:assert/strict';
import { test } from 'node:test';

import { STATE } from '../../../lab/cluster/folders.js';
import { hindrance, type ClusterRecord } from '../../../lab/cluster/record.js';
import { TEST_PACE } from '../../../lab/cluster/settings.js';

const record = (changes: Partial<ClusterRecord>): ClusterRecord => ({
  ...{ state: STATE, maker: null, mountPoints: [], programs: '', imageStore: '', pace: TEST_PACE },
  ...changes,
});

/** No process has this number: it is above the greatest. */
const NOBODY = 2 ** 22 + 1;

test('a machine without a cluster, and the remains of an own one, are no hindrance', () => {
  assert.equal(hindrance(null), null);
  assert.equal(hindrance(record({ maker: NOBODY })), null);
});

test('a cluster that another process is making is left alone', () => {
  assert.match(hindrance(record({ maker: process.ppid })) ?? '', /is starting a cluster/);
});

test('a cluster of another checkout is left alone', () => {
  assert.match(
    hindrance(record({ state: '/elsewhere/build/cluster' })) ?? '',
    /Another checkout.*\/elsewhere\//,
  );
});
