import { type HttpAddress, parseHttpAddress as parseAddress } from '../../platform/http/address.js';
import type { LogFormat, LogLevel } from '../../platform/log.js';
import type { Result } from '../../values/result.js';

/** What the control process is told when it is started, as JSON in its one argument. Checked by the command line. */
export type ControlOptions = Readonly<{
  /** Where the virtual routers of this host are written down. */
  source: StandaloneFiles | Cluster;
  /** Of kube-vrrp. */
  version: string;
  nodeName: string;
  stateDir: string;
  /** Where to serve HTTP; null: nowhere. */
  http: HttpAddress | null;
  logFormat: LogFormat;
  logLevel: LogLevel;
  /** Where to write a recording of what the routers do; null: none is made. */
  recordFile: string | null;
  /** How often the control process was started again before; 0: the agent itself has just started. */
  restarts: number;
  /** Whether routers run already, with the trackers that an earlier control process told of. */
  routersRun: boolean;
}>;

/** Files with VirtualIPs, absolute or relative to the working directory. At least one. */
export type StandaloneFiles = Readonly<{ kind: 'files'; files: readonly string[] }>;

/** The API server of a cluster that this host is a node of. */
export type Cluster = Readonly<{
  kind: 'cluster';
  /** Of the agents and of their Secret; null: the one that the way to the API server names. */
  namespace: string | null;
  /** The Secret that holds the passwords. */
  secretName: string;
  /** How to reach the API server; null: as a pod does. */
  kubeconfig: string | null;
}>;

/** Free of well-known uses, next to Prometheus's own exporters, and reachable from this host only. */
export const DEFAULT_HTTP_ADDRESS: HttpAddress = { host: '127.0.0.1', port: 9112 };

/** Reads the value of `--http`; see platform/http/address.ts. */
export const parseHttpAddress = (text: string): Result<HttpAddress | null, string> =>
  parseAddress(text, DEFAULT_HTTP_ADDRESS.port);

/** How the parent passes the options on, and how the control process reads them. */
export const encodeControlOptions = (options: ControlOptions): string => JSON.stringify(options);

/** Throws a TypeError where there is no such argument: the control process is not started by hand. */
export function decodeControlOptions(argument: string | undefined): ControlOptions {
  const value: unknown = argument === undefined ? undefined : JSON.parse(argument);
  if (typeof value !== 'object' || value === null || !('source' in value))
    throw new TypeError('this is the inner half of "kube-vrrp agent" and is started by it');
  return value as ControlOptions;
}
