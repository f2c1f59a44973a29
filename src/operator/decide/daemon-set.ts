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

const ALIVE_DIR = '/run/kube-vrrp';
const ALIVE_FILE = `${ALIVE_DIR}/alive`;

/**
 * For a shell in the agent's container: whether the event loop of its VRRP process turns, and nothing else. Over HTTP another
 * program could answer that has taken the port, and the control process would be asked, on which no address depends.
 * Nothing is started but the shell itself; the kubelet would replace what is in $(…).
 */
const ASK_FOR_LIFE =
  `read -r now _ </proc/uptime; read -r end <${ALIVE_FILE} && [ "\${now%.*}" -le "$end" ] || ` +
  `{ echo "the VRRP process hangs: it was to write ${ALIVE_FILE} by second \${end:-0} and it is second $now"; exit 1; }`;

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
  volumes: [
    { name: 'state', hostPath: { path: settings.stateDir, type: 'DirectoryOrCreate' } },
    // In memory: a disk that hangs must not make an agent look dead.
    { name: 'alive', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
  ],
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
    `--alive-file=${ALIVE_FILE}`,
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
  volumeMounts: [
    { name: 'state', mountPath: settings.stateDir },
    { name: 'alive', mountPath: ALIVE_DIR },
  ],
  // A restart moves addresses, so it is for what does not mend itself: two minutes of silence, or of a container runtime that
  // starts nothing. Nobody waits for it: the kernel removes the addresses of a VRRP process that hangs, and others take them.
  livenessProbe: {
    exec: { command: ['sh', '-c', ASK_FOR_LIFE] },
    initialDelaySeconds: 20,
    periodSeconds: 20,
    timeoutSeconds: 10,
    failureThreshold: 6,
  },
  ...readiness(settings.http),
});

const fromField = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });

/** Whether the control process knows what to run; the kubelet asks from the node, where an address of loopback answers. */
function readiness(http: string) {
  const separator = http.lastIndexOf(':');
  if (http === 'off' || separator < 0) return {};
  const port = Number(http.slice(separator + 1));
  const address = http.slice(0, separator).replace(/^\[|\]$/g, '');
  const host = ['', '0.0.0.0', '::'].includes(address) ? '127.0.0.1' : address;
  return {
    readinessProbe: {
      httpGet: { host, port, path: '/readyz' },
      timeoutSeconds: 5,
      periodSeconds: 5,
      failureThreshold: 2,
    },
  };
}
