import { type Result, ok, refused } from '../../values/result.js';

/** Where to listen. An empty host is every address of this host. */
export type HttpAddress = Readonly<{ host: string; port: number }>;

/**
 * Reads the value of `--http`: `ADDRESS:PORT`, `[IPV6]:PORT`, `:PORT` (every address), `PORT` (this host only) or
 * `off`, which gives null. `usualPort` is the one in the examples of a refusal.
 */
export function parseHttpAddress(text: string, usualPort: number): Result<HttpAddress | null, string> {
  if (text === 'off') return ok(null);
  const match = /^(?:(\[[0-9a-fA-F:.]+\]|[^:[\]]*):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) {
    const example = String(usualPort);
    return refused(
      `"${text}" is not ADDRESS:PORT (e.g. 127.0.0.1:${example}, [::1]:${example}, :${example}), a port, or "off"`,
    );
  }
  const host = match[1] === undefined ? '127.0.0.1' : match[1].replace(/^\[|\]$/g, '');
  return ok({ host, port });
}
