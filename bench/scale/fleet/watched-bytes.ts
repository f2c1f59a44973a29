import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';

/** The header that tells which agent asks. */
export const AGENT_HEADER = 'x-simulated-agent';

/**
 * Counts the bytes of all watches of this process, by agent: what comes within the answers, without TLS and the frames of HTTP.
 * `add` is called for each piece that arrives.
 */
export function countWatchedBytes(add: (agent: string, bytes: number) => void): void {
  // It tells of an answer before whoever asked for it hears of it, so nothing is missed.
  subscribe('http.client.response.finish', (message) => {
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
    const agent = request.getHeader(AGENT_HEADER);
    if (typeof agent !== 'string' || !request.path.includes('watch=1')) return;
    response.on('data', (bytes: Buffer) => add(agent, bytes.length));
  });
}
