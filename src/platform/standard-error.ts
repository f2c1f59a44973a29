import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';

const STANDARD_ERROR = 2;

/**
 * Standard error as it never makes anybody wait: a pipe whose reader hangs refuses with EAGAIN. Otherwise a thread waits in the kernel, and
 * since Node.js waits for its threads when it exits, a program whose log nobody reads would not even end. Opened anew,
 * because O_NONBLOCK on the descriptor itself would count for every process that has inherited it.
 *
 * Gives the descriptor itself where it is no pipe (a socket cannot be opened anew), or one of another user.
 */
export function openStandardError(): number {
  try {
    if (!fstatSync(STANDARD_ERROR).isFIFO()) return STANDARD_ERROR;
    return openSync(`/proc/self/fd/${String(STANDARD_ERROR)}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return STANDARD_ERROR;
  }
}

/** Writes lines now, as many as the reader leaves room for: a last word of who has no log any more. Never throws. */
export function writeLastWords(lines: readonly string[]): void {
  const descriptor = openStandardError();
  try {
    for (const line of lines) writeSync(descriptor, `${line}\n`);
  } catch {
    // There is nowhere left to say so.
  } finally {
    if (descriptor !== STANDARD_ERROR) closeSync(descriptor);
  }
}
