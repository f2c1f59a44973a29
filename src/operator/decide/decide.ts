import { admission } from './admission.js';
import { plan } from './plan.js';
import type { Decision, Input } from './types.js';
import { isUpToDate } from './virtual-routers.js';

/** Everything about one VirtualIP that is not being deleted: what to write, what to say, when to look again. */
export function decide(input: Input): Decision {
  const wanted = plan(input, admission(input));
  const existing = new Map(input.virtualRouters.map((router) => [router.metadata.name, router]));
  const names = new Set(wanted.virtualRouters.map(({ metadata }) => metadata.name));
  return {
    apply: wanted.virtualRouters.filter((router) => !isUpToDate(router, existing.get(router.metadata.name))),
    remove: [...existing.keys()].filter((name) => !names.has(name)),
    forget: [],
    status: input.virtualIP.status ?? {},
    events: [],
    recheckAfter: null,
  };
}
