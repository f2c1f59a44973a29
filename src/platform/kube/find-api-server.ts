import { delimiter } from 'node:path';
import { type ApiServer, NoApiServer } from './api-server.js';
import { inClusterApiServer, isInCluster } from './in-cluster.js';

export type FindOptions = Readonly<{
  /** What --kubeconfig said. */
  kubeconfig?: string;
  /** Default: the process's own. */
  env?: Readonly<Record<string, string | undefined>>;
}>;

/**
 * The API server: that of --kubeconfig, else that of KUBECONFIG, else that of the cluster we are in.
 *
 * @throws NoApiServer when there is none of them, or the one found cannot be used
 */
export async function findApiServer({ kubeconfig, env = process.env }: FindOptions = {}): Promise<ApiServer> {
  const files = (kubeconfig ?? env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  if (files.length > 0) {
    const { kubeconfigApiServer } = await import('./kubeconfig.js');
    return kubeconfigApiServer(files);
  }
  if (isInCluster(env)) return inClusterApiServer({ env });
  throw new NoApiServer(
    'no API server: this is not a pod, and neither --kubeconfig FILE nor KUBECONFIG names a kubeconfig file',
  );
}
