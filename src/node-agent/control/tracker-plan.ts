import type { DesiredState } from '../desired/desired-state.js';
import type { PodTrackerSpec } from '../desired/pod-tracker-spec.js';
import type { ProbeSpec } from '../desired/probe-spec.js';
import type { TrackerPlan } from '../tracking/tracker-runner.js';
import type { RouterTracker } from '../tracking/tracker.js';
import { toMillis } from '../../values/time.js';

/** What each router that is to run tracks; every router is in it, most with nothing. */
export function trackerPlan({ routers, probes, pods }: DesiredState): TrackerPlan {
  const plan = new Map<string, RouterTracker[]>(routers.map(({ key }) => [key, []]));
  for (const probe of probes) for (const key of probe.routerKeys) plan.get(key)?.push(routerProbe(probe));
  for (const tracked of pods) for (const key of tracked.routerKeys) plan.get(key)?.push(routerPods(tracked));
  return plan;
}

const routerPods = ({ id, weight, namespace, selector }: PodTrackerSpec): RouterTracker => ({
  id,
  weight,
  method: { namespace, selector },
});

const routerProbe = (probe: ProbeSpec): RouterTracker => ({
  id: probe.id,
  weight: probe.weight,
  method: {
    target:
      probe.kind === 'http'
        ? { kind: 'http', host: probe.host, port: probe.port, path: probe.path, headers: probe.headers }
        : { kind: 'tcp', host: probe.host, port: probe.port },
    period: toMillis(probe.period),
    timeout: toMillis(probe.timeout),
    rise: probe.riseThreshold,
    fall: probe.failureThreshold,
  },
});
