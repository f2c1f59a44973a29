import { join } from 'node:path';
import type { Result } from '../../values/result.js';
import { replaceFile } from './durable-file.js';
import { readSourceFile } from './read-files.js';
import type { SourceFile } from './yaml-file.js';

const FILE = 'accepted.json';

export const acceptedStatePath = (stateDir: string): string => join(stateDir, FILE);

/**
 * Keeps the VirtualIPs that were accepted, as a List that reads like any other file. On disk when the promise resolves;
 * readable by the owner alone, because it may hold passwords. Rejects when the disk does, and then what was kept before is
 * still there.
 */
export const keepAcceptedState = (
  stateDir: string,
  objects: readonly Readonly<Record<string, unknown>>[],
): Promise<void> =>
  replaceFile(
    stateDir,
    FILE,
    `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, null, 2)}\n`,
  );

/** What was accepted last, or why it cannot be had. */
export const readAcceptedState = (stateDir: string): Result<SourceFile, string> =>
  readSourceFile(acceptedStatePath(stateDir), 'refusePipes');
