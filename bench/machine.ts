import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

import { command } from '../lab/command.js';

/** On what a measurement was made; part of every result. */
export type Machine = Readonly<{
  /** When, in UTC, to the minute. */
  date: string;
  processor: string;
  cores: number;
  memoryGiB: number;
  kernel: string;
  system: string;
  node: string;
  keepalived: string;
  /** The commit that was measured; `-dirty` behind it when files differ from it. */
  revision: string;
  /** The load average of the last minute before the measurement: what else the machine had to do. */
  loadBefore: number;
}>;

export async function describeMachine(): Promise<Machine> {
  const [keepalived, revision] = await Promise.all([
    firstLine(['sh', '-c', 'keepalived --version 2>&1']),
    firstLine(['git', 'describe', '--always', '--dirty', '--exclude', '*']),
  ]);
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    system: systemName(),
    node: process.version,
    keepalived: /v([\d.]+)/.exec(keepalived)?.[1] ?? 'unknown',
    revision,
    loadBefore: loadavg()[0] ?? Number.NaN,
  };
}

/** The machine in one paragraph. */
export const machineText = (machine: Machine): string =>
  [
    `Measured ${machine.date} UTC at revision \`${machine.revision}\`, with keepalived ${machine.keepalived} and Node.js ${machine.node}, on`,
    `${String(machine.cores)} cores of ${machine.processor} with ${String(machine.memoryGiB)} GiB, ${machine.system}, Linux ${machine.kernel};`,
    `load average before: ${machine.loadBefore.toFixed(2)}.`,
  ].join(' ');

const firstLine = (argv: readonly string[]): Promise<string> =>
  command(argv).then(
    (text) => text.split('\n')[0] ?? '',
    () => 'unknown',
  );

function systemName(): string {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
