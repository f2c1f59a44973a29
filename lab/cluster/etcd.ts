import { flags } from './flags.js';

export type EtcdSettings = Readonly<{
  /** Where its data is mounted; it must exist. */
  folder: string;
  /** With the files that `makeCertificates` makes. */
  certificates: string;
  /** On 127.0.0.1. */
  ports: Readonly<{ clients: number; peers: number }>;
  /** What its data may take, as tmpfs understands it, e.g. `512m`. */
  size: string;
  logLevel: 'info' | 'error';
}>;

/**
 * An etcd of one member. Its data is in memory, in a mount that only etcd sees: it syncs to disk for each write, which is neither to
 * be waited for nor to be measured, and nothing of it is to stay.
 */
export function etcdCommand({ folder, certificates, ports, size, logLevel }: EtcdSettings): string[] {
  const inMemory = 'mount -t tmpfs -o "size=$2,mode=700" etcd "$1" && shift 2 && exec "$@"';
  const clients = etcdAddress(ports.clients);
  const peers = etcdAddress(ports.peers);
  const files = {
    key: `${certificates}/etcd.key`,
    cert: `${certificates}/etcd.crt`,
    ca: `${certificates}/etcd-ca.crt`,
  };
  return [
    ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c', inMemory, 'sh', folder, size],
    'etcd',
    ...flags({
      name: 'one',
      'data-dir': `${folder}/data`,
      'listen-client-urls': clients,
      'advertise-client-urls': clients,
      'listen-peer-urls': peers,
      'initial-advertise-peer-urls': peers,
      'initial-cluster': `one=${peers}`,
      'cert-file': files.cert,
      'key-file': files.key,
      'trusted-ca-file': files.ca,
      'client-cert-auth': true,
      'peer-cert-file': files.cert,
      'peer-key-file': files.key,
      'peer-trusted-ca-file': files.ca,
      'peer-client-cert-auth': true,
      logger: 'zap',
      'log-level': logLevel,
    }),
  ];
}

/** What an API server must be told to find it. */
export const etcdClientFlags = (
  certificates: string,
  port: number,
): Readonly<Record<`etcd-${string}`, string>> => ({
  'etcd-servers': etcdAddress(port),
  'etcd-cafile': `${certificates}/etcd-ca.crt`,
  'etcd-certfile': `${certificates}/apiserver-etcd-client.crt`,
  'etcd-keyfile': `${certificates}/apiserver-etcd-client.key`,
});

const etcdAddress = (port: number): string => `https://127.0.0.1:${String(port)}`;
