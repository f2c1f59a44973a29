import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/*
 * What several processes have in memory together. Their RSS cannot be added: two processes of one program share the pages of its file.
 * proc_pid_pagemap(5) tells which page of the machine each of theirs is.
 */

const PAGE = 4096;
const ENTRY = 8;
const PAGES_PER_MIB = 256;
/** Of an entry: in memory, and of which number. */
const PRESENT = 1n << 63n;
const NUMBER = (1n << 55n) - 1n;

/** A stretch of addresses of a process, in octets. */
type Mapping = Readonly<{ from: number; to: number }>;

/** MiB that the processes have in memory, each page once. Throws when one of them is gone, or the kernel hides the numbers. */
export function residentTogether(pids: readonly number[]): number {
  const pages = new Set<bigint>();
  for (const pid of pids) addPages(pid, pages);
  if (pages.has(0n)) throw new Error('the kernel hides which pages a process has: that takes CAP_SYS_ADMIN');
  return pages.size / PAGES_PER_MIB;
}

function addPages(pid: number, pages: Set<bigint>): void {
  const folder = `/proc/${String(pid)}`;
  const mappings = residentMappings(readFileSync(`${folder}/smaps`, 'utf8'));
  const file = openSync(`${folder}/pagemap`, 'r');
  try {
    for (const { from, to } of mappings) {
      const entries = Buffer.alloc(((to - from) / PAGE) * ENTRY);
      const length = readSync(file, entries, 0, entries.length, (from / PAGE) * ENTRY);
      for (const number of presentPages(entries.subarray(0, length))) pages.add(number);
    }
  } finally {
    closeSync(file);
  }
}

/** Of proc(5)'s `smaps`: where anything is in memory. The others are left out, for V8 reserves many GiB. */
export function residentMappings(smaps: string): readonly Mapping[] {
  const found: Mapping[] = [];
  let last: Mapping | null = null;
  for (const line of smaps.split('\n')) {
    const range = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line);
    if (range !== null)
      last = { from: Number.parseInt(range[1] ?? '', 16), to: Number.parseInt(range[2] ?? '', 16) };
    else if (/^Rss: +[1-9]/.test(line) && last !== null) found.push(last);
  }
  return found;
}

/** The numbers of the pages that are in memory. */
export function presentPages(entries: Buffer): readonly bigint[] {
  const numbers: bigint[] = [];
  for (let at = 0; at < entries.length; at += ENTRY) {
    const entry = entries.readBigUInt64LE(at);
    if ((entry & PRESENT) !== 0n) numbers.push(entry & NUMBER);
  }
  return numbers;
}
