import { readdirSync, readlinkSync } from 'node:fs';

/**
 * Every open socket of this process: its number and its identity (`socket:[inode]`), which is never reused while it is open. Comparing this before
 * and after a native package has opened a socket tells its descriptor, which the package hides; numbers alone would not
 * do, for they are reused at once.
 */
export function openSockets(): { number: number; identity: string }[] {
  const sockets: { number: number; identity: string }[] = [];
  for (const entry of readdirSync('/proc/self/fd')) {
    const identity = linkTarget(`/proc/self/fd/${entry}`);
    if (identity?.startsWith('socket:')) sockets.push({ number: Number(entry), identity });
  }
  return sockets;
}

/** null: closed in the meantime, like the descriptor of the listing itself. */
function linkTarget(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
