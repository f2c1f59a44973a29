import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpAddress } from './address.js';

export type ListenerEvents = Readonly<{
  listening: (host: string, port: number) => void;
  /** It is tried again. */
  failed: (error: NodeJS.ErrnoException) => void;
}>;

const RETRY_AFTER = 5_000;

/** Keeps a server listening at an address: what prevents it now may go away, e.g. the program that has the port. */
export class Listener {
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly server: Server,
    private readonly address: HttpAddress,
    private readonly events: ListenerEvents,
    private readonly retryAfter: number = RETRY_AFTER,
  ) {}

  start(): void {
    this.server.on('listening', () => {
      const { address, port } = this.server.address() as AddressInfo;
      this.events.listening(address, port);
    });
    this.server.on('error', (error: NodeJS.ErrnoException) => {
      this.events.failed(error);
      if (this.#closed || this.server.listening) return;
      this.#retry = setTimeout(() => {
        this.#listen();
      }, this.retryAfter);
    });
    this.#listen();
  }

  /** Ends every connection, answered or not. */
  close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    return new Promise((resolve) => {
      this.server.close(() => {
        resolve();
      });
      this.server.closeAllConnections();
    });
  }

  #listen(): void {
    const { host, port } = this.address;
    // Without a host Node.js takes all IPv6 and IPv4 addresses, or the IPv4 ones where there is no IPv6.
    this.server.listen(host === '' ? { port } : { host, port });
  }
}

/** Why listening at `address` failed, and what to do about it. */
export function explained(
  error: NodeJS.ErrnoException,
  { host, port }: HttpAddress,
): Readonly<{ message: string; remedy: string }> {
  const where = `${host === '' ? 'any address' : host}, port ${String(port)}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return {
        message: `another program listens on ${where}`,
        remedy: `stop it ("ss -ltnp sport = :${String(port)}" names it) or choose another port with --http`,
      };
    case 'EADDRNOTAVAIL':
      return {
        message: `this host does not have the address of ${where}`,
        remedy: 'choose another address with --http',
      };
    case 'EACCES':
      return {
        message: `listening on ${where} is not allowed`,
        remedy: 'choose a port above 1023 with --http',
      };
    default:
      return {
        message: `listening on ${where} fails: ${error.message}`,
        remedy: 'choose another address with --http',
      };
  }
}
