/** Time as the platform needs it: a program passes `systemClock`, a test one that it moves itself. */
export interface Clock {
  /** Monotonic, milliseconds from an arbitrary start. */
  now(): number;
  /** Milliseconds since the epoch, for what people and the API server read; it may jump. */
  wallClock(): number;
  /** Calls back once, after `delay` milliseconds; the returned function calls it off. */
  after(delay: number, callback: () => void): () => void;
}

/** Longer delays make setTimeout fire at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  wallClock: () => Date.now(),
  after(delay, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, delay), LONGEST_DELAY));
    return () => {
      clearTimeout(timer);
    };
  },
};

/** Resolves after `delay` milliseconds, or at once when `signal` is aborted. */
export function pause(clock: Clock, delay: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const end = (): void => {
      cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(delay, end);
    signal?.addEventListener('abort', end);
  });
}
