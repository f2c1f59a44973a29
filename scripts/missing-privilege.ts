import { spawnSync } from 'node:child_process';

/** Why network namespaces cannot be made here; null when they can. */
export function missingPrivilege(): string | null {
  if (process.getuid?.() !== 0) return 'this is not root';
  const tried = spawnSync('unshare', ['--net', '--mount', 'true'], { encoding: 'utf8' });
  if (tried.status === 0) return null;
  return `network namespaces cannot be made here (${tried.error?.message ?? tried.stderr.trim()})`;
}
