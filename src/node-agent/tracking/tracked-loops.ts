import type { ProbeMethod } from './probe.js';
import type { PodsMethod, TrackedMethod } from './tracker.js';
import type { MakeLoop } from './watch-loop.js';

/** Loops for everything that can be tracked, each of its kind. */
export const trackedLoops =
  (probes: MakeLoop<ProbeMethod>, pods: MakeLoop<PodsMethod>): MakeLoop<TrackedMethod> =>
  (method, verdictChanged) =>
    'target' in method ? probes(method, verdictChanged) : pods(method, verdictChanged);

/** Without a cluster: a specification that asks for pods has no such thing in it. */
export const noPods: MakeLoop<PodsMethod> = () => {
  throw new Error('pods are tracked in a cluster only');
};
