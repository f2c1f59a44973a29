import { setTimeout as sleep } from 'node:timers/promises';

import type { Timeline } from './timeline.js';

/** Something awaited did not happen in time; the message ends with the timeline. */
export class NotInTime extends Error {
  constructor(what: string, milliseconds: number, timeline: Timeline) {
    super(`not within ${String(milliseconds)} ms: ${what}\n${timeline.print()}`);
    this.name = 'NotInTime';
  }
}

/**
 * Resolves with the first value of `look` that is neither undefined, null nor false. `look` is asked at once and after
 * every event of the timeline. Rejects with {@link NotInTime} after `milliseconds`.
 */
export function eventually<Value>(
  timeline: Timeline,
  what: string,
  milliseconds: number,
  look: () => Value | undefined | null | false,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      stop();
    };
    const ask = (): void => {
      try {
        const value = look();
        if (value === undefined || value === null || value === false) return;
        settle();
        resolve(value);
      } catch (error) {
        settle();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const timer = setTimeout(() => {
      stop();
      reject(new NotInTime(what, milliseconds, timeline));
    }, milliseconds);
    const stop = timeline.listen(ask);
    ask();
  });
}

/**
 * As {@link eventually} for what no event announces (a status page): asks again and again, each time after `look` has
 * answered and `pause` has passed. A rejection of `look` counts as "not yet".
 */
export async function eventuallyAsked<Value>(
  timeline: Timeline,
  what: string,
  milliseconds: number,
  look: () => Promise<Value | undefined | null | false>,
  pause = 50,
): Promise<Value> {
  const deadline = performance.now() + milliseconds;
  let last: unknown;
  for (;;) {
    try {
      const value = await look();
      if (value !== undefined && value !== null && value !== false) return value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline)
      throw new NotInTime(last instanceof Error ? `${what} (${last.message})` : what, milliseconds, timeline);
    await sleep(pause);
  }
}
