import type { NodeSelectorTerm } from './agent-nodes.js';
import { contentHash } from './same-content.js';
import type { AgentSettings, DaemonSet, OwnerReference } from './types.js';
import { MANAGED_BY } from './virtual-routers.js';

/**
 * The labels that select the agents' pods. The selector of a DaemonSet can never be changed, so nothing else goes into it.
 */
export const agentPodLabels = (daemonSetName: string): Readonly<Record<string, string>> => ({
  'app.kubernetes.io/name': 'kube-vrrp',
  'app.kubernetes.io/component': 'agent',
  'app.kubernetes.io/instance': daemonSetName,
});

/** Of a pod: what it was made from, see {@link agentRevision}. */
export const REVISION_LABEL = 'kube-vrrp.io/revision';

/** Differs when agents have to be replaced: everything about their pods but the nodes that they are on. */
export const agentRevision = (settings: AgentSettings): string =>
  contentHash([podSpec(settings, []), settings.podLabels, settings.podAnnotations]);

/** The DaemonSet of the agents, as it is applied. */
export const agentDaemonSet = (
  settings: AgentSettings,
  terms: readonly NodeSelectorTerm[],
  owner: OwnerReference | null,
): DaemonSet => {
  const selector = agentPodLabels(settings.daemonSetName);
  const revision = agentRevision(settings);
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      name: settings.daemonSetName,
      namespace: settings.namespace,
      labels: { ...selector, ...MANAGED_BY },
      ...(owner === null ? {} : { ownerReferences: [owner] }),
    },
    spec: {
      selector: { matchLabels: selector },
      // Kubernetes would replace every agent whenever the nodes that need one change, for they are part of the template. With
      // this it only adds and removes agents on those nodes, and the operator replaces outdated ones: apply/roll-out.ts.
      updateStrategy: { type: 'OnDelete' },
      template: {
        metadata: {
          labels: { ...settings.podLabels, ...selector, ...MANAGED_BY, [REVISION_LABEL]: revision },
          annotations: settings.podAnnotations,
        },
        spec: podSpec(settings, terms),
      },
    },
  };
};

const podSpec = (settings: AgentSettings, terms: readonly NodeSelectorTerm[]) => ({
  hostNetwork: true,
  // The agent looks no name up, and cluster DNS may stand behind an address that it is to bring.
  dnsPolicy: 'Default',
  enableServiceLinks: false,
  serviceAccountName: settings.serviceAccountName,
  ...(settings.priorityClassName === null ? {} : { priorityClassName: settings.priorityClassName }),
  imagePullSecrets: settings.imagePullSecrets.map((name) => ({ name })),
  terminationGracePeriodSeconds: settings.terminationGracePeriodSeconds,
  securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
  tolerations: settings.tolerations,
  affinity: {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
  },
  containers: [container(settings)],
  volumes: [{ name: 'state', hostPath: { path: settings.stateDir, type: 'DirectoryOrCreate' } }],
});

const container = (settings: AgentSettings) => ({
  name: 'agent',
  image: settings.image,
  imagePullPolicy: settings.imagePullPolicy,
  args: [
    'agent',
    '--node-name=$(NODE_NAME)',
    '--namespace=$(POD_NAMESPACE)',
    `--secret-name=${settings.secretName}`,
    `--state-dir=${settings.stateDir}`,
    `--http=${settings.http}`,
    `--log-format=${settings.logFormat}`,
    `--log-level=${settings.logLevel}`,
    ...settings.extraArgs,
  ],
  env: [
    fromField('NODE_NAME', 'spec.nodeName'),
    fromField('POD_NAME', 'metadata.name'),
    fromField('POD_NAMESPACE', 'metadata.namespace'),
    ...Object.entries(settings.env).map(([name, value]) => ({ name, value })),
  ],
  resources: settings.resources,
  securityContext: {
    // Capabilities that are added reach only root.
    runAsUser: 0,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: {
      drop: ['ALL'],
      add: ['NET_ADMIN', 'NET_RAW', ...(settings.realtime ? ['SYS_NICE'] : [])],
    },
  },
  volumeMounts: [{ name: 'state', mountPath: settings.stateDir }],
  ...probes(settings.http),
});

const fromField = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });

/** The kubelet asks from the node itself, where an address of the loopback interface answers. */
function probes(http: string) {
  const separator = http.lastIndexOf(':');
  if (http === 'off' || separator < 0) return {};
  const port = Number(http.slice(separator + 1));
  const address = http.slice(0, separator).replace(/^\[|\]$/g, '');
  const host = ['', '0.0.0.0', '::'].includes(address) ? '127.0.0.1' : address;
  const ask = (path: string) => ({ httpGet: { host, port, path }, timeoutSeconds: 5 });
  return {
    // A restart moves addresses: it is for what does not mend itself.
    livenessProbe: { ...ask('/healthz'), initialDelaySeconds: 10, periodSeconds: 10, failureThreshold: 6 },
    readinessProbe: { ...ask('/readyz'), periodSeconds: 5, failureThreshold: 2 },
  };
}
