import { mkdirSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';

import { Daemon, inNetwork } from './daemon.js';
import { etcdClientFlags, etcdCommand } from './etcd.js';
import { flags } from './flags.js';
import { stateOf } from './folders.js';
import { API_PORT, CONTROL_PLANE, SERVICE_NETWORK, addressOf, namespaceOf, type Pace } from './settings.js';

const GROUP = 'control-plane';
const ETCD_PORT = 2379;
export const CERTIFICATES = stateOf('certificates');
export const AUDIT_LOG = stateOf('control-plane', 'audit.log');

/** What programs outside kube-system do with their service accounts is recorded, to see that they do what they may. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', userGroups: ['system:serviceaccounts:kube-system'] },
    { level: 'Metadata', userGroups: ['system:serviceaccounts'] },
    { level: 'None' },
  ],
};

/** The four programs of the control plane. `programs` is the folder with Kubernetes' own. */
export class ControlPlane {
  readonly etcd: Daemon;
  readonly apiServer: Daemon;
  readonly controllerManager: Daemon;
  readonly scheduler: Daemon;
  readonly #folder = stateOf('control-plane');

  constructor(programs: string, pace: Pace) {
    const daemon = (name: string, argv: readonly string[]): Daemon =>
      new Daemon(name, GROUP, this.#folder, () => [...inNetwork(namespaceOf(CONTROL_PLANE).name), ...argv]);
    this.etcd = daemon('etcd', etcd(this.#folder));
    this.apiServer = daemon('kube-apiserver', [
      `${programs}/kube-apiserver`,
      ...apiServer(this.#folder, pace),
    ]);
    this.controllerManager = daemon('kube-controller-manager', [
      `${programs}/kube-controller-manager`,
      ...controllerManager(pace),
    ]);
    this.scheduler = daemon('kube-scheduler', [`${programs}/kube-scheduler`, ...controller('scheduler')]);
  }

  get daemons(): readonly Daemon[] {
    return [this.etcd, this.apiServer, this.controllerManager, this.scheduler];
  }

  /** Starts etcd and the API server; the others need to find the API server's roles, see {@link startControllers}. */
  async startApi(): Promise<void> {
    mkdirSync(`${this.#folder}/etcd`, { recursive: true });
    writeFileSync(`${this.#folder}/audit-policy.yaml`, stringify(AUDIT_POLICY));
    await this.etcd.start();
    await this.apiServer.start();
  }

  async startControllers(): Promise<void> {
    await this.controllerManager.start();
    await this.scheduler.start();
  }
}

const seconds = (count: number): string => `${String(count)}s`;
const certificate = (file: string): string => `${CERTIFICATES}/${file}`;

const etcd = (folder: string): string[] =>
  etcdCommand({
    folder: `${folder}/etcd`,
    certificates: CERTIFICATES,
    ports: { clients: ETCD_PORT, peers: ETCD_PORT + 1 },
    size: '512m',
    logLevel: 'info',
  });

function apiServer(folder: string, pace: Pace): string[] {
  return flags({
    'advertise-address': addressOf(CONTROL_PLANE),
    'secure-port': API_PORT,
    'insecure-port': 0,
    ...etcdClientFlags(CERTIFICATES, ETCD_PORT),
    'client-ca-file': certificate('ca.crt'),
    'tls-cert-file': certificate('apiserver.crt'),
    'tls-private-key-file': certificate('apiserver.key'),
    'kubelet-client-certificate': certificate('apiserver-kubelet-client.crt'),
    'kubelet-client-key': certificate('apiserver-kubelet-client.key'),
    'kubelet-certificate-authority': certificate('ca.crt'),
    'kubelet-preferred-address-types': 'InternalIP',
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-account-key-file': certificate('service-accounts.pub'),
    'service-account-signing-key-file': certificate('service-accounts.key'),
    'service-cluster-ip-range': SERVICE_NETWORK,
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'allow-privileged': true,
    'requestheader-client-ca-file': certificate('front-proxy-ca.crt'),
    'requestheader-allowed-names': 'front-proxy-client',
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-username-headers': 'X-Remote-User',
    'proxy-client-cert-file': certificate('front-proxy-client.crt'),
    'proxy-client-key-file': certificate('front-proxy-client.key'),
    'default-not-ready-toleration-seconds': pace.toleration,
    'default-unreachable-toleration-seconds': pace.toleration,
    'audit-log-path': `${folder}/audit.log`,
    'audit-policy-file': `${folder}/audit-policy.yaml`,
    v: 1,
  });
}

/** What controller manager and scheduler have in common: one of each, which therefore elects nobody. */
function controller(name: string): string[] {
  const kubeconfig = certificate(`${name}.kubeconfig`);
  return flags({
    kubeconfig,
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    'leader-elect': false,
    'bind-address': '127.0.0.1',
    port: 0,
    v: 1,
  });
}

const controllerManager = (pace: Pace): string[] => [
  ...controller('controller-manager'),
  ...flags({
    'use-service-account-credentials': true,
    'service-account-private-key-file': certificate('service-accounts.key'),
    'root-ca-file': certificate('ca.crt'),
    'cluster-signing-cert-file': certificate('ca.crt'),
    'cluster-signing-key-file': certificate('ca.key'),
    'client-ca-file': certificate('ca.crt'),
    'flex-volume-plugin-dir': stateOf('control-plane', 'volume-plugins'),
    'node-monitor-grace-period': seconds(pace.grace),
    'node-monitor-period': seconds(pace.period),
  }),
];
