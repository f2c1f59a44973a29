import type { AgentView } from '../../../src/node-agent/control/agent-view.js';
import type { RouterStatus, StatusReport, VrrpStatus } from '../../../src/node-agent/ipc/messages.js';
import { newStatistics } from '../../../src/node-agent/vrrp/statistics.js';

/** 2026-11-22T21:42:55.123Z */
export const NOW = Date.UTC(2026, 10, 22, 21, 42, 55, 123);

export const histogram = (counts: readonly number[] = [0, 0, 0]): VrrpStatus['process']['lateness'] => ({
  buckets: [
    { le: 0.001, count: counts[0] ?? 0 },
    { le: 0.01, count: counts[1] ?? 0 },
    { le: null, count: counts[2] ?? 0 },
  ],
  sum: 0.25,
  count: counts[2] ?? 0,
});

export const router = (changes: Partial<RouterStatus> = {}): RouterStatus => ({
  key: 'web/IPv4',
  virtualIP: 'web',
  family: 'IPv4',
  vrid: 51,
  state: 'Backup',
  because: 'startup',
  since: NOW - 10_000,
  priority: 100,
  basePriority: 100,
  interface: 'eth0',
  source: '198.51.100.1',
  addresses: ['198.51.100.100'],
  held: [],
  active: { source: '198.51.100.2', priority: 150 },
  counters: { ...newStatistics() },
  transitions: { 'Initialize>Backup:startup': 1 },
  takeover: histogram(),
  trackers: [],
  problems: [],
  ...changes,
});

/** All of it, as the VRRP process tells it at first. */
export const told = (routers?: readonly RouterStatus[]): StatusReport => ({
  ...status(routers),
  whole: true,
  gone: [],
});

export const status = (routers: readonly RouterStatus[] = [router()]): VrrpStatus => ({
  time: NOW,
  process: {
    pid: 4711,
    scheduling: 'SCHED_RR 10',
    lateness: histogram([3, 5, 6]),
    droppedMessages: 0,
    unmatched: { unknownVrid: 2 },
    problems: [],
  },
  revision: 'r1',
  routers,
});

export const view = (changes: Partial<AgentView> = {}): AgentView => ({
  nodeName: 'edge-1',
  program: { version: '0.1.0', nodeVersion: 'v20.20.2' },
  status: status(),
  statusAge: 200,
  stopping: false,
  configuration: {
    source: 'files',
    acceptedAt: NOW - 60_000,
    accepted: 1,
    refused: 0,
    problems: [],
    routerKeys: ['web/IPv4'],
  },
  probes: [],
  cluster: null,
  control: { pid: 4712, restarts: 0, malformedMessages: 0, problems: [] },
  ...changes,
});
