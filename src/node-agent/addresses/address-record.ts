import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What this program holds, written down where the kernel cannot keep our mark; see ownership.ts. Entries are those of `recordOf`. */
export interface AddressRecord {
  has(entry: string): boolean;
  note(entries: readonly string[]): void;
  erase(entries: readonly string[]): void;
}

/** Where the record is in a state directory. */
export const addressRecordPath = (stateDir: string): string => join(stateDir, 'addresses');

/** For kernels that keep IFA_PROTO. */
export const noRecord: AddressRecord = { has: () => false, note: () => undefined, erase: () => undefined };

/**
 * The record in the file at `path`, one entry a line; a missing file is an empty record. A change is on disk before the call returns, so
 * that it is before the address is in the kernel. Throws the file system's errors.
 */
export function openAddressRecord(path: string): AddressRecord {
  const entries = new Set(read(path));
  const write = (): void => {
    mkdirSync(dirname(path), { recursive: true });
    // Whole or not at all.
    writeFileSync(`${path}.new`, [...entries].map((entry) => `${entry}\n`).join(''));
    renameSync(`${path}.new`, path);
  };
  return {
    has: (entry) => entries.has(entry),
    note: (added) => {
      const before = entries.size;
      for (const entry of added) entries.add(entry);
      // Renewals change nothing.
      if (entries.size !== before) write();
    },
    erase: (removed) => {
      const before = entries.size;
      for (const entry of removed) entries.delete(entry);
      if (entries.size !== before) write();
    },
  };
}

function read(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
