import assert from 'node:assert/strict';
import { test } from 'node:test';

import { STATE } from '../../../lab/cluster/folders.js';
import { hindrance, type ClusterRecord } from '../../../lab/cluster/record.js';
import { TEST_PACE } from '../../../lab/cluster/settings.js';

const record = (changes: Partial<ClusterRecord>): ClusterRecord => ({
  ...{
    state: STATE,
    maker: null,
    mountPoints: [],
    controllers: [],
    programs: '',
    imageStore: '',
    pace: TEST_PACE,
  },
  ...changes,
});

/** No process has this number: it is above the greatest. */
const NOBODY = 2 ** 22 + 1;

test('a machine without a cluster, and the remains of one, are no hindrance', () => {
  assert.equal(hindrance(null, false), null);
  assert.equal(hindrance(record({ maker: NOBODY }), true), null);
  assert.equal(hindrance(record({}), false), null);
  assert.equal(hindrance(record({ state: '/elsewhere/build/cluster' }), false), null);
});

test('there is one cluster and no second one', () => {
  assert.match(hindrance(record({}), true) ?? '', /is up already/);
});

test('a cluster that another process is making is left alone', () => {
  assert.match(hindrance(record({ maker: process.ppid }), false) ?? '', /is starting a cluster/);
});

test('a cluster of another checkout is left alone', () => {
  assert.match(
    hindrance(record({ state: '/elsewhere/build/cluster' }), true) ?? '',
    /Another checkout.*\/elsewhere\//,
  );
});
