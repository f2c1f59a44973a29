import type { VirtualIP } from '../../api/v1alpha1/virtual-ip.js';
import type { VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import type { Clock } from '../../platform/clock.js';
import { KubeInformer } from '../../platform/kube/informer.js';
import type { KubeApi, KubeObject, Resource, Selection } from '../../platform/kube/ports.js';
import { DAEMON_SETS, NODES, PODS, VIRTUAL_IPS, VIRTUAL_ROUTERS } from '../../platform/kube/resources.js';
import type { Log } from '../../platform/log.js';
import type { Observer } from '../../platform/observer.js';
import { agentPodLabels } from '../decide/daemon-set.js';
import type { DaemonSet } from '../decide/types.js';
import { type KubePod, slimPod } from './agent-pods.js';
import { type KubeNode, slimNode } from './node-facts.js';

/** The objects that are watched all the time. */
export type Informers = Readonly<{
  virtualIPs: KubeInformer<VirtualIP>;
  virtualRouters: KubeInformer<VirtualRouter>;
  nodes: KubeInformer<KubeNode>;
  /** Of the one name. */
  daemonSets: KubeInformer<DaemonSet>;
  agentPods: KubeInformer<KubePod>;
}>;

export type InformersOptions = Readonly<{
  api: KubeApi;
  namespace: string;
  daemonSetName: string;
  log: Log;
  clock: Clock;
  observer: Observer;
}>;

export function createInformers({ namespace, daemonSetName, ...common }: InformersOptions): Informers {
  const informer = <T extends KubeObject>(
    resource: Resource,
    selection: Selection = {},
    transform?: (object: T) => T,
  ): KubeInformer<T> =>
    new KubeInformer<T>({
      ...common,
      resource,
      selection,
      ...(transform === undefined ? {} : { transform }),
    });
  const labelSelector = Object.entries(agentPodLabels(daemonSetName))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  return {
    virtualIPs: informer<VirtualIP>(VIRTUAL_IPS, {}, withoutCopy),
    virtualRouters: informer<VirtualRouter>(VIRTUAL_ROUTERS),
    nodes: informer<KubeNode>(NODES, {}, slimNode),
    daemonSets: informer<DaemonSet>(DAEMON_SETS, {
      namespace,
      fieldSelector: `metadata.name=${daemonSetName}`,
    }),
    agentPods: informer<KubePod>(PODS, { namespace, labelSelector }, slimPod),
  };
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** `kubectl apply` leaves a copy of the whole object in an annotation. */
function withoutCopy(virtualIP: VirtualIP): VirtualIP {
  const { annotations, ...metadata } = virtualIP.metadata;
  if (annotations?.[LAST_APPLIED] === undefined) return virtualIP;
  const { [LAST_APPLIED]: _, ...others } = annotations;
  return { ...virtualIP, metadata: { ...metadata, annotations: others } };
}
