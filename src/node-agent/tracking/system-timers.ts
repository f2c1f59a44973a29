import type { Timers } from './probe-loop.js';

/** The process's own monotonic clock and timers. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  at(time, callback) {
    const timer = setTimeout(callback, Math.max(0, time - performance.now()));
    return () => {
      clearTimeout(timer);
    };
  },
};
