import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  type Outcome,
  type ProcessFigures,
  cpuRatio,
  figuresOf,
  verdicts,
} from '../../../../bench/cost/figures.js';
import { csvOf, figuresTable, verdictTable } from '../../../../bench/cost/output.js';
import { FULL, interfacesFor, measurements, vridsByInterface } from '../../../../bench/cost/plan.js';
import { parseMemory, parseSchedstat, parseSwitches, since } from '../../../../bench/cost/process-usage.js';
import { presentPages, residentMappings } from '../../../../bench/cost/resident-pages.js';

const process = (change: Partial<ProcessFigures> = {}): ProcessFigures => ({
  ...{ cpuSeconds: 0.1, voluntary: 20, involuntary: 1, rss: 50 },
  ...change,
});

const outcome = (change: Partial<Outcome> = {}): Outcome => ({
  ...{ subject: 'standalone', routers: 255, interfaces: 1, role: 'Backup', run: 1 },
  ...{ seconds: 10, adverts: 2_550, firstAdvert: null, processes: [process(), process()], resident: 60 },
  ...change,
});

describe('what a process used, by proc(5)', () => {
  it('is read from schedstat, status and smaps_rollup', () => {
    assert.equal(parseSchedstat('1500000000 77 12\n'), 1.5);
    const status = 'Name:\tnode\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t3\n';
    assert.deepEqual(parseSwitches(status), { voluntary: 12, involuntary: 3 });
    const rollup = '55-ff ---p 00000000 00:00 0 [rollup]\nRss:     2048 kB\nPss:     1024 kB\n';
    assert.deepEqual(parseMemory(rollup), { rss: 2 });
  });

  it('is the difference of two readings', () => {
    const before = { cpuSeconds: 1, voluntary: 10, involuntary: 2 };
    const after = { cpuSeconds: 1.5, voluntary: 40, involuntary: 2 };
    assert.deepEqual(since(before, after), { cpuSeconds: 0.5, voluntary: 30, involuntary: 0 });
  });
});

describe('what processes have in memory together', () => {
  it('is read where anything is in memory at all', () => {
    const smaps = [
      ...['1000-3000 r-xp 00000000 fe:00 12 /usr/bin/node', 'Size: 8 kB', 'Rss:                   4 kB'],
      ...['4000-ff000 ---p 00000000 00:00 0 ', 'Rss:                   0 kB'],
      ...['7ffc0000-7ffc1000 rw-p 00000000 00:00 0 [stack]', 'Rss:                  12 kB'],
    ].join('\n');
    assert.deepEqual(residentMappings(smaps), [
      { from: 0x1000, to: 0x3000 },
      { from: 0x7ffc0000, to: 0x7ffc1000 },
    ]);
  });

  it('is the pages that are present, by their numbers', () => {
    const entries = Buffer.alloc(24);
    entries.writeBigUInt64LE((1n << 63n) | (1n << 55n) | 4711n, 0);
    entries.writeBigUInt64LE((1n << 62n) | 99n, 8);
    entries.writeBigUInt64LE((1n << 63n) | 8n, 16);
    assert.deepEqual(presentPages(entries), [4711n, 8n]);
  });
});

describe('the plan of the cost bench', () => {
  it('takes as many interfaces as VRIDs make necessary, and gives each its share', () => {
    assert.deepEqual([1, 255, 256, 1_000].map(interfacesFor), [1, 1, 2, 4]);
    const shares = vridsByInterface({ routers: 7, interfaces: 3 });
    assert.deepEqual(shares, [
      [1, 2, 3],
      [1, 2],
      [1, 2],
    ]);
  });

  it('measures the programs in turn, and keepalived in every scenario', () => {
    const all = measurements({ ...FULL, runs: 2 });
    const keyOf = ({ routers, role, run }: (typeof all)[number]): string => [routers, role, run].join();
    const theirs = new Set(all.filter(({ subject }) => subject === 'keepalived').map(keyOf));
    assert.deepEqual(new Set(all.map(keyOf)), theirs);
    assert.deepEqual(
      all.slice(0, 2).map(({ subject }) => subject),
      ['standalone', 'keepalived'],
    );
    assert.ok(all.filter(({ subject }) => subject === 'cluster').every(({ role }) => role === 'Active'));
  });
});

describe('the figures of the cost bench', () => {
  const keepalived = outcome({ subject: 'keepalived', processes: [process({ cpuSeconds: 0.05, rss: 13 })] });

  it('add the processes of a program up', () => {
    const [figures] = figuresOf([outcome()]);
    assert.ok(figures);
    assert.equal(figures.cpuPercent, 2);
    assert.ok(Math.abs(figures.perAdvert - 0.2e6 / 2_550) < 1e-9);
    assert.equal(figures.switchesPerSecond, 4.2);
    assert.equal(figures.rss, 100);
    assert.equal(figures.resident, 60);
    assert.deepEqual(figures.rssParts, [50, 50]);
  });

  it('are those of the middle one of several runs', () => {
    const runs = [0.3, 0.1, 0.2].map((cpuSeconds, index) =>
      outcome({ run: index + 1, processes: [process({ cpuSeconds })] }),
    );
    assert.equal(figuresOf(runs)[0]?.cpuPercent, 2);
    assert.equal(figuresOf(runs)[0]?.runs, 3);
  });

  it('compare by CPU time per advert with keepalived in the same scenario, and with no other', () => {
    const other = outcome({ ...keepalived, role: 'Active', processes: [process({ cpuSeconds: 9 })] });
    const all = figuresOf([outcome(), keepalived, other]);
    const [ours] = all;
    assert.ok(ours);
    assert.equal(cpuRatio(ours, all), 4);
    assert.equal(cpuRatio(ours, [ours]), null);
  });

  it('judge the targets that were measured, and no others', () => {
    const active = outcome({ role: 'Active', routers: 1, firstAdvert: 480 });
    const judged = verdicts(figuresOf([outcome(), keepalived, active]));
    assert.deepEqual(
      judged.map(({ what, met }) => [what, met]),
      [
        ['CPU, 255 routers, Backup', false],
        ['memory, 1 routers, standalone', true],
        ['start to first advert, standalone', true],
      ],
    );
  });

  it('are written as a table and as CSV, one line for each process', () => {
    const figures = figuresOf([outcome(), keepalived]);
    assert.match(figuresTable(figures), /\|\s+255 \| Backup \| kube-vrrp .* 4\.00 \|/);
    assert.match(verdictTable(figures), /CPU, 255 routers, Backup.*4\.00 \| missed/);
    const lines = csvOf([outcome({ firstAdvert: 12.34 }), keepalived])
      .trimEnd()
      .split('\n');
    assert.equal(lines.length, 4);
    assert.equal(new Set(lines.map((line) => line.split(',').length)).size, 1);
    assert.ok(lines[1]?.startsWith('standalone,Backup,255,1,1,10.000,2550,12.3,0,0.100000,20,1,'));
  });
});
