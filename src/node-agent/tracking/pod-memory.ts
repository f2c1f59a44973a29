import type { PodMemory } from './pods.js';

const FORMAT = 1;

/** Where the document is kept. */
export interface PodMemoryStore {
  read(): unknown;
  keep(value: unknown): void;
}

/**
 * What was last known of tracked pods, across restarts of the agent. Not across a boot of the host: no pod has survived
 * that, and the node should prove anew that it can serve.
 */
export class KeptPodMemory implements PodMemory {
  readonly #verdicts: Map<string, boolean>;

  /** `bootId`: what the kernel calls this boot. */
  constructor(
    private readonly store: PodMemoryStore,
    private readonly bootId: string,
  ) {
    this.#verdicts = keptVerdicts(store.read(), bootId);
  }

  recall(identity: string): boolean | null {
    return this.#verdicts.get(identity) ?? null;
  }

  remember(identity: string, up: boolean): void {
    this.#verdicts.set(identity, up);
    this.#keep();
  }

  /** Only these are followed; what was known of others is of no use any more. */
  retain(identities: ReadonlySet<string>): void {
    const abandoned = [...this.#verdicts.keys()].filter((identity) => !identities.has(identity));
    for (const identity of abandoned) this.#verdicts.delete(identity);
    if (abandoned.length > 0) this.#keep();
  }

  #keep(): void {
    this.store.keep({ format: FORMAT, bootId: this.bootId, pods: Object.fromEntries(this.#verdicts) });
  }
}

function keptVerdicts(value: unknown, bootId: string): Map<string, boolean> {
  if (typeof value !== 'object' || value === null) return new Map();
  const { format, bootId: keptIn, pods } = value as Readonly<Record<string, unknown>>;
  if (format !== FORMAT || keptIn !== bootId || typeof pods !== 'object' || pods === null) return new Map();
  return new Map(
    Object.entries(pods).filter((entry): entry is [string, boolean] => typeof entry[1] === 'boolean'),
  );
}
