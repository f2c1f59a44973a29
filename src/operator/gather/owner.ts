import { type KubeApi, KubeApiError, type KubeObject } from '../../platform/kube/ports.js';
import { SERVICE_ACCOUNTS } from '../../platform/kube/resources.js';
import type { OwnerReference } from '../decide/types.js';

/** `missing`: there is none, and agents could not run. `unknown`: it may not be read; with the API server's words. */
export type FoundOwner =
  | Readonly<{ kind: 'found'; owner: OwnerReference }>
  | Readonly<{ kind: 'missing' }>
  | Readonly<{ kind: 'unknown'; problem: string }>;

/**
 * What the agents belong to: their ServiceAccount. It comes and goes with the installation, and with nothing else: a Deployment is
 * made anew when one of its fields that cannot be changed changes, and all agents would go at once. Throws what may be different
 * next time.
 */
export async function findOwner(
  api: KubeApi,
  { namespace, serviceAccountName: name }: Readonly<{ namespace: string; serviceAccountName: string }>,
): Promise<FoundOwner> {
  try {
    const found = await api.get<KubeObject>(SERVICE_ACCOUNTS, { name, namespace });
    const uid = found?.metadata?.uid;
    // What is being deleted takes with it what belongs to it.
    if (uid === undefined || found?.metadata?.deletionTimestamp !== undefined) return { kind: 'missing' };
    return { kind: 'found', owner: { apiVersion: 'v1', kind: 'ServiceAccount', name, uid } };
  } catch (error) {
    if (error instanceof KubeApiError && error.status === 403)
      return { kind: 'unknown', problem: error.message };
    throw error;
  }
}
