import type { VrrpStatus } from '../ipc/messages.js';
import type { PodsMethod } from '../tracking/tracker.js';
import type { MakeLoop } from '../tracking/watch-loop.js';

/** Where the configuration comes from, and all that belongs to that: files, or the API server. */
export interface ConfigurationSide {
  readonly podsLoops: MakeLoop<PodsMethod>;
  start(): void;
  /** The VRRP process is alive: to be called for each of its statuses, also where nothing in it is new. */
  heard(): void;
  /** What the VRRP process says, when that is something new. */
  reported(status: VrrpStatus): void;
  /** Resolves when what is known is safe. What runs is not touched. */
  close(): Promise<void>;
}
