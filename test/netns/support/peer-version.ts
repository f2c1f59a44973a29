import { keepalivedVersion } from '../../../lab/keepalived.js';

const VERSION = keepalivedVersion();

/** Whether the keepalived of this run is of this version or a later one. */
export function keepalivedSince(version: string): boolean {
  const wanted = version.split('.').map(Number);
  const first = VERSION.findIndex((number, index) => number !== wanted[index]);
  return first === -1 || (VERSION[first] ?? 0) > (wanted[first] ?? 0);
}

/** What is missing for a scenario that needs a later keepalived; null: nothing. */
export const unlessKeepalived = (version: string): string | null =>
  keepalivedSince(version) ? null : `keepalived is older than ${version}`;
