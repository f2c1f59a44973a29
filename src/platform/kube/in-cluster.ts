import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiServer, type Credentials, NoApiServer } from './api-server.js';

export type InClusterOptions = Readonly<{
  /** Default: the process's own. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Where Kubernetes puts token, certificate and namespace of the service account. */
  folder?: string;
  /** Milliseconds. */
  now?: () => number;
}>;

const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
/**
 * Milliseconds. A projected token is renewed when a fifth of its life is left, which is minutes; reading the file so
 * often costs nothing and never misses that.
 */
const REREAD_AFTER = 10_000;

export const isInCluster = (env: Readonly<Record<string, string | undefined>> = process.env): boolean =>
  (env['KUBERNETES_SERVICE_HOST'] ?? '') !== '';

/**
 * The API server as a pod finds it: address in KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT, token and
 * certificate authority in files of its service account. Somebody who wants another address, for example because
 * the service is reached only through what we are to provide, sets these variables.
 *
 * @throws NoApiServer when one of them is missing
 */
export async function inClusterApiServer({
  env = process.env,
  folder = FOLDER,
  now = () => performance.now(),
}: InClusterOptions = {}): Promise<ApiServer> {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  // Not KUBERNETES_SERVICE_PORT_HTTPS, which every pod has as well: who sets another address sets this one, as for other clients.
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  if (host === '')
    throw new NoApiServer(
      'not in a pod: KUBERNETES_SERVICE_HOST is not set. Outside a cluster give --kubeconfig FILE or set KUBECONFIG',
    );
  const read = (name: string): Promise<string> => readAccountFile(join(folder, name));
  const [namespace] = await Promise.all([read('namespace'), read('token'), read('ca.crt')]);

  let known: Promise<Credentials> | null = null;
  let readAt = 0;
  const load = async (): Promise<Credentials> => {
    const [token, ca] = await Promise.all([read('token'), read('ca.crt')]);
    return { headers: { authorization: `Bearer ${token}` }, tls: { ca } };
  };
  return {
    url: serverUrl(host, port),
    origin: 'the service account of this pod',
    namespace,
    credentials() {
      if (known !== null && now() - readAt < REREAD_AFTER) return known;
      const before = known;
      readAt = now();
      // Files that cannot be read just now, while they are being replaced: the last ones are as good as any.
      known = load().catch((error: unknown) => {
        if (before === null) throw error;
        return before;
      });
      return known;
    },
  };
}

function serverUrl(host: string, port: string): URL {
  const address = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  try {
    return new URL(`https://${address}:${port}`);
  } catch {
    throw new NoApiServer(
      `KUBERNETES_SERVICE_HOST=${host} and KUBERNETES_SERVICE_PORT=${port} are not an address and a port`,
    );
  }
}

async function readAccountFile(file: string): Promise<string> {
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new NoApiServer(
      `${file}: ${code}. The pod needs its service account's token: do not set automountServiceAccountToken: false`,
    );
  }
  if (text === '') throw new NoApiServer(`${file} is empty: it should be what Kubernetes mounts there`);
  return text;
}
