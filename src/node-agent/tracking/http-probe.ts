import { request } from 'node:http';
import { probeErrorMessage } from './probe-error.js';
import type { ProbeResult, ProbeTarget } from './probe.js';

/** As much of a reply as anybody needs to judge a server; one that sends more has answered. */
const MAX_BODY = 64 * 1024;
const MAX_HEADER = 16 * 1024;

/**
 * Succeeds when a GET is answered in full, or with 64 KiB, by a status from 200 to 399 within `timeout` milliseconds.
 * Redirects are not followed. One connection per attempt.
 */
export function httpProbe(
  { host, port, path, headers }: Extract<ProbeTarget, { kind: 'http' }>,
  timeout: number,
  signal: AbortSignal,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const attempt = request({
      host,
      port,
      path,
      method: 'GET',
      agent: false,
      maxHeaderSize: MAX_HEADER,
      headers: headersOf(headers),
    });
    const end = (success: boolean, message: string): void => {
      clearTimeout(deadline);
      signal.removeEventListener('abort', stop);
      attempt.destroy();
      resolve({ success, message });
    };
    const stop = (): void => {
      end(false, 'stopped');
    };
    const deadline = setTimeout(() => {
      end(false, `no answer within ${String(timeout)} ms`);
    }, timeout);
    signal.addEventListener('abort', stop, { once: true });
    attempt.on('error', (error) => {
      end(false, probeErrorMessage(error));
    });
    attempt.on('response', (response) => {
      const status = response.statusCode ?? 0;
      const judge = (): void => {
        end(status >= 200 && status <= 399, `HTTP status ${String(status)}`);
      };
      let received = 0;
      response.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received > MAX_BODY) judge();
      });
      response.on('end', judge);
      response.on('error', (error) => {
        end(false, probeErrorMessage(error));
      });
    });
    // A server that switches protocols has not answered the question.
    attempt.on('upgrade', (response, socket) => {
      socket.destroy();
      end(false, `HTTP status ${String(response.statusCode)}`);
    });
    attempt.end();
  });
}

/** The headers that were asked for, over those that tell a server who asks and that nothing more will follow. */
function headersOf(
  asked: readonly Readonly<{ name: string; value: string }>[],
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {
    'user-agent': 'kube-vrrp',
    accept: '*/*',
    connection: 'close',
  };
  const named = new Set(asked.map(({ name }) => name.toLowerCase()));
  for (const name of named) {
    const values = asked.filter((header) => header.name.toLowerCase() === name).map(({ value }) => value);
    headers[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return headers;
}
