import type { Histogram, RouterStatus } from '../ipc/messages.js';
import type { StateName } from '../vrrp/effect.js';
import type { AgentView, ProbeView } from './agent-view.js';
import { COUNTER_METRICS, COUNTER_SERIES, type CounterMetric } from './counter-series.js';

type Labels = Readonly<Record<string, string>>;
type Sample<Value> = readonly [labels: Labels, value: Value];

/** One metric: what it is called without the prefix, and how its samples are read off the agent. */
export type MetricDefinition = Readonly<{ name: string; help: string; labels: readonly string[] }> &
  (
    | Readonly<{ type: 'gauge' | 'counter'; samples: (view: AgentView) => readonly Sample<number>[] }>
    | Readonly<{ type: 'histogram'; samples: (view: AgentView) => readonly Sample<Histogram>[] }>
  );

export const PREFIX = 'kube_vrrp_';

const STATES: readonly StateName[] = ['Initialize', 'Backup', 'Active'];
const ROUTER_LABELS = ['virtual_ip', 'family', 'vrid', 'interface'];
const PROBE_LABELS = ['virtual_ip', 'family', 'probe'];

const routersOf = ({ status }: AgentView): readonly RouterStatus[] => status?.routers ?? [];

const labelsOf = ({ virtualIP, family, vrid, interface: name }: RouterStatus): Labels => ({
  virtual_ip: virtualIP,
  family,
  vrid: String(vrid),
  interface: name ?? '',
});

/** The key of a router is `NAME/FAMILY`; a name has no slash. */
function probeLabels({ routerKey, id }: ProbeView): Labels {
  const [name = '', family = ''] = routerKey.split('/');
  return { virtual_ip: name, family, probe: id };
}

/** A gauge with one sample for each router. */
const routerGauge = (
  name: string,
  help: string,
  value: (router: RouterStatus) => number,
): MetricDefinition => ({
  name,
  help,
  type: 'gauge',
  labels: ROUTER_LABELS,
  samples: (view) => routersOf(view).map((router) => [labelsOf(router), value(router)]),
});

/** A metric of the agent as a whole; null: there is nothing to tell yet. */
const single = (
  type: 'gauge' | 'counter',
  name: string,
  help: string,
  value: (view: AgentView) => number | null,
): MetricDefinition => ({
  name,
  help,
  type,
  labels: [],
  samples: (view) => {
    const known = value(view);
    return known === null ? [] : [[{}, known]];
  },
});

const routers: readonly MetricDefinition[] = [
  {
    name: 'router_state',
    help: 'State of the virtual router: 1 for the state it is in, 0 for the others.',
    type: 'gauge',
    labels: [...ROUTER_LABELS, 'state'],
    samples: (view) =>
      routersOf(view).flatMap((router) =>
        STATES.map((state) => [{ ...labelsOf(router), state }, router.state === state ? 1 : 0] as const),
      ),
  },
  routerGauge(
    'router_state_since_timestamp_seconds',
    'When the virtual router changed its state last.',
    (router) => router.since / 1000,
  ),
  routerGauge(
    'router_priority',
    'Effective priority: base priority and tracking.',
    (router) => router.priority,
  ),
  routerGauge('router_base_priority', 'Priority without tracking.', (router) => router.basePriority),
  routerGauge('router_addresses', 'Addresses of the virtual router.', (router) => router.addresses.length),
  routerGauge(
    'router_addresses_held',
    'Addresses of the virtual router that are on this host now.',
    (router) => router.held.length,
  ),
  routerGauge(
    'router_problems',
    'Findings about the virtual router; /v1/routers explains them.',
    (router) => router.problems.length,
  ),
  {
    name: 'router_transitions_total',
    help: 'Changes of state, by the states and the reason.',
    type: 'counter',
    labels: [...ROUTER_LABELS, 'from', 'to', 'reason'],
    samples: (view) =>
      routersOf(view).flatMap((router) =>
        Object.entries(router.transitions).map(
          ([transition, count]) => [{ ...labelsOf(router), ...transitionLabels(transition) }, count] as const,
        ),
      ),
  },
  {
    name: 'router_address_reinstalls_total',
    help: 'Times that addresses were put back after somebody else had removed them.',
    type: 'counter',
    labels: ROUTER_LABELS,
    samples: (view) =>
      routersOf(view).map((router) => [labelsOf(router), router.counters['addressReinstalls'] ?? 0]),
  },
  {
    name: 'takeover_duration_seconds',
    help: 'From the deadline that made the router Active to its addresses being installed.',
    type: 'histogram',
    labels: ROUTER_LABELS,
    samples: (view) => routersOf(view).map((router) => [labelsOf(router), router.takeover]),
  },
];

