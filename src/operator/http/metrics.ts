import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { VirtualIP } from '../../api/v1alpha1/virtual-ip.js';
import type { Observer } from '../../platform/observer.js';

/** What the metrics of VirtualIPs are read off during a scrape. */
export type Subjects = Readonly<{
  /** Empty while another operator leads: else everything would be there twice. */
  virtualIPs: () => readonly VirtualIP[];
}>;

export type OperatorMetrics = Readonly<{
  contentType: string;
  scrape: () => Promise<string>;
  /** Counts what the parts of the operator tell. */
  observer: Observer;
}>;

const PREFIX = 'kube_vrrp_operator_';
/** Seconds. Most requests take milliseconds; ten seconds are the client's own bound. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createOperatorMetrics(
  program: Readonly<{ version: string; nodeVersion: string }>,
  subjects: Subjects,
): OperatorMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: `${PREFIX}build_info`,
    help: 'Always 1; what runs is in the labels.',
    labelNames: ['version', 'node_version'],
    registers: [registry],
  }).set({ version: program.version, node_version: program.nodeVersion }, 1);
  registerVirtualIPs(registry, subjects);
  return {
    contentType: registry.contentType,
    scrape: () => registry.metrics(),
    observer: observerInto(registry),
  };
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

function registerVirtualIPs(registry: Registry, { virtualIPs }: Subjects): void {
  const gauge = (
    name: string,
    help: string,
    labels: readonly string[],
    sample: (virtualIP: VirtualIP) => Sample | null,
  ): void => {
    new Gauge({
      name: `kube_vrrp_virtualip_${name}`,
      help,
      labelNames: ['virtual_ip', ...labels],
      registers: [registry],
      collect() {
        this.reset();
        for (const virtualIP of virtualIPs()) {
          const found = sample(virtualIP);
          if (found !== null) this.set({ virtual_ip: virtualIP.metadata.name, ...found[0] }, found[1]);
        }
      },
    });
  };
  const condition = (type: string) => (virtualIP: VirtualIP) => conditionSample(virtualIP, type);
  gauge(
    'info',
    'Always 1; what the VirtualIP is, is in the labels.',
    ['vrid', 'interface', 'addresses'],
    ({ spec, status }) => [
      {
        vrid: String(status?.vrid ?? ''),
        interface: status?.interface ?? '',
        addresses: status?.addresses ?? spec.addresses.join(','),
      },
      1,
    ],
  );
  gauge(
    'holder',
    'Always 1: the node that holds the addresses. No sample: nobody does.',
    ['node'],
    (each) => {
      const node = each.status?.holder;
      return node === undefined || node === '' ? null : [{ node }, 1];
    },
  );
  gauge('accepted', 'Whether the spec can be used: 1 or 0.', [], condition('Accepted'));
  gauge('ready', 'Whether exactly one node holds the addresses: 1 or 0.', [], condition('Ready'));
  gauge(
    'split_brain',
    'Whether several nodes say that they hold the addresses: 1 or 0.',
    [],
    condition('SplitBrain'),
  );
  gauge('backups', 'How many nodes are ready to take over.', [], ({ status }) =>
    status?.backups === undefined ? null : [{}, status.backups],
  );
}

/** Unknown counts as 0; no sample before there is a condition. */
function conditionSample({ status }: VirtualIP, type: string): Sample | null {
  const found = status?.conditions?.find((condition) => condition.type === type);
  return found === undefined ? null : [{}, found.status === 'True' ? 1 : 0];
}

function observerInto(registry: Registry): Observer {
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: `${PREFIX}${name}`, help, labelNames, registers });
  const gauge = (name: string, help: string, labelNames: string[]) =>
    new Gauge({ name: `${PREFIX}${name}`, help, labelNames, registers });
  const histogram = (name: string, help: string, labelNames: string[]) =>
    new Histogram({ name: `${PREFIX}${name}`, help, labelNames, registers, buckets: BUCKETS });

  const requests = counter(
    'api_requests_total',
    'Requests to the API server, by the HTTP status of the answer; none: there was no answer.',
    ['verb', 'resource', 'code'],
  );
  const requestSeconds = histogram(
    'api_request_duration_seconds',
    'How long the API server took to answer; for a watch, until it began.',
    ['verb', 'resource'],
  );
  const watchEvents = counter('watch_events_total', 'Changes that watches have told.', ['resource']);
  const watchRestarts = counter('watch_restarts_total', 'Watches that ended, by reason.', [
    'resource',
    'reason',
  ]);
  const synced = gauge('informer_synced', 'Whether the first list of the kind has arrived.', ['resource']);
  const current = gauge('informer_current', 'Whether a watch is running, so that what is known is what is.', [
    'resource',
  ]);
  const objects = gauge('informer_objects', 'Objects of the kind that are known.', ['resource']);
  const listenerFailures = counter(
    'listener_failures_total',
    'Changes that could not be dealt with: faults of the operator itself.',
    ['resource'],
  );
  const depth = gauge('queue_depth', 'Names that wait to be worked on.', ['queue']);
  const reconciles = counter('reconciles_total', 'Names worked on, by what came of it.', [
    'queue',
    'outcome',
  ]);
  const reconcileSeconds = histogram('reconcile_duration_seconds', 'How long the work on one name took.', [
    'queue',
  ]);
  const leader = gauge('leader', 'Whether this operator is the one that acts.', ['lease']);
  const events = counter('events_total', 'Kubernetes Events, by what became of them.', ['outcome']);

  return {
    apiRequest({ verb, resource, code, seconds }) {
      requests.inc({ verb, resource, code });
      requestSeconds.observe({ verb, resource }, seconds);
    },
    watchEvent: (resource) => watchEvents.inc({ resource }),
    watchRestarted: (resource, reason) => watchRestarts.inc({ resource, reason }),
    informer(resource, state) {
      synced.set({ resource }, Number(state.synced));
      current.set({ resource }, Number(state.current));
      objects.set({ resource }, state.objects);
    },
    listenerFailed: (resource) => listenerFailures.inc({ resource }),
    queueDepth: (queue, waiting) => depth.set({ queue }, waiting),
    reconciled(queue, outcome, seconds) {
      reconciles.inc({ queue, outcome });
      reconcileSeconds.observe({ queue }, seconds);
    },
    leading: (lease, leading) => leader.set({ lease }, Number(leading)),
    eventRecorded: (outcome) => events.inc({ outcome }),
  };
}
