const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'network unreachable',
  EPIPE: 'connection closed',
};

/** A failed attempt in a few words; the text never contains what the other side sent. */
export function probeErrorMessage(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : null;
  if (code === null) return 'failed';
  // llhttp's codes: what came back is not HTTP.
  return WORDS[code] ?? (code.startsWith('HPE_') ? `not an HTTP reply (${code})` : code);
}
