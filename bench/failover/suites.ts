import type { Request } from './plan.js';

/** A request, and how many segments may work on it at the same time. */
export type Stage = Readonly<{ request: Request; lanes: number }>;

const COMMON = {
  version: 3,
  families: ['IPv4'],
  loads: [false],
  programs: ['kube-vrrp', 'keepalived'],
} as const;

const OTHERS = ['sigkill', 'sigstop', 'power-off', 'priority', 'partition', 'heal'] as const;

/** The runs of docs/benchmarks.md: most of them where the targets are. `times`: as often as that. */
export function fullSuite(times: number): readonly Stage[] {
  const requests: readonly Request[] = [
    { ...COMMON, intervals: [1000], events: ['link-cut'], runs: 16 },
    { ...COMMON, intervals: [1000], events: ['sigterm', ...OTHERS], runs: 5 },
    { ...COMMON, intervals: [100, 10], events: ['link-cut'], runs: 14 },
    { ...COMMON, intervals: [100, 10], events: ['sigterm'], runs: 6 },
    { ...COMMON, intervals: [100, 10], events: OTHERS, runs: 3 },
    { ...COMMON, families: ['IPv6'], intervals: [100], events: ['link-cut', 'sigterm', 'sigkill'], runs: 4 },
    {
      ...COMMON,
      ...{ loads: [true], programs: ['kube-vrrp', 'keepalived', 'keepalived-rt'] },
      ...{ intervals: [100, 10], events: ['link-cut', 'sigterm'], runs: 4 },
    },
  ];
  return requests.map((request) => ({
    request: { ...request, runs: request.runs * times },
    // Also at adverts of 1 s: on two cores, clients stand still while another segment is made.
    lanes: 1,
  }));
}

/** Every part once, in half a minute. */
export const SMOKE: readonly Stage[] = [
  { request: { ...COMMON, intervals: [100], events: ['link-cut', 'sigkill', 'sigterm'], runs: 1 }, lanes: 1 },
];
