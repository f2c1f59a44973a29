import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { prometheusObserver } from '../../../src/platform/prometheus.js';

test('what the platform tells about itself is there to be scraped', async () => {
  const registry = new Registry();
  const observer = prometheusObserver(registry);
  observer.apiRequest({ verb: 'list', resource: 'nodes', code: '200', seconds: 0.03 });
  observer.apiRequest({ verb: 'list', resource: 'nodes', code: 'none', seconds: 10 });
  observer.watchEvent('nodes');
  observer.watchRestarted('nodes', 'expired');
  observer.informer('nodes', { synced: true, current: false, objects: 3 });
  observer.listenerFailed('nodes');
  observer.queueDepth('virtual-ips', 7);
  observer.reconciled('virtual-ips', 'done', 0.004);
  observer.leading('operator', true);
  observer.eventRecorded('dropped');
  const text = await registry.metrics();
  for (const line of [
    'kube_vrrp_api_requests_total{verb="list",resource="nodes",code="200"} 1',
    'kube_vrrp_api_requests_total{verb="list",resource="nodes",code="none"} 1',
    'kube_vrrp_api_request_duration_seconds_bucket{le="0.05",verb="list",resource="nodes"} 1',
    'kube_vrrp_watch_events_total{resource="nodes"} 1',
    'kube_vrrp_watch_restarts_total{resource="nodes",reason="expired"} 1',
    'kube_vrrp_informer_synced{resource="nodes"} 1',
    'kube_vrrp_informer_current{resource="nodes"} 0',
    'kube_vrrp_informer_objects{resource="nodes"} 3',
    'kube_vrrp_informer_listener_failures_total{resource="nodes"} 1',
    'kube_vrrp_queue_depth{queue="virtual-ips"} 7',
    'kube_vrrp_reconciles_total{queue="virtual-ips",outcome="done"} 1',
    'kube_vrrp_reconcile_duration_seconds_count{queue="virtual-ips"} 1',
    'kube_vrrp_leader{lease="operator"} 1',
    'kube_vrrp_kubernetes_events_total{outcome="dropped"} 1',
  ])
    assert.ok(text.includes(`${line}\n`), `${line}\nis not in\n${text}`);
});
