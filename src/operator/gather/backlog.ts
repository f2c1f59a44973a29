import type { VirtualRouter } from '../../api/v1alpha1/virtual-router.js';
import type { Change } from '../../platform/kube/ports.js';
import type { Input } from '../decide/types.js';

/** Milliseconds from one write to the next, until some were seen. */
const FIRST_GUESS = 20;
/** Milliseconds: with more between two writes, nothing waited to be written in between. */
const LULL = 2_000;
/** Share of the newest interval in what is expected of the next one. */
const WEIGHT = 1 / 64;
/** What it costs to tell who is Active, and to pass it on, compared with what it costs to write a VirtualRouter. */
const COST_OF_TELLING = 2;

/** What is still to be written, and then to be told of, when many VirtualIPs are made together. Times are monotonic milliseconds. */
export class Backlog {
  /** Names of VirtualRouters about which no member has said a word yet. */
  readonly #untold = new Set<string>();
  #interval = FIRST_GUESS;
  #wroteAt = -Infinity;

  update({ before, after }: Change<VirtualRouter>): void {
    const name = (after ?? before)?.metadata.name ?? '';
    if (after === undefined || (after.status?.members ?? []).length > 0) this.#untold.delete(name);
    else this.#untold.add(name);
  }

  /** One was written just now. */
  wrote(now: number): void {
    const interval = now - this.#wroteAt;
    this.#wroteAt = now;
    if (interval < LULL) this.#interval += (interval - this.#interval) * WEIGHT;
  }

  /** `waiting`: VirtualIPs that are to get their first VirtualRouters. */
  behind(waiting: number): Input['backlog'] {
    const untilWritten = waiting * this.#interval;
    return {
      waiting,
      untilWritten,
      untilTold: untilWritten + this.#untold.size * this.#interval * COST_OF_TELLING,
    };
  }
}
