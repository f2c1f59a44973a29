import { agentFieldManager } from '../../api/v1alpha1/agent-field-manager.js';
import { API_VERSION, VIRTUAL_IP_KIND, type VirtualIP } from '../../api/v1alpha1/virtual-ip.js';
import { VIRTUAL_ROUTER_KIND, type VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import { type KubeApi, KubeApiError, type KubeObject } from '../../platform/kube/ports.js';
import { VIRTUAL_IPS, VIRTUAL_ROUTERS } from '../../platform/kube/resources.js';
import { sameContent } from '../decide/same-content.js';
import type { Decision, EventToTell } from '../decide/types.js';
import type { Cluster } from '../gather/cluster.js';
import { OPERATOR_FIELD_MANAGER } from './field-manager.js';

export type ApplyDependencies = Readonly<{
  api: KubeApi;
  cluster: Cluster;
  /** Tells an event; never fails. */
  tell: (about: VirtualIP, event: EventToTell) => void;
}>;

const MANAGER = { fieldManager: OPERATOR_FIELD_MANAGER, force: true } as const;

/** What is told of a write itself; all other events follow from one status and the next. */
const isOfWrite = ({ reason }: EventToTell): boolean => reason === 'VRIDAllocated';

/**
 * Does what a decision asks to be done. Throws what the API server refuses; everything up to there is done, and seen by the next
 * decision.
 */
export async function carryOut(
  virtualIP: VirtualIP,
  decision: Decision,
  { api, cluster, tell }: ApplyDependencies,
  signal: AbortSignal,
): Promise<void> {
  await applyVirtualRouters(virtualIP, decision.apply, { api, cluster }, signal);
  for (const event of decision.events.filter(isOfWrite)) tell(virtualIP, event);
  if (decision.remove.length > 0) await refuseToBeOutdated(virtualIP, api);
  for (const name of decision.remove) await removeVirtualRouter(name, { api, cluster });
  for (const { virtualRouter, node } of decision.forget) await forgetEntry(virtualRouter, node, api, signal);
}

/**
 * Says what a decision says about what was carried out, events last, so that what is tried again tells nothing twice. Throws what the API
 * server refuses.
 */
export async function sayOf(
  virtualIP: VirtualIP,
  decision: Decision,
  { api, cluster, tell }: ApplyDependencies,
  signal: AbortSignal,
): Promise<void> {
  if (!sameContent(virtualIP.status ?? {}, decision.status)) {
    const written = await api.apply(VIRTUAL_IPS, withStatus(virtualIP, decision.status), {
      ...MANAGER,
      subresource: 'status',
      signal,
    });
    cluster.virtualIPs.wrote(written as VirtualIP);
  }
  for (const event of decision.events.filter((each) => !isOfWrite(each))) tell(virtualIP, event);
}

async function applyVirtualRouters(
  virtualIP: VirtualIP,
  wanted: readonly VirtualRouter[],
  { api, cluster }: Pick<ApplyDependencies, 'api' | 'cluster'>,
  signal: AbortSignal,
): Promise<void> {
  if (wanted.length === 0) return;
  // Before anything is waited for: other VirtualIPs are decided about meanwhile.
  const { name } = virtualIP.metadata;
  cluster.reserve(name, wanted);
  try {
    await Promise.all([
      refuseToBeOutdated(virtualIP, api),
      ...wanted.map(({ metadata }) => refuseToOverlook(metadata.name, { api, cluster })),
    ]);
    for (const router of wanted) {
      cluster.wroteVirtualRouter(await api.apply(VIRTUAL_ROUTERS, router, { ...MANAGER, signal }));
    }
  } catch (error) {
    if (isRefusal(error)) cluster.refused(name);
    else cluster.doubt(name);
    throw error;
  }
  cluster.release(name);
}

/** Whether nothing has come of a request that failed. Without an answer, or with one of a server in trouble, something may. */
const isRefusal = (error: unknown): boolean =>
  error instanceof KubeApiError && error.status >= 400 && error.status < 500;

/**
 * What is decided from an older spec than there is, because the cache lags behind, would bring back addresses that were given up.
 * Throws a conflict then; that change is still to come.
 */
async function refuseToBeOutdated({ metadata }: VirtualIP, api: KubeApi): Promise<void> {
  const { name, uid, generation = 0 } = metadata;
  const found = await api.get<VirtualIP>(VIRTUAL_IPS, { name });
  if (found?.metadata.uid === uid && (found?.metadata.generation ?? 0) <= generation) return;
  throw new KubeApiError(
    `VirtualIP ${name} has changed, and the cache does not have it yet`,
    409,
    'Conflict',
  );
}

/**
 * What is decided without the VirtualRouter that there is, because the cache lags behind, would give another VRID to what runs.
 * Throws a conflict then; the next decision knows it.
 */
async function refuseToOverlook(
  name: string,
  { api, cluster }: Pick<ApplyDependencies, 'api' | 'cluster'>,
): Promise<void> {
  if (cluster.virtualRouters.get(name) !== undefined) return;
  const found = await api.get<VirtualRouter>(VIRTUAL_ROUTERS, { name });
  if (found === null) return;
  cluster.wroteVirtualRouter(found);
  throw new KubeApiError(`VirtualRouter ${name} exists, and the cache does not have it yet`, 409, 'Conflict');
}

/** Nobody waits for the garbage collector: agents resign as soon as their VirtualRouter is gone. */
export async function removeVirtualRouter(
  name: string,
  { api, cluster }: Pick<ApplyDependencies, 'api' | 'cluster'>,
): Promise<void> {
  const existing = cluster.virtualRouters.get(name);
  await api.delete(VIRTUAL_ROUTERS, { name });
  if (existing !== undefined) cluster.removedVirtualRouter(existing);
}

/** With its uid: should somebody have made another VirtualIP of this name meanwhile, it does not get this status. */
const withStatus = (
  { metadata: { name, uid } }: VirtualIP,
  status: Decision['status'],
): KubeObject & Pick<VirtualIP, 'status'> => ({
  apiVersion: API_VERSION,
  kind: VIRTUAL_IP_KIND,
  metadata: { name, ...(uid === undefined ? {} : { uid }) },
  status,
});

/** Takes an entry away as its owner would: by applying none in its name. */
async function forgetEntry(name: string, node: string, api: KubeApi, signal: AbortSignal): Promise<void> {
  const object: KubeObject & Pick<VirtualRouter, 'status'> = {
    apiVersion: API_VERSION,
    kind: VIRTUAL_ROUTER_KIND,
    metadata: { name },
    status: { members: [] },
  };
  try {
    await api.apply(VIRTUAL_ROUTERS, object, {
      fieldManager: agentFieldManager(node),
      force: true,
      subresource: 'status',
      signal,
    });
  } catch (error) {
    // 404: it is gone with its VirtualRouter. 422: the last entry of a list cannot be taken away, and does no harm.
    if (!(error instanceof KubeApiError && [404, 422].includes(error.status))) throw error;
  }
}
