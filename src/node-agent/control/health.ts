import type { Health } from '../../platform/http/reply.js';
import type { AgentView } from './agent-view.js';

/** How long the VRRP process may say nothing, in milliseconds; it reports once a second. */
export const STATUS_DEADLINE = 5_000;

/** `/healthz`: whether both halves of the agent are alive. Says nothing about configuration or the election. */
export function healthOf({ statusAge }: AgentView): Health {
  if (statusAge === null) return bad('the VRRP process has not reported yet');
  if (statusAge > STATUS_DEADLINE)
    return bad(`the VRRP process has not reported for ${(statusAge / 1000).toFixed(1)} s`);
  return { ok: true, reasons: [] };
}

/**
 * `/readyz`: whether the agent does all that its configuration asks for. In a cluster it is the DaemonSet that asks, which
 * must not hold back an update because pods elsewhere fail or a link is down: there it is enough that every router is run,
 * and the status of the VirtualIP tells the rest.
 */
export function readinessOf(view: AgentView): Health {
  const reasons = [...healthOf(view).reasons, ...configurationReasons(view), ...routerReasons(view)];
  if (view.stopping) reasons.unshift('the agent is stopping');
  return { ok: reasons.length === 0, reasons };
}

function configurationReasons({ configuration, cluster }: AgentView): readonly string[] {
  if (configuration.source !== null) return [];
  return cluster === null
    ? ['no configuration has been accepted', ...configuration.problems]
    : ['the API server has not told yet what this node is to run, and nothing is known from before'];
}

function routerReasons({ configuration, status, cluster }: AgentView): readonly string[] {
  const running = new Map(status?.routers.map((router) => [router.key, router]));
  return configuration.routerKeys.flatMap((key) => {
    const router = running.get(key);
    if (router === undefined) return [`${key} is not running yet`];
    if (router.state !== 'Initialize' || cluster !== null) return [];
    const problems = router.problems.map(({ message }) => message);
    return [`${key} is not in the election: ${[router.because, ...problems].join('; ')}`];
  });
}

const bad = (...reasons: readonly string[]): Health => ({ ok: false, reasons });
