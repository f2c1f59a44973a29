import type { Problem, RouterStatus, VrrpStatus } from '../../ipc/messages.js';
import type { AgentView, ClusterView, ConfigurationSource } from '../agent-view.js';

/*
 * The JSON documents of the HTTP API, field by field: what people build on changes here and in docs/http-api.md on
 * purpose, and never because something inside was renamed. Times are ISO 8601 in UTC, durations are seconds.
 */

export type RoutersDocument = Readonly<{
  node: string;
  /** When the VRRP process said so. */
  time: string;
  routers: readonly RouterDocument[];
}>;

export type RouterDocument = Readonly<{
  name: string;
  family: string;
  vrid: number;
  interface: string | null;
  /** The address that adverts are sent from. */
  source: string | null;
  state: string;
  /** Why it is in this state. */
  reason: string;
  since: string;
  priority: number;
  basePriority: number;
  addresses: readonly string[];
  /** Those that are on this host now. */
  held: readonly string[];
  active: Readonly<{ source: string; priority: number }> | null;
  trackers: readonly Readonly<{ name: string; up: boolean; weight: number | null; message: string }>[];
  transitions: readonly Readonly<{ from: string; to: string; reason: string; count: number }>[];
  takeovers: Readonly<{ count: number; seconds: number }>;
  counters: Readonly<Record<string, number>>;
  problems: readonly Problem[];
}>;

export const routersDocument = ({ nodeName }: AgentView, status: VrrpStatus): RoutersDocument => ({
  node: nodeName,
  time: isoTime(status.time),
  routers: status.routers.map(routerDocument),
});

const routerDocument = (router: RouterStatus): RouterDocument => ({
  name: router.virtualIP,
  family: router.family,
  vrid: router.vrid,
  interface: router.interface,
  source: router.source,
  state: router.state,
  reason: router.because,
  since: isoTime(router.since),
  priority: router.priority,
  basePriority: router.basePriority,
  addresses: router.addresses,
  held: router.held,
  active: router.active === null ? null : { source: router.active.source, priority: router.active.priority },
  trackers: router.trackers.map(({ id, up, weight, message }) => ({ name: id, up, weight, message })),
  transitions: Object.entries(router.transitions).map(([transition, count]) => {
    const [states = '', reason = ''] = transition.split(':');
    const [from = '', to = ''] = states.split('>');
    return { from, to, reason, count };
  }),
  takeovers: { count: router.takeover.count, seconds: router.takeover.sum },
  counters: router.counters,
  problems: router.problems.map(problemDocument),
});

export type ProcessDocument = Readonly<{
  node: string;
  version: string;
  nodeVersion: string;
  /** null: it has not reported yet. */
  vrrp: Readonly<{
    pid: number;
    reported: string;
    scheduling: string;
    timers: Readonly<{ count: number; secondsLate: number }>;
    droppedMessages: number;
    unmatchedDatagrams: Readonly<Record<string, number>>;
    problems: readonly Problem[];
  }> | null;
  control: Readonly<{
    pid: number;
    restarts: number;
    malformedMessages: number;
    problems: readonly Problem[];
  }>;
  configuration: Readonly<{
    source: ConfigurationSource | null;
    routers: readonly string[];
    acceptedAt: string | null;
    accepted: number;
    refused: number;
    problems: readonly string[];
  }>;
  probes: readonly Readonly<{
    router: string;
    name: string;
    up: boolean | null;
    message: string;
    seconds: number | null;
    successes: number;
    failures: number;
  }>[];
  /** null: there is no cluster. */
  cluster: ClusterDocument | null;
}>;

type ClusterDocument = Readonly<{
  watches: readonly Readonly<{ resource: string; synced: boolean; current: boolean; objects: number }>[];
  reports: Readonly<{ written: number; failed: number; secondsAgo: number | null }>;
}>;

export const processDocument = (view: AgentView): ProcessDocument => ({
  node: view.nodeName,
  version: view.program.version,
  nodeVersion: view.program.nodeVersion,
  vrrp: view.status === null ? null : vrrpDocument(view.status),
  control: {
    pid: view.control.pid,
    restarts: view.control.restarts,
    malformedMessages: view.control.malformedMessages,
    problems: view.control.problems.map(problemDocument),
  },
  configuration: {
    source: view.configuration.source,
    routers: view.configuration.routerKeys,
    acceptedAt: view.configuration.acceptedAt === null ? null : isoTime(view.configuration.acceptedAt),
    accepted: view.configuration.accepted,
    refused: view.configuration.refused,
    problems: view.configuration.problems,
  },
  probes: view.probes.map(({ routerKey, id, up, message, duration, successes, failures }) => ({
    router: routerKey,
    name: id,
    up,
    message,
    seconds: duration,
    successes,
    failures,
  })),
  cluster: view.cluster === null ? null : clusterDocument(view.cluster),
});

const clusterDocument = ({ watches, reports }: ClusterView): ClusterDocument => ({
  watches: watches.map(({ resource, synced, current, objects }) => ({ resource, synced, current, objects })),
  reports: {
    written: reports.written,
    failed: reports.failed,
    secondsAgo: reports.age === null ? null : reports.age / 1000,
  },
});

const vrrpDocument = ({ time, process }: VrrpStatus): ProcessDocument['vrrp'] => ({
  pid: process.pid,
  reported: isoTime(time),
  scheduling: process.scheduling,
  timers: { count: process.lateness.count, secondsLate: process.lateness.sum },
  droppedMessages: process.droppedMessages,
  unmatchedDatagrams: process.unmatched,
  problems: process.problems.map(problemDocument),
});

const problemDocument = ({ code, message, remedy }: Problem): Problem => ({ code, message, remedy });

const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();
