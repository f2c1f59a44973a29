import { join } from 'node:path';
import type { Result } from '../../values/result.js';
import { readSourceFile } from './read-files.js';
import type { SourceFile } from './yaml-file.js';

export const ACCEPTED_STATE = 'accepted.json';

export const acceptedStatePath = (stateDir: string): string => join(stateDir, ACCEPTED_STATE);

/** The VirtualIPs that were accepted, as a List that reads like any other file. */
export const acceptedState = (objects: readonly Readonly<Record<string, unknown>>[]): unknown => ({
  apiVersion: 'v1',
  kind: 'List',
  items: objects,
});

/** What was accepted last, or why it cannot be had. */
export const readAcceptedState = (stateDir: string): Result<SourceFile, string> =>
  readSourceFile(acceptedStatePath(stateDir), 'refusePipes');