/** `FROM>TO:reason` as labels. */
function transitionLabels(transition: string): Labels {
  const [states = '', reason = ''] = transition.split(':');
  const [from = '', to = ''] = states.split('>');
  return { from, to, reason };
}

const counters: readonly MetricDefinition[] = Object.entries(COUNTER_METRICS).map(([name, metric]) => ({
  name,
  help: metric.help,
  type: 'counter',
  labels: 'label' in metric ? [...ROUTER_LABELS, metric.label] : ROUTER_LABELS,
  samples: (view) => routersOf(view).flatMap((router) => counterSamples(router, name as CounterMetric)),
}));

function counterSamples(router: RouterStatus, metric: CounterMetric): readonly Sample<number>[] {
  const definition = COUNTER_METRICS[metric];
  return Object.entries(COUNTER_SERIES).flatMap(([counter, series]) => {
    if (series?.metric !== metric) return [];
    const own = 'label' in definition ? { [definition.label]: series.label ?? '' } : {};
    return [[{ ...labelsOf(router), ...own }, router.counters[counter] ?? 0] as const];
  });
}

const probes: readonly MetricDefinition[] = [
  {
    name: 'probe_up',
    help: 'Whether the target of the probe counts as well, after thresholds. No sample before the first result.',
    type: 'gauge',
    labels: PROBE_LABELS,
    samples: (view) =>
      view.probes.flatMap((probe) =>
        probe.up === null ? [] : [[probeLabels(probe), probe.up ? 1 : 0] as const],
      ),
  },
  {
    name: 'probe_duration_seconds',
    help: 'How long the last attempt of the probe took.',
    type: 'gauge',
    labels: PROBE_LABELS,
    samples: (view) =>
      view.probes.flatMap((probe) =>
        probe.duration === null ? [] : [[probeLabels(probe), probe.duration] as const],
      ),
  },
  {
    name: 'probe_attempts_total',
    help: 'Attempts of the probe, by how they went.',
    type: 'counter',
    labels: [...PROBE_LABELS, 'result'],
    samples: (view) =>
      view.probes.flatMap((probe) => [
        [{ ...probeLabels(probe), result: 'success' }, probe.successes] as const,
        [{ ...probeLabels(probe), result: 'failure' }, probe.failures] as const,
      ]),
  },
];

