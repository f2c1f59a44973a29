import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { ProgramName } from './programs.js';

const BUILT = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** What of the programs to be compared is not there, with what to do; null: nothing. */
export function missingProgram(programs: readonly ProgramName[]): string | null {
  if (programs.includes('kube-vrrp') && process.env['LAB_AGENT'] === undefined && !existsSync(BUILT))
    return 'kube-vrrp is not built; run `make build`';
  if (programs.some((name) => name !== 'kube-vrrp') && spawnSync('keepalived', ['--version']).status !== 0)
    return 'there is no keepalived; install the package, or take --programs kube-vrrp';
  return null;
}
