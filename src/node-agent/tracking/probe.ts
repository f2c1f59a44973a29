/** What is asked, and where; the target is always an IP address: a probe never waits for a name server. */
export type ProbeTarget =
  | Readonly<{
      kind: 'http';
      host: string;
      port: number;
      /** Path and query. */
      path: string;
      headers: readonly Readonly<{ name: string; value: string }>[];
    }>
  | Readonly<{ kind: 'tcp'; host: string; port: number }>;

/** How an object is probed; two routers that ask for the same share the answers. */
export type ProbeMethod = Readonly<{
  target: ProbeTarget;
  /** From the start of one attempt to the start of the next, milliseconds. */
  period: number;
  /** How long one attempt may take, milliseconds. */
  timeout: number;
  /** Successes in a row after which a failed target counts as well; at least 1. */
  rise: number;
  /** Failures in a row after which a target that was well counts as failed; at least 1. */
  fall: number;
}>;

/** How one attempt went; `message` says it in a few words, e.g. `HTTP status 503` or `connection refused`. */
export type ProbeResult = Readonly<{ success: boolean; message: string }>;

/** Makes one attempt. Never rejects: whatever goes wrong is a failure with its message. Ends soon after `signal`. */
export type Attempt = (method: ProbeMethod, signal: AbortSignal) => Promise<ProbeResult>;
