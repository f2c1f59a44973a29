import { type Server, createServer } from 'node:net';

/** An abstract socket: it belongs to the network namespace, as our addresses do, and ends with the process. */
const NAME = '\0kube-vrrp-agent';

/** Held for as long as the agent runs. */
export type AgentLock = Readonly<{ release(): void }>;

/**
 * Makes sure that there is one agent in this network namespace: two would not hear each other, would both hold the
 * addresses, and each would take the other's for its own leftovers. null: another one runs.
 */
export function lockAgent(): Promise<AgentLock | null> {
  return new Promise((resolve, reject) => {
    const server: Server = createServer((stranger) => {
      stranger.destroy();
    });
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(NAME, () => {
      server.unref();
      resolve({
        release: () => {
          server.close();
        },
      });
    });
  });
}
