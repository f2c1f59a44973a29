import { Namespace } from '../namespace.js';

/*
 * Names and addresses of the cluster. There is one cluster on a machine, so they are the same in every checkout. The
 * addresses are of the documentation and benchmark ranges, and only ever inside the namespaces.
 */

/** A computer of the cluster. `number` is the last octet of its address, and of its Ethernet address. */
export type Machine = Readonly<{ name: string; number: number }>;

export const WORKERS: readonly Machine[] = [
  { name: 'w1', number: 11 },
  { name: 'w2', number: 12 },
  { name: 'w3', number: 13 },
];
export const CONTROL_PLANE: Machine = { name: 'cp', number: 10 };
/** Where kubectl, helm and the clients of a service run. It is no node. */
export const CLIENT: Machine = { name: 'client', number: 9 };
export const MACHINES: readonly Machine[] = [CONTROL_PLANE, CLIENT, ...WORKERS];

/** The one Ethernet segment. */
export const LAN = { name: 'lan', ipv4: '192.0.2', ipv6: '2001:db8:2::' } as const;
/** Every namespace of the cluster begins with it. */
export const NAMESPACE_PREFIX = 'kvc-';
/** The control group below which all processes of the cluster are, in each hierarchy. */
export const CONTROL_GROUP = 'kube-vrrp-cluster';

export const API_PORT = 6443;
export const POD_NETWORKS = '198.18.0.0/15';
export const SERVICE_NETWORK = '198.51.100.0/24';
/** The first address of the service network is the API server's. */
export const API_SERVICE = '198.51.100.1';

export const addressOf = (machine: Machine): string => `${LAN.ipv4}.${String(machine.number)}`;
export const podNetworkOf = (worker: Machine): string => `198.18.${String(worker.number)}.0/24`;
export const namespaceOf = ({ name }: Readonly<{ name: string }>): Namespace =>
  Namespace.named(`${NAMESPACE_PREFIX}${name}`);

/** How fast a dead node is noticed. */
export type Pace = Readonly<{
  /** Seconds without a sign of life after which a node is `Unknown`. */
  grace: number;
  /** Seconds between two looks at the nodes. */
  period: number;
  /** Seconds that a node's lease is valid; it is renewed after a quarter of that. */
  lease: number;
  /** Seconds between two looks of a kubelet at its own state. */
  status: number;
  /** Seconds until the pods of a dead node are evicted. */
  toleration: number;
}>;

/** About a third of {@link PRODUCTION_PACE}, so that tests need not wait for minutes. */
export const TEST_PACE: Pace = { grace: 12, period: 2, lease: 8, status: 4, toleration: 15 };
/** Kubernetes' defaults. */
export const PRODUCTION_PACE: Pace = { grace: 40, period: 5, lease: 40, status: 10, toleration: 300 };
