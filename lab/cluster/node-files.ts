import { stringify } from 'yaml';

import { containerdBasics } from './containerd.js';
import { POD_NETWORKS, addressOf, podNetworkOf, type Machine, type Pace } from './settings.js';

/* The configuration files of a node, as texts. */

export const PAUSE_IMAGE = 'lab.local/pause:1';

export const containerdConfig = `${containerdBasics({
  root: '/var/lib/containerd',
  state: '/run/containerd',
  socket: '/run/containerd/containerd.sock',
})}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  disable_apparmor = true
  # Lowering the score takes CAP_SYS_RESOURCE, which not every container has that this runs in.
  restrict_oom_score_adj = true
  disable_hugetlb_controller = true
  tolerate_missing_hugetlb_controller = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
`;

/** The pod network: a bridge in each node; the other nodes' networks are routes. */
export const cniConfig = (worker: Machine): string =>
  JSON.stringify({
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        ...{ type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: false, hairpinMode: true },
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: podNetworkOf(worker) }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  });

export const kubeletConfig = (worker: Machine, certificates: string, pace: Pace): string =>
  stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: addressOf(worker),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${certificates}/ca.crt` },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: `${certificates}/${worker.name}-serving.crt`,
    tlsPrivateKeyFile: `${certificates}/${worker.name}-serving.key`,
    // The node's control group namespace shows it a hierarchy of its own.
    cgroupRoot: '/',
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: true,
    enforceNodeAllocatable: ['pods'],
    failSwapOn: false,
    hairpinMode: 'none',
    // The machine's disk is not the node's to judge, and a removed image could not be fetched again.
    evictionHard: {
      'memory.available': '0%',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
    },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    // Otherwise it sets values of the whole machine; node-init shows it what it wants to see.
    protectKernelDefaults: true,
    resolvConf: '/etc/resolv.conf',
    clusterDomain: 'cluster.local',
    volumePluginDir: '/var/lib/kubelet/volume-plugins',
    nodeStatusUpdateFrequency: `${String(pace.status)}s`,
    nodeStatusReportFrequency: '1m',
    nodeLeaseDurationSeconds: pace.lease,
    maxPods: 40,
  });

export const proxyConfig = (worker: Machine, certificates: string): string =>
  stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    bindAddress: '0.0.0.0',
    hostnameOverride: worker.name,
    clusterCIDR: POD_NETWORKS,
    clientConnection: { kubeconfig: `${certificates}/proxy.kubeconfig` },
    // These are values of the whole machine.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    iptables: { syncPeriod: '30s', minSyncPeriod: '0s' },
  });
