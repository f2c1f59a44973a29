import { heartbeatSecondsFor } from '../../api/v1alpha1/heartbeat.js';
import type { VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import type { Input } from './types.js';
import { isUpToDate } from './virtual-routers.js';

/** Seconds: for longer nobody is left without the first word, however many wait. */
const LONGEST_SILENCE = 120;
/** Milliseconds: so little is no burden, and nobody is silent for it. */
const NO_BURDEN = { untilWritten: 1_000, untilTold: 5_000 };

type Pacing = Readonly<{
  heartbeatSeconds?: number | undefined;
  reportAfterSeconds?: number | undefined;
}>;

/**
 * With how often, and how soon, members are to write of it, if it is written anyway. What is up to date keeps what it has: that there are
 * more agents, or fewer, is no reason to write all VirtualRouters.
 */
export function paced(router: VirtualRouter, input: Input): VirtualRouter {
  const present = input.virtualRouters.find(({ metadata }) => metadata.name === router.metadata.name);
  const asItIs = withPacing(router, present?.spec ?? {});
  if (isUpToDate(asItIs, present)) return asItIs;
  return withPacing(router, {
    heartbeatSeconds: heartbeatSecondsFor(agentsSoon(router, input)),
    reportAfterSeconds: present === undefined ? silenceFor(input.backlog) : undefined,
  });
}

/** The agents that there are, and those that VirtualIPs bring which still wait, if they are like this one. */
const agentsSoon = ({ spec }: VirtualRouter, { heartbeats, backlog, nodes }: Input): number =>
  Math.max(heartbeats.size, Math.min(nodes.length, heartbeats.size + backlog.waiting * spec.members.length));

/** What is written needs the API server more than what is told of it: the addresses come from the one and not from the other. */
function silenceFor({ untilWritten, untilTold }: Input['backlog']): number | undefined {
  if (untilWritten < NO_BURDEN.untilWritten || untilTold < NO_BURDEN.untilTold) return undefined;
  return Math.min(Math.ceil(untilTold / 1_000), LONGEST_SILENCE);
}

function withPacing(router: VirtualRouter, { heartbeatSeconds, reportAfterSeconds }: Pacing): VirtualRouter {
  const pacing = {
    ...(heartbeatSeconds !== undefined && { heartbeatSeconds }),
    ...(reportAfterSeconds !== undefined && { reportAfterSeconds }),
  };
  return { ...router, spec: { ...router.spec, ...pacing } };
}
