import type { VirtualIP, VirtualIPSpec } from '../../../../src/api/v1alpha1/virtual-ip.js';
import {
  type MemberStatus,
  type VirtualRouter,
  virtualRouterName,
} from '../../../../src/api/v1alpha1/virtual-router.js';
import type { ConditionType } from '../../../../src/operator/decide/conditions/claimed.js';
import type { AddressFamily } from '../../../../src/values/ip-address.js';
import type { Decision, Input, NodeFacts } from '../../../../src/operator/decide/types.js';
import { decide } from '../../../../src/operator/decide/decide.js';

/** The monotonic clock when the operator has been watching for a good while. */
export const NOW = 1_000_000;
export const WALL = new Date('2026-01-02T03:04:05Z');

export const node = (name: string, facts: Partial<NodeFacts> = {}): NodeFacts => ({
  name,
  cordoned: false,
  ready: true,
  leaving: false,
  addresses: [],
  ...facts,
  labels: { 'kubernetes.io/os': 'linux', ...facts.labels },
});

export const nodes = (count: number): readonly NodeFacts[] =>
  Array.from({ length: count }, (_, index) => node(`edge-${String(index + 1)}`));

/** A VirtualIP of generation 1, with these fields of `spec` on top of an address. */
export const virtualIP = (
  spec: Partial<VirtualIPSpec> = {},
  metadata: Partial<VirtualIP['metadata']> = {},
): VirtualIP => ({
  apiVersion: 'kube-vrrp.io/v1alpha1',
  kind: 'VirtualIP',
  metadata: {
    name: 'web',
    uid: `uid-of-${metadata.name ?? 'web'}`,
    generation: 1,
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...metadata,
  },
  spec: { addresses: ['192.0.2.100/24'], ...spec },
});

/** What is decided about a VirtualIP in a cluster of three nodes, unless told otherwise. */
export const inputOf = (over: Partial<Input> = {}): Input => ({
  virtualIP: virtualIP(),
  virtualRouters: [],
  nodes: nodes(3),
  claims: [],
  observations: new Map(),
  agentHeardAt: new Map(),
  heartbeats: new Map(),
  backlog: { waiting: 0, untilWritten: 0, untilTold: 0 },
  watchingSince: 0,
  password: null,
  agentPods: null,
  now: { monotonic: NOW, wall: WALL },
  ...over,
});

/** What the API server has after a decision was carried out. */
export const applied = (before: readonly VirtualRouter[], decision: Decision): readonly VirtualRouter[] => {
  const written = new Map(decision.apply.map((router) => [router.metadata.name, router]));
  const kept = before.filter(({ metadata }) => !decision.remove.includes(metadata.name));
  const changed = kept.map((router) => {
    const now = written.get(router.metadata.name);
    written.delete(router.metadata.name);
    if (now === undefined) return router;
    const same = JSON.stringify(now.spec) === JSON.stringify(router.spec);
    const generation = (router.metadata.generation ?? 1) + (same ? 0 : 1);
    return { ...router, ...now, metadata: { ...now.metadata, generation } };
  });
  const fresh = [...written.values()].map((router) => ({
    ...router,
    metadata: { ...router.metadata, generation: 1 },
  }));
  return [...changed, ...fresh];
};

/** The input after what was decided from it has been carried out. */
export const carriedOut = (input: Input, decision: Decision = decide(input)): Input => ({
  ...input,
  virtualIP: { ...input.virtualIP, status: decision.status },
  virtualRouters: applied(input.virtualRouters, decision),
});

/** What one agent says; fresh unless `heardAt` says otherwise, and Backup unless told. */
export type Said = Partial<MemberStatus> &
  Readonly<{
    /** When the entry last changed; undefined: not since the operator began to watch. */
    heardAt?: number;
    /** When its state was seen first; undefined: when it was heard; null: before the operator began to watch. */
    seenAt?: number | null;
    /** When the agent said anything anywhere. Default: heardAt. */
    agentHeardAt?: number;
  }>;

/** The input after agents have said this about the VirtualRouter of a family. */
export function told(
  input: Input,
  said: Readonly<Record<string, Said>>,
  family: AddressFamily = 'IPv4',
): Input {
  const name = virtualRouterName(input.virtualIP.metadata.name, family);
  const router = input.virtualRouters.find(({ metadata }) => metadata.name === name);
  if (router === undefined) throw new Error(`there is no ${name}`);
  const observations = new Map(input.observations);
  const agentHeardAt = new Map(input.agentHeardAt);
  const entries = new Map((router.status?.members ?? []).map((entry) => [entry.node, entry]));
  for (const [
    who,
    { heardAt = NOW - 1_000, seenAt = heardAt, agentHeardAt: agentAt = heardAt, ...entry },
  ] of Object.entries(said)) {
    entries.set(who, entryOf(router, who, entry));
    if (heardAt > -Infinity) observations.set(`${name}/${who}`, { heardAt, stateSeenAt: seenAt });
    if (agentAt > -Infinity) agentHeardAt.set(who, agentAt);
  }
  const after = { ...router, status: { members: [...entries.values()] } };
  return {
    ...input,
    observations,
    agentHeardAt,
    virtualRouters: input.virtualRouters.map((each) => (each === router ? after : each)),
  };
}

/** Not heard since the operator began to watch. */
export const UNHEARD = { heardAt: -Infinity, seenAt: null } as const;

function entryOf(router: VirtualRouter, node: string, said: Partial<MemberStatus>): MemberStatus {
  const state = said.state ?? 'Backup';
  return {
    node,
    state,
    because: state === 'Active' ? 'activeDown' : 'startup',
    since: '2026-01-02T00:00:00.000Z',
    heartbeat: '2026-01-02T03:00:00.000Z',
    observedGeneration: router.metadata.generation ?? 1,
    priority: router.spec.members.find((member) => member.node === node)?.priority ?? 100,
    interface: 'eth0',
    ...(state === 'Active' ? { held: router.spec.addresses } : {}),
    ...said,
  };
}

/** STATUS REASON of a condition, and its message. */
export function condition(
  { status }: Pick<Decision, 'status'>,
  type: ConditionType,
): Readonly<{ is: string; message: string; since: string }> {
  const found = status.conditions?.find((each) => each.type === type);
  if (found === undefined) throw new Error(`there is no condition ${type}`);
  return { is: `${found.status} ${found.reason}`, message: found.message, since: found.lastTransitionTime };
}

/** Time passes. */
export const later = (input: Input, milliseconds: number): Input => ({
  ...input,
  now: {
    monotonic: input.now.monotonic + milliseconds,
    wall: new Date(input.now.wall.getTime() + milliseconds),
  },
});

/** A VirtualIP whose VirtualRouters have been written, as it is before any agent has reported. */
export const deployed = (over: Partial<Input> = {}): Input => carriedOut(inputOf(over));
