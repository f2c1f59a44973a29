import type { VirtualIP, VirtualIPSpec } from '../../../../src/api/v1alpha1/virtual-ip.js';
import type { VirtualRouter } from '../../../../src/api/v1alpha1/virtual-router.js';
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
  largestRouter: new Map(),
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
