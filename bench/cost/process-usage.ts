import { readFileSync, readdirSync } from 'node:fs';

/** What a process has used since it started. Switches: it waited for something; somebody else had to run. */
export type Usage = Readonly<{ cpuSeconds: number; voluntary: number; involuntary: number }>;

/** What a process has in memory, in MiB. */
export type Memory = Readonly<{ rss: number }>;

const NONE: Usage = { cpuSeconds: 0, voluntary: 0, involuntary: 0 };
const NANOSECONDS = 1e9;
const KIB_PER_MIB = 1024;

/** Of all threads of the process that live now; a thread that ends takes its share along. Throws when there is no such process. */
export function usageOf(pid: number): Usage {
  const threads = `/proc/${String(pid)}/task`;
  return readdirSync(threads)
    .map((thread) => threadUsage(`${threads}/${thread}`))
    .reduce(added, NONE);
}

/** Throws when there is no such process. */
export const memoryOf = (pid: number): Memory =>
  parseMemory(readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8'));

function threadUsage(folder: string): Usage {
  try {
    return {
      cpuSeconds: parseSchedstat(readFileSync(`${folder}/schedstat`, 'utf8')),
      ...parseSwitches(readFileSync(`${folder}/status`, 'utf8')),
    };
  } catch (error) {
    // It ended between the listing and the reading.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return NONE;
    throw error;
  }
}

/** The time on a processor, in seconds, of proc(5)'s `schedstat`: its first number, nanoseconds. */
export const parseSchedstat = (text: string): number => Number(text.split(' ')[0]) / NANOSECONDS;

/** The context switches in proc(5)'s `status`. */
export const parseSwitches = (text: string): Omit<Usage, 'cpuSeconds'> => ({
  voluntary: numberBehind(text, 'voluntary_ctxt_switches'),
  involuntary: numberBehind(text, 'nonvoluntary_ctxt_switches'),
});

/** RSS in proc(5)'s `smaps_rollup`. */
export const parseMemory = (text: string): Memory => ({
  rss: numberBehind(text, 'Rss') / KIB_PER_MIB,
});

/** What was used between two readings. */
export const since = (before: Usage, after: Usage): Usage => ({
  cpuSeconds: after.cpuSeconds - before.cpuSeconds,
  voluntary: after.voluntary - before.voluntary,
  involuntary: after.involuntary - before.involuntary,
});

const added = (one: Usage, other: Usage): Usage => ({
  cpuSeconds: one.cpuSeconds + other.cpuSeconds,
  voluntary: one.voluntary + other.voluntary,
  involuntary: one.involuntary + other.involuntary,
});

const numberBehind = (text: string, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1]);
