import { type KubeApi, KubeApiError, type KubeObject, type Resource } from '../../platform/kube/ports.js';
import { DEPLOYMENTS, PODS } from '../../platform/kube/resources.js';
import { type Result, ok, refused } from '../../values/result.js';
import type { OwnerReference } from '../decide/types.js';

const REPLICA_SETS: Resource = {
  group: 'apps',
  version: 'v1',
  plural: 'replicasets',
  kind: 'ReplicaSet',
  namespaced: true,
};

type Owned = KubeObject & Readonly<{ metadata?: Readonly<{ ownerReferences?: readonly OwnerReference[] }> }>;

export type OwnerSearch = Readonly<{
  namespace: string;
  /** null: by way of the pod. */
  deploymentName: string | null;
  /** The operator's own pod; null: it runs in none. */
  podName: string | null;
}>;

/**
 * The operator's own Deployment, to own the agents: whoever deletes it, however, deletes them too. null: the operator runs in
 * none. Refused with a sentence when it cannot be found out; throws what may be different next time.
 */
export async function findOwner(
  api: KubeApi,
  { namespace, deploymentName, podName }: OwnerSearch,
): Promise<Result<OwnerReference | null, string>> {
  const find = (resource: Resource, name: string): Promise<Owned | null> =>
    api.get<Owned>(resource, { name, namespace });
  try {
    const name = deploymentName ?? (podName === null ? null : await deploymentOfPod(podName, find));
    if (name === null) return ok(null);
    const deployment = await find(DEPLOYMENTS, name);
    const uid = deployment?.metadata?.uid;
    if (uid === undefined) return refused(`there is no Deployment ${namespace}/${name}`);
    return ok({ apiVersion: 'apps/v1', kind: 'Deployment', name, uid });
  } catch (error) {
    if (error instanceof KubeApiError && error.status === 403) return refused(error.message);
    throw error;
  }
}

/** null: the pod belongs to none, e.g. because somebody started it by hand. */
async function deploymentOfPod(
  podName: string,
  find: (resource: Resource, name: string) => Promise<Owned | null>,
): Promise<string | null> {
  const replicaSet = ownerOf(await find(PODS, podName), 'ReplicaSet');
  if (replicaSet === null) return null;
  return ownerOf(await find(REPLICA_SETS, replicaSet), 'Deployment');
}

const ownerOf = (object: Owned | null, kind: string): string | null =>
  object?.metadata?.ownerReferences?.find((owner) => owner.kind === kind)?.name ?? null;
