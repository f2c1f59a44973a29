import { longestPeriod } from '../../api/v1alpha1/heartbeat.js';
import type { VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import { type Freshness, freshness } from './freshness.js';
import { type MemberView, type RouterView, observe } from './observed.js';
import type { Plan } from './plan.js';
import type { Input, NodeFacts } from './types.js';

/** Everything that is known about one VirtualIP: what conditions and status are made from. */
export type Situation = Readonly<{
  input: Input;
  plan: Plan;
  /** IPv4 first. */
  routers: readonly RouterView[];
  /** Who takes part, highest priority first. */
  nodes: readonly NodeView[];
  freshness: Freshness;
}>;

/** One node's part in all virtual routers of the VirtualIP. */
export type NodeView = Readonly<{
  name: string;
  /** null: the API server knows no such node. */
  facts: NodeFacts | null;
  parts: readonly Readonly<{ router: RouterView; member: MemberView }>[];
}>;

/** `changed`: the wanted VirtualRouters that the API server does not have like that. */
export function situation(input: Input, plan: Plan, changed: readonly VirtualRouter[]): Situation {
  const existing = new Map(input.virtualRouters.map((router) => [router.metadata.name, router]));
  const fresh = freshness(input, longestPeriod(plan.virtualRouters.map(({ spec }) => spec)));
  const routers = plan.virtualRouters.map((router): RouterView => {
    const present: VirtualRouter | undefined = existing.get(router.metadata.name);
    return observe(router, present, !changed.includes(router), input, fresh);
  });
  return { input, plan, routers, nodes: nodeViews(routers, input.nodes), freshness: fresh };
}

function nodeViews(routers: readonly RouterView[], nodes: readonly NodeFacts[]): readonly NodeView[] {
  const facts = new Map(nodes.map((node) => [node.name, node]));
  const parts = new Map<string, NodeView['parts'][number][]>();
  for (const router of routers)
    for (const member of router.members)
      parts.set(member.node, [...(parts.get(member.node) ?? []), { router, member }]);
  return Array.from(parts, ([name, own]) => ({ name, facts: facts.get(name) ?? null, parts: own }));
}

/** Whether anything that an agent said about this VirtualIP is still believed. */
export const isSpeaking = ({ parts }: NodeView): boolean =>
  parts.some(({ member }) => member.fresh && member.entry !== null);

/** Whether its agent has reported on all of its virtual routers, ever. */
export const hasReported = ({ parts }: NodeView): boolean =>
  parts.every(({ member }) => member.entry !== null);
