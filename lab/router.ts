import type { Host } from './host.js';
import type { Program } from './program.js';

/** One virtual router as a test wants it, whichever program runs it. */
export type RouterSettings = Readonly<{
  /** Default `web`. */
  name?: string;
  /** Default `eth0`. */
  interface?: string;
  /** Default 51. */
  vrid?: number;
  priority: number;
  /** With or without prefix length; default 192.0.2.100. One family. */
  addresses?: readonly string[];
  /** Default 2 for IPv4, 3 for IPv6. */
  version?: 2 | 3;
  /** Seconds between adverts; default 1. */
  interval?: number;
  /** Default true. */
  preempt?: boolean;
  /** Seconds. */
  preemptDelay?: number;
  /** v2. */
  password?: string;
  unicast?: Readonly<{ source: string; peers: readonly string[] }>;
  virtualMac?: boolean;
  /** v3 over IPv4, as sent; default PseudoHeader. */
  checksum?: 'PseudoHeader' | 'MessageOnly';
  /** Further fields of `spec`, for the agent alone. */
  agentSpec?: Readonly<Record<string, unknown>>;
  /** Further lines in `vrrp_instance`, for keepalived alone. */
  keepalivedLines?: readonly string[];
}>;

/** A program that runs virtual routers on a host: our agent, or a peer. */
export interface RouterProgram {
  readonly kind: 'agent' | 'keepalived' | 'frr';
  readonly host: Host;
  /** Its process; throws before {@link start}. */
  readonly program: Program;
  /**
   * Starts it; resolves, with the wall-clock time, when its first router is in the election (Backup, or already
   * Active).
   */
  start(): Promise<number>;
  /** SIGTERM, and waits for the end; resolves with the time of the signal. */
  terminate(): Promise<number>;
  /** SIGKILL to every process of it at once. */
  kill(): Promise<number>;
  /** SIGSTOP to every process of it. */
  freeze(): number;
  /** SIGCONT to every process of it. */
  thaw(): number;
  /** Gives it another configuration, and has it applied without a restart. */
  reconfigure(settings: readonly RouterSettings[]): Promise<number>;
}

/** The settings with every default filled in. */
export function complete(settings: RouterSettings) {
  const addresses = settings.addresses ?? ['192.0.2.100'];
  const family = addresses[0]?.includes(':') === true ? ('IPv6' as const) : ('IPv4' as const);
  return {
    ...settings,
    name: settings.name ?? 'web',
    interface: settings.interface ?? 'eth0',
    vrid: settings.vrid ?? 51,
    addresses,
    family,
    version: settings.version ?? (family === 'IPv4' ? 2 : 3),
    interval: settings.interval ?? 1,
    preempt: settings.preempt ?? true,
  };
}
