import type { VirtualIP, VirtualIPSpec } from '../../../src/api/v1alpha1/virtual-ip.js';
import type { VirtualRouter } from '../../../src/api/v1alpha1/virtual-router.js';
import type { ApiObject } from './api-watch.js';

export const GROUP_PATH = '/apis/kube-vrrp.io/v1alpha1';

/** Objects as the API server returns them. */
export type LiveVirtualIP = VirtualIP & ApiObject & Readonly<{ metadata: VirtualIP['metadata'] }>;
export type LiveVirtualRouter = VirtualRouter & ApiObject & Readonly<{ metadata: VirtualRouter['metadata'] }>;

export type LivePod = ApiObject &
  Readonly<{
    metadata: Readonly<{
      name: string;
      uid: string;
      deletionTimestamp?: string;
      labels?: Readonly<Record<string, string>>;
    }>;
    spec: Readonly<{ nodeName?: string }>;
    status: Readonly<{
      phase: string;
      containerStatuses?: readonly Readonly<{ name: string; ready: boolean; restartCount: number }>[];
    }>;
  }>;

export const isReadyPod = (pod: LivePod): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  (pod.status.containerStatuses ?? []).length > 0 &&
  (pod.status.containerStatuses ?? []).every(({ ready }) => ready);

type ConditionType = 'Accepted' | 'Programmed' | 'Ready' | 'Redundant' | 'SplitBrain' | 'Degraded';

export const condition = (virtualIP: LiveVirtualIP | undefined, type: ConditionType) =>
  virtualIP?.status?.conditions?.find((each) => each.type === type);

/** `True`, and about the present generation. */
export function isTrue(virtualIP: LiveVirtualIP | undefined, type: ConditionType): boolean {
  const found = condition(virtualIP, type);
  return found?.status === 'True' && found.observedGeneration === virtualIP?.metadata.generation;
}

/** The manifest of a VirtualIP. */
export const virtualIP = (name: string, spec: VirtualIPSpec): string =>
  JSON.stringify({ apiVersion: 'kube-vrrp.io/v1alpha1', kind: 'VirtualIP', metadata: { name }, spec });

/** In a line of the timeline. */
export function describeVirtualIP({ status, metadata }: LiveVirtualIP): string {
  if (status === undefined) return 'has no status yet';
  const conditions = (status.conditions ?? []).map(({ type, status: holds, reason }) =>
    holds === 'True' ? type : `${type}=${holds} (${reason})`,
  );
  const nodes = (status.nodes ?? []).map(
    ({ name, state, priority }) => `${name} ${state} ${String(priority ?? '-')}`,
  );
  const generation = `generation ${String(status.observedGeneration)}/${String(metadata.generation)}`;
  return `holder ${status.holder ?? 'none'}; ${nodes.join(', ')}; ${conditions.join(' ')}; ${generation}`;
}

export function describeVirtualRouter({ spec, status, metadata }: LiveVirtualRouter): string {
  const members = spec.members.map(({ node, priority }) => `${node} ${String(priority)}`);
  const reported = (status?.members ?? []).map(
    ({ node, state, priority, because, observedGeneration }) =>
      `${node} ${state} ${String(priority ?? '-')} (${because ?? ''}, generation ${String(observedGeneration)})`,
  );
  return `vrid ${String(spec.vrid)} generation ${String(metadata.generation)}: ${members.join(', ')}; reported: ${reported.join(', ')}`;
}

export function describePod({ metadata, spec, status }: LivePod): string {
  const { name, ready, restartCount } = status.containerStatuses?.[0] ?? {
    name: 'container',
    ready: false,
    restartCount: 0,
  };
  const ending = metadata.deletionTimestamp === undefined ? '' : ', is being deleted';
  return `on ${spec.nodeName ?? 'no node'}: ${status.phase}, ${name} ${ready ? 'ready' : 'not ready'}, ${String(restartCount)} restarts${ending}`;
}
