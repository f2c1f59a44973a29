import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Observer } from './observer.js';

const PREFIX = 'kube_vrrp_';
/** Seconds. Requests and reconciliations take milliseconds; beyond 10 s requests are given up. */
const BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Keeps what clients, informers, queues and elections tell as metrics of `registry`. */
export function prometheusObserver(registry: Registry): Observer {
  const common = (name: string, help: string, labelNames: readonly string[]) => ({
    ...{ name: PREFIX + name, help, registers: [registry] },
    labelNames: [...labelNames],
  });
  const requests = new Counter(
    common('api_requests_total', 'Requests to the API server. Code none: there was no answer.', [
      ...['verb', 'resource', 'code'],
    ]),
  );
  const requestSeconds = new Histogram({
    ...common(
      'api_request_duration_seconds',
      'Time until the API server answered; of a watch, until it began.',
      [...['verb', 'resource']],
    ),
    buckets: BUCKETS,
  });
  const watchEvents = new Counter(
    common('watch_events_total', 'Changes that the API server has told.', ['resource']),
  );
  const lastEvent = new Gauge(
    common('watch_last_event_timestamp_seconds', 'When the API server told the last change.', ['resource']),
  );
  const restarts = new Counter(
    common('watch_restarts_total', 'Watches that ended and were started again, and why they ended.', [
      ...['resource', 'reason'],
    ]),
  );
  const synced = new Gauge(
    common('informer_synced', '1: all objects were listed at least once since the program started.', [
      'resource',
    ]),
  );
  const current = new Gauge(
    common('informer_current', '1: a watch is running. 0: what is known may be out of date.', ['resource']),
  );
  const objects = new Gauge(common('informer_objects', 'Objects that are kept up to date.', ['resource']));
  const listenerFailures = new Counter(
    common('informer_listener_failures_total', 'Listeners that failed: bugs of kube-vrrp.', ['resource']),
  );
  const depth = new Gauge(common('queue_depth', 'Names that wait to be worked on.', ['queue']));
  const reconciles = new Counter(
    common('reconciles_total', 'What came of working on a name.', ['queue', 'outcome']),
  );
  const reconcileSeconds = new Histogram({
    ...common('reconcile_duration_seconds', 'Time to work on one name.', ['queue']),
    buckets: BUCKETS,
  });
  const leader = new Gauge(common('leader', '1: this process is the one that acts.', ['lease']));
  const events = new Counter(
    common('kubernetes_events_total', 'Kubernetes Events, and what became of them.', ['outcome']),
  );

  return {
    apiRequest({ verb, resource, code, seconds }) {
      requests.inc({ verb, resource, code });
      requestSeconds.observe({ verb, resource }, seconds);
    },
    watchEvent(resource) {
      watchEvents.inc({ resource });
      lastEvent.set({ resource }, Date.now() / 1_000);
    },
    watchRestarted: (resource, reason) => restarts.inc({ resource, reason }),
    informer(resource, state) {
      synced.set({ resource }, Number(state.synced));
      current.set({ resource }, Number(state.current));
      objects.set({ resource }, state.objects);
    },
    listenerFailed: (resource) => listenerFailures.inc({ resource }),
    queueDepth: (queue, names) => depth.set({ queue }, names),
    reconciled(queue, outcome, seconds) {
      reconciles.inc({ queue, outcome });
      reconcileSeconds.observe({ queue }, seconds);
    },
    leading: (lease, leading) => leader.set({ lease }, Number(leading)),
    eventRecorded: (outcome) => events.inc({ outcome }),
  };
}
