import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../../values/result.js';
import { readSourceFile } from './read-files.js';
import type { SourceFile } from './yaml-file.js';

const FILE = 'accepted.json';

export const acceptedStatePath = (stateDir: string): string => join(stateDir, FILE);

/**
 * Keeps the VirtualIPs that were accepted, as a List that reads like any other file. Replaced in one step and on disk
 * when the promise resolves; readable by the owner alone, because it may hold passwords. Rejects when the disk does.
 */
export async function keepAcceptedState(
  stateDir: string,
  objects: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const path = acceptedStatePath(stateDir);
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    // A file left by an interrupted write keeps its mode otherwise.
    await file.chmod(0o600);
    await file.writeFile(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const directory = await open(stateDir, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** What was accepted last, or why it cannot be had. */
export const readAcceptedState = (stateDir: string): Result<SourceFile, string> =>
  readSourceFile(acceptedStatePath(stateDir), 'refusePipes');
