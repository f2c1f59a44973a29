import { connect } from 'node:net';
import { probeErrorMessage } from './probe-error.js';
import type { ProbeResult } from './probe.js';

/** Succeeds when the connection is accepted; it is then reset, so nothing of it stays behind on either side. */
export function tcpProbe(
  { host, port }: Readonly<{ host: string; port: number }>,
  timeout: number,
  signal: AbortSignal,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (success: boolean, message: string): void => {
      clearTimeout(deadline);
      signal.removeEventListener('abort', stop);
      socket.resetAndDestroy();
      resolve({ success, message });
    };
    const stop = (): void => {
      end(false, 'stopped');
    };
    const deadline = setTimeout(() => {
      end(false, `no connection within ${String(timeout)} ms`);
    }, timeout);
    signal.addEventListener('abort', stop, { once: true });
    socket.once('connect', () => {
      end(true, 'connected');
    });
    socket.on('error', (error) => {
      end(false, probeErrorMessage(error));
    });
  });
}
