import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until `look` returns a value that is neither undefined, null nor false, and returns that. What
 * `look` throws counts as "not yet", and is what the error says when `milliseconds` have passed, with what `explain`
 * adds.
 */
export async function until<Value>(
  what: string,
  milliseconds: number,
  look: () => Promise<Value | undefined | null | false>,
  { pause = 200, explain = (): Promise<string> => Promise.resolve('') } = {},
): Promise<Value> {
  const deadline = performance.now() + milliseconds;
  let last = 'nothing was found';
  for (;;) {
    try {
      const value = await look();
      if (value !== undefined && value !== null && value !== false) return value;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (performance.now() > deadline)
      throw new Error(
        `not within ${String(milliseconds / 1000)} s: ${what}\nlast: ${last}\n${await explain().catch(String)}`,
      );
    await sleep(pause);
  }
}
