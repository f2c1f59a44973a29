import assert from 'node:assert/strict';
import { it } from 'node:test';

import type { ApplyFigures, ScaleFigures, SteadyFigures } from '../../../../bench/scale/figures.js';
import {
  applyTable,
  remarks,
  requestsTable,
  verdictTable,
  watchedTable,
} from '../../../../bench/scale/output.js';

const apply: ApplyFigures = {
  size: { virtualIPs: 10, nodes: 10, members: 3 },
  ...{ created: 1, written: 31, ready: 40, cpu: { operator: 2, apiServer: 20 }, peak: 120 },
  requests: new Map([['patch virtualrouters', 10]]),
  ...{ refused: 0, unanswered: 0, again: new Map(), reports: { written: 60, failed: 0 } },
  ...{ watched: [10_000, 30_000, 20_000], problems: [] },
};

const steady: SteadyFigures = {
  ...{ seconds: 60, requests: new Map([['update leases', 40]]), needless: [], reports: 60 },
  ...{ watched: [600, 600, 1_200], cpuPercent: 1, rss: 90, heapUsed: 20 },
};

const figures: ScaleFigures = {
  ...{ tenth: null, apply, steady, throttled: null, restarted: { ...apply, problems: ['one is lost'] } },
  soak: {
    ...{ seconds: 300, warmUp: 120, changes: new Map([['edit', 3]]), cpuPercent: 2, peak: 310, problems: [] },
    rss: [0, 150, 200, 300].map((at) => ({ at, value: 100 })),
    heapUsed: [0, 150, 200, 300].map((at) => ({ at, value: 20 })),
  },
};

const full = { ...figures, apply: { ...apply, size: { virtualIPs: 1_000, nodes: 1_000, members: 3 } } };

it('what is reached with less than what the target is for is not called met', () => {
  const [, , written, fromLast] = verdictTable(figures).split('\n');
  assert.match(written ?? '', / missed/);
  assert.match(fromLast ?? '', / not measured with 1000/);
});

it('targets are met or missed by what was measured, the worst of all runs', () => {
  const [, , written, fromLast, memory, writes, lost] = verdictTable(full).split('\n');
  assert.match(written ?? '', /≤ 30 s .* 31\.0 s .* missed/);
  assert.match(fromLast ?? '', /30\.0 s .* met/);
  assert.match(memory ?? '', /310\.0 MiB .* missed/);
  assert.match(writes ?? '', / 0 .* 0 .* met/);
  assert.match(lost ?? '', / 1 .* missed/);
});

it('requests are told during apply, per VirtualIP, and per minute afterwards', () => {
  const table = requestsTable(figures);
  assert.match(table, /patch virtualrouters +\| +10 \| +1\.00 \| +0\.0 \|/);
  assert.match(table, /update leases +\| +0 \| +0\.00 \| +40\.0 \|/);
});

it('what an agent watches is told as the median and the most of all agents', () => {
  assert.match(watchedTable(figures), /\| +10 \| +10 \| +20\.0 kB \| 30\.0 kB \| +10 \| +20 \|/);
});

it('runs that were left out have no lines', () => {
  const table = applyTable(figures);
  assert.match(table, /undisturbed/);
  assert.match(table, /killed and restarted/);
  assert.doesNotMatch(table, /throttling|a tenth/);
  assert.match(remarks(figures), /RSS changed by \+0\.0 MiB an hour/);
  assert.equal(remarks({ ...figures, soak: null, restarted: null }).split('\n').length, 2);
});
