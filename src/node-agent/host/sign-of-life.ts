import { closeSync, openSync, writeSync } from 'node:fs';
import { uptime } from 'node:os';

/** Milliseconds from one sign to the next. */
const EVERY = 10_000;
/** Seconds for which a sign counts: of several that follow each other, one may be late. */
const COUNTS_FOR = 45;

/**
 * Writes into a file, while the event loop of this process turns, until when it counts as alive: a whole number of seconds since the
 * host started, as in /proc/uptime, since the wall clock may be set. Whoever reads a number that has passed knows that nothing
 * has turned here since.
 *
 * The file belongs in memory (tmpfs): it is written by the event loop itself, because libuv's threads may all wait for
 * a disk that hangs while everything else goes on. What cannot be written is told, once until it can be again.
 *
 * Gives a function that ends it; the file stays.
 */
export function showLife(path: string, failed: (error: unknown) => void): () => void {
  let file: number | null = null;
  let told = false;
  const show = (): void => {
    try {
      file ??= openSync(path, 'w', 0o644);
      // Over the number before, which has as many digits or fewer, in one write: nobody reads half of it.
      writeSync(file, `${String(Math.floor(uptime()) + COUNTS_FOR)}\n`, 0);
      told = false;
    } catch (error) {
      if (!told) failed(error);
      told = true;
    }
  };
  show();
  const timer = setInterval(show, EVERY);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (file !== null) closeSync(file);
    file = null;
  };
}