const agent: readonly MetricDefinition[] = [
  {
    name: 'build_info',
    help: 'Always 1; what runs is in the labels.',
    type: 'gauge',
    labels: ['version', 'node_version', 'node'],
    samples: ({ program, nodeName }) => [
      [{ version: program.version, node_version: program.nodeVersion, node: nodeName }, 1],
    ],
  },
  {
    name: 'config_reloads_total',
    help: 'Readings of the configuration, by whether it was accepted.',
    type: 'counter',
    labels: ['result'],
    samples: ({ configuration }) => [
      [{ result: 'accepted' }, configuration.accepted],
      [{ result: 'refused' }, configuration.refused],
    ],
  },
  single(
    'gauge',
    'config_last_reload_successful',
    'Whether the configuration as it is now was accepted.',
    (view) =>
      view.configuration.accepted + view.configuration.refused === 0
        ? null
        : Number(view.configuration.problems.length === 0),
  ),
  single(
    'gauge',
    'config_last_reload_success_timestamp_seconds',
    'When a configuration was accepted last.',
    ({ configuration: { acceptedAt } }) => (acceptedAt === null ? null : acceptedAt / 1000),
  ),
  single('gauge', 'status_age_seconds', 'How long ago the VRRP process reported last.', ({ statusAge }) =>
    statusAge === null ? null : statusAge / 1000,
  ),
  {
    name: 'timer_lateness_seconds',
    help: 'How late the timer of the VRRP process fired.',
    type: 'histogram',
    labels: [],
    samples: ({ status }) => (status === null ? [] : [[{}, status.process.lateness]]),
  },
  {
    name: 'unmatched_datagrams_total',
    help: 'Received datagrams that belong to no virtual router of this host, by reason.',
    type: 'counter',
    labels: ['reason'],
    samples: ({ status }) =>
      Object.entries(status?.process.unmatched ?? {}).map(([reason, count]) => [{ reason }, count]),
  },
  {
    name: 'process_problems',
    help: 'Findings about the host and the agent as a whole, by code; /v1/process explains them.',
    type: 'gauge',
    labels: ['code'],
    samples: ({ status, control }) => {
      const codes = [...(status?.process.problems ?? []), ...control.problems].map(({ code }) => code);
      return [...new Set(codes)].map((code) => [{ code }, codes.filter((other) => other === code).length]);
    },
  },
  single(
    'counter',
    'dropped_messages_total',
    'Messages from the VRRP process to the control process that were dropped because it did not read.',
    ({ status }) => status?.process.droppedMessages ?? 0,
  ),
  single(
    'counter',
    'malformed_messages_total',
    'Messages from the VRRP process that the control process did not understand.',
    ({ control }) => control.malformedMessages,
  ),
  single(
    'counter',
    'control_restarts_total',
    'Times that the control process was started again.',
    ({ control }) => control.restarts,
  ),
];

const cluster: readonly MetricDefinition[] = [
  {
    name: 'api_requests_total',
    help: 'Requests to the API server, by the HTTP status of the answer; code "none": there was no answer.',
    type: 'counter',
    labels: ['verb', 'resource', 'code'],
    samples: (view) =>
      (view.cluster?.requests ?? []).map(({ verb, resource, code, count }) => [
        { verb, resource, code },
        count,
      ]),
  },
  {
    name: 'watch_restarts_total',
    help: 'Watches that were started again, by the reason.',
    type: 'counter',
    labels: ['resource', 'reason'],
    samples: (view) =>
      (view.cluster?.watchRestarts ?? []).map(({ resource, reason, count }) => [{ resource, reason }, count]),
  },
  {
    name: 'informer_current',
    help: 'Whether what is known of a kind of objects is up to date now.',
    type: 'gauge',
    labels: ['resource'],
    samples: (view) =>
      (view.cluster?.watches ?? []).map(({ resource, current }) => [{ resource }, Number(current)]),
  },
  {
    name: 'status_reports_total',
    help: 'Reports of this node to the API server, by how they went.',
    type: 'counter',
    labels: ['result'],
    samples: ({ cluster: found }) =>
      found === null
        ? []
        : [
            [{ result: 'written' }, found.reports.written],
            [{ result: 'failed' }, found.reports.failed],
          ],
  },
  single(
    'gauge',
    'status_report_age_seconds',
    'How long ago a report was written last; no sample before the first.',
    ({ cluster: found }) => {
      const age = found?.reports.age ?? null;
      return age === null ? null : age / 1000;
    },
  ),
];

/** Every metric of the agent. docs/metrics.md lists exactly these. */
export const METRICS: readonly MetricDefinition[] = [
  ...routers,
  ...counters,
  ...probes,
  ...agent,
  ...cluster,
];
