import type { VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import type { Admission } from './admission.js';
import { keptNodes } from './kept-nodes.js';
import { membership } from './membership.js';
import { paced } from './pacing.js';
import { type Placement, placement } from './placement.js';
import type { Input } from './types.js';
import { keptVirtualRouters, wantedVirtualRouters } from './virtual-routers.js';

/** What is to run, and who takes part. */
export type Plan = Readonly<{
  admission: Admission;
  /** null: the spec is refused, and members are who they were. */
  placement: Placement | null;
  virtualRouters: readonly VirtualRouter[];
}>;

export function plan(input: Input, judged: Admission): Plan {
  const { virtualIP, virtualRouters: existing, nodes } = input;
  if (!judged.accepted)
    return {
      admission: judged,
      placement: null,
      virtualRouters: keptVirtualRouters(virtualIP, existing, nodes),
    };
  const { spec } = judged.virtualIP;
  const placed = placement(
    virtualIP.metadata.name,
    spec,
    nodes,
    membership(existing, spec),
    keptNodes(input, spec),
  );
  return {
    admission: judged,
    placement: placed,
    virtualRouters: wantedVirtualRouters(judged.virtualIP, judged.vrid, placed, existing).map((router) =>
      paced(router, input),
    ),
  };
}
