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
 * that it is before the address is in the kernel. On a disk that is full, read-only or broken it lasts for as long as this process:
 * no address must wait for a disk, and what a killed process has held and not written down ends with its lease.
 */
export function openAddressRecord(path: string): AddressRecord {
  const entries = new Set(read(path));
  const write = (): void => {
    try {
      mkdirSync(dirname(path), { recursive: true });
      // Whole or not at all.
      writeFileSync(`${path}.new`, [...entries].map((entry) => `${entry}\n`).join(''));
      renameSync(`${path}.new`, path);
    } catch {
      // The control process keeps its files in the same directory, tells of it and says what to do.
    }
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
  } catch {
    return [];
  }
}
