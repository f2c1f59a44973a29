import type { DesiredState } from '../desired/desired-state.js';
import type { ProbeSpec } from '../desired/probe-spec.js';
import type { ProbePlan } from '../tracking/probe-runner.js';
import type { RouterProbe } from '../tracking/probe.js';
import { toMillis } from '../../values/time.js';

/** The probes of each router that is to run; every router is in it, most with none. */
export function probePlan({ routers, probes }: DesiredState): ProbePlan {
  const plan = new Map<string, RouterProbe[]>(routers.map(({ key }) => [key, []]));
  for (const probe of probes) for (const key of probe.routerKeys) plan.get(key)?.push(routerProbe(probe));
  return plan;
}

const routerProbe = (probe: ProbeSpec): RouterProbe => ({
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
