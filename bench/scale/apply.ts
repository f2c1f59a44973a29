import { setTimeout as pass } from 'node:timers/promises';

import { type KubeApi, KubeApiError, type KubeObject, type Resource } from '../../src/platform/kube/ports.js';
import { VIRTUAL_IPS } from '../../src/platform/kube/resources.js';
import { usageOf } from '../cost/process-usage.js';
import { each } from './each.js';
import type { ApplyFigures } from './figures.js';
import { inconsistencies } from './measure/consistency.js';
import { sumOfSamples } from './measure/parse.js';
import { refusals, tallyOf, writtenAgain } from './measure/requests.js';
import type { Stage } from './stage.js';
import { virtualIP } from './workload.js';

/** Creates that are under way at the same time. */
const AT_ONCE = 32;
/** Milliseconds: longer than anything takes that ends. */
const PATIENCE = 900_000;
/** Milliseconds until a create is made again that the server did not take, unless it says otherwise. */
const AGAIN = 200;

/** Makes all VirtualIPs, and waits until each of them is Ready. `disturb` does something to the API server meanwhile. */
export async function apply(
  stage: Stage,
  disturb: (stage: Stage) => Promise<void> = () => Promise.resolve(),
): Promise<ApplyFigures> {
  const { view, operator, fleet, size, api, say } = stage;
  const count = size.virtualIPs;
  stage.audit.take();
  const before = { cpu: operator.cpuSeconds, fleet: await fleet.figures(), server: apiServerCpu(stage) };
  say(`making ${String(count)} VirtualIPs`);
  const begun = performance.now();
  const since = (at: number): number => (at - begun) / 1_000;
  const wholeList = Array.from({ length: count }, (_, index) => virtualIP(index, size));
  const [created, written, ready] = await Promise.all([
    each(wholeList, AT_ONCE, (object) => createPatiently(api, VIRTUAL_IPS, object)).then(() =>
      since(performance.now()),
    ),
    view.whenWritten(count, PATIENCE).then(since),
    view.whenReady(count, PATIENCE).then(since),
    disturb(stage),
  ]);
  const requests = stage.audit.take();
  const after = await fleet.figures();
  const metrics = await operator.metrics();
  return {
    ...{ size, created, written, ready },
    cpu: { operator: operator.cpuSeconds - before.cpu, apiServer: apiServerCpu(stage) - before.server },
    peak: operator.peak,
    requests: tallyOf(requests),
    refused: refusals(requests),
    unanswered: sumOfSamples(metrics, 'kube_vrrp_api_requests_total', { code: 'none' }),
    again: writtenAgain(requests),
    reports: {
      written: after.written - before.fleet.written,
      failed: after.failed - before.fleet.failed,
    },
    watched: after.watched.map((bytes, index) => bytes - (before.fleet.watched[index] ?? 0)),
    problems: inconsistencies(view.virtualIPs, view.virtualRouters),
  };
}

/** One that was killed meanwhile has begun anew. */
const apiServerCpu = ({ controlPlane }: Stage): number => usageOf(controlPlane.apiServerPid).cpuSeconds;

/** As somebody does it who wants the object to be there in the end: a server that is away or has no time is asked again. */
export async function createPatiently(api: KubeApi, resource: Resource, object: KubeObject): Promise<void> {
  for (;;)
    try {
      await api.create(resource, object);
      return;
    } catch (error) {
      if (!(error instanceof KubeApiError)) throw error;
      // An answer that was lost.
      if (error.reason === 'AlreadyExists') return;
      if (error.status !== 0 && error.status !== 429 && error.status < 500) throw error;
      await pass(Math.max(AGAIN, (error.retryAfter ?? 0) * 1_000));
    }
}
