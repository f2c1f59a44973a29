import type { Micros } from '../../values/time.js';
import type { RouterEvent } from '../vrrp/event.js';
import type { RouterState } from '../vrrp/state.js';
import type { Step } from '../vrrp/step.js';
import { FORMAT, type HeaderLine, type RouterLine, type StepLine, VERSION, snapshotOf } from './format.js';
import { MaskedPasswords } from './masked-passwords.js';

/**
 * Makes the lines of one recording; see format.ts. Does no I/O and reads no clock. Lines come without a line end.
 * Call `header` once and first, then `router` for each router that runs and for each that is added later.
 */
export class Recorder {
  #lines = 0;
  readonly #passwords = new MaskedPasswords();

  header(about: Readonly<{ node: string; program: string; wallClock: number; now: Micros }>): string {
    this.#lines = 1;
    return JSON.stringify({
      n: 0,
      format: FORMAT,
      version: VERSION,
      node: about.node,
      program: about.program,
      time: new Date(about.wallClock).toISOString(),
      at: about.now,
    } satisfies HeaderLine);
  }

  /** The state a router begins with, before any event of this recording. */
  router(key: string, now: Micros, state: RouterState): string {
    return this.#line({ type: 'router', at: now, key, state: this.#passwords.inState(state) });
  }

  /** One event and what `transition` made of it. */
  step(key: string, now: Micros, event: RouterEvent, { state, effects }: Step): string {
    return this.#line({
      type: 'step',
      at: now,
      key,
      event: this.#passwords.inEvent(event),
      effects,
      after: snapshotOf(state),
    });
  }

  #line(content: Omit<RouterLine, 'n'> | Omit<StepLine, 'n'>): string {
    return JSON.stringify({ n: this.#lines++, ...content });
  }
}
