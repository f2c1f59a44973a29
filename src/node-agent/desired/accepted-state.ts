import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../../values/result.js';
import { readSourceFile } from './read-files.js';
import type { SourceFile } from './yaml-file.js';

const FILE = 'accepted.json';

export const acceptedStatePath = (stateDir: string): string => join(stateDir, FILE);

/**
 * Keeps the VirtualIPs that were accepted, as a List that reads like any other file. Replaced in one step and on disk
 * when the promise resolves; readable by the owner alone, because it may hold passwords. Rejects when the disk does, and
 * then what was kept before is still there.
 */
export async function keepAcceptedState(
  stateDir: string,
  objects: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const path = acceptedStatePath(stateDir);
  const temporary = `${path}.new`;
  // What an interrupted write left goes first: it may be anything, with any mode.
  await rm(temporary, { force: true });
  try {
    await writeDurably(
      temporary,
      `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, null, 2)}\n`,
    );
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(stateDir);
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Without this the rename itself may be lost with the power. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** What was accepted last, or why it cannot be had. */
export const readAcceptedState = (stateDir: string): Result<SourceFile, string> =>
  readSourceFile(acceptedStatePath(stateDir), 'refusePipes');
