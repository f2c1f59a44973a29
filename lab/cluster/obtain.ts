import { Cluster, type UpOptions } from './cluster.js';

/** `KUBE_VRRP_CLUSTER=keep` leaves the cluster up, so that the next run of a test finds it. */
export const keepsCluster = (): boolean => process.env['KUBE_VRRP_CLUSTER'] === 'keep';

/** A cluster to work with, and what to call when that is done. */
export type Obtained = Readonly<{ cluster: Cluster; release: () => Promise<void> }>;

/**
 * The cluster that is up, with every fault undone; when none is, it is started, and `release` takes it down again unless
 * the environment says {@link keepsCluster}.
 */
export async function obtainCluster(options: UpOptions = {}): Promise<Obtained> {
  const running = Cluster.running();
  if (running !== null) {
    await running.recover();
    return { cluster: running, release: () => Promise.resolve() };
  }
  const cluster = await Cluster.up(options);
  return { cluster, release: () => (keepsCluster() ? Promise.resolve() : cluster.down()) };
}
