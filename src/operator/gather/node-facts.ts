import type { KubeObject } from '../../platform/kube/ports.js';
import type { NodeFacts } from '../decide/types.js';

/** As much of a Node as is read. */
export type KubeNode = KubeObject &
  Readonly<{
    spec?: Readonly<{ unschedulable?: boolean }>;
    status?: Readonly<{
      conditions?: readonly Readonly<{ type: string; status: string }>[];
      addresses?: readonly Readonly<{ type: string; address: string }>[];
    }>;
  }>;

export const nodeFacts = ({ metadata = {}, spec, status }: KubeNode): NodeFacts => ({
  name: metadata.name ?? '',
  labels: metadata.labels ?? {},
  cordoned: spec?.unschedulable === true,
  ready: status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false,
  leaving: metadata.deletionTimestamp !== undefined,
  addresses: (status?.addresses ?? [])
    .filter(({ type }) => type === 'InternalIP')
    .map(({ address }) => address),
});

/**
 * The Node without what nobody asks for: its images, conditions and managed fields are tens of KiB, times a thousand
 * nodes.
 */
export const slimNode = ({ metadata = {}, spec, status }: KubeNode): KubeNode => ({
  metadata: slimMetadata(metadata),
  ...(spec?.unschedulable === undefined ? {} : { spec: { unschedulable: spec.unschedulable } }),
  status: {
    conditions: (status?.conditions ?? [])
      .filter(({ type }) => type === 'Ready')
      .map((each) => ({ type: each.type, status: each.status })),
    addresses: (status?.addresses ?? []).filter(({ type }) => type === 'InternalIP'),
  },
});

function slimMetadata(metadata: NonNullable<KubeObject['metadata']>): NonNullable<KubeObject['metadata']> {
  const { name, uid, resourceVersion, labels, deletionTimestamp } = metadata;
  return Object.fromEntries(
    Object.entries({ name, uid, resourceVersion, labels, deletionTimestamp }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}
