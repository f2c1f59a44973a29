import { spawn } from 'node:child_process';

import { command } from './command.js';

/** All namespaces and directories of this process begin with it: `kvl-PID-`. */
export const namePrefix = (pid = process.pid): string => `kvl-${String(pid)}-`;

let reaper: Promise<void> | null = null;

/**
 * Sees to it that nothing of this process outlives it, however it dies: a small shell waits for the end of its standard
 * input, which is this process, and then removes namespaces (with the processes in them), directories and control groups by name.
 * Then removes what processes that died without one left behind. Does nothing the second time.
 */
export function startReaper(): Promise<void> {
  reaper ??= start();
  return reaper;
}

async function start(): Promise<void> {
  const guard = spawn(
    'sh',
    ['-c', `trap '' INT TERM HUP; cat >/dev/null; prefix=${namePrefix()}\n${REMOVE}`],
    {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    },
  );
  guard.unref();
  // The pipe must stay open as long as this process lives, and must not keep it alive.
  (guard.stdin as unknown as { unref(): void }).unref();
  await command(['sh', '-c', SWEEP]);
}

/** Ends every process in the namespaces whose names begin with $prefix, and removes them. */
const REMOVE = `
for name in $(ip netns list | cut -d' ' -f1 | grep "^$prefix"); do
  pids=$(ip netns pids "$name" 2>/dev/null) && [ -n "$pids" ] && kill -9 $pids 2>/dev/null
  ip netns del "$name" 2>/dev/null
done
rm -rf "\${TMPDIR:-/tmp}/$prefix"*
rmdir /sys/fs/cgroup/$prefix* /sys/fs/cgroup/*/$prefix* 2>/dev/null
`;

/** The same for every process number in a name that belongs to no living process. */
const SWEEP = `
for pid in $( { ip netns list | cut -d' ' -f1; ls "\${TMPDIR:-/tmp}" /sys/fs/cgroup /sys/fs/cgroup/*/; } | sed -n 's/^kvl-\\([0-9][0-9]*\\)-.*/\\1/p' | sort -u); do
  [ -d "/proc/$pid" ] && continue
  prefix="kvl-$pid-"
  ${REMOVE}
done
exit 0
`;
