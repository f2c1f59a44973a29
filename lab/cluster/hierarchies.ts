import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * Linux has control groups of two versions. Version 1 has a hierarchy per controller, and often one of version 2 beside
 * them that has no controllers; version 2 alone has a single one, where a group hands controllers down to its children
 * and then has no processes of its own.
 */

/** A mounted hierarchy of control groups. */
export type Hierarchy = Readonly<{ name: string; path: string; options: string; unified: boolean }>;

const NOT_CONTROLLERS = new Set(['rw', 'ro', 'seclabel', 'clone_children', 'noprefix', 'xattr']);

/** The hierarchies that `/proc/mounts` names. */
export function hierarchiesIn(mounts: string): Hierarchy[] {
  return mounts.split('\n').flatMap((line) => {
    const [, path = '', type, flags = ''] = line.split(' ');
    if (!path.startsWith('/sys/fs/cgroup') || (type !== 'cgroup' && type !== 'cgroup2')) return [];
    const own = flags.split(',').filter((flag) => !NOT_CONTROLLERS.has(flag) && !isMountFlag(flag));
    // A named hierarchy without controllers has to be asked for as such.
    const options = own.every((option) => option.startsWith('name=')) ? ['none', ...own] : own;
    return [
      {
        name: path.slice(path.lastIndexOf('/') + 1),
        path,
        options: options.join(','),
        unified: type === 'cgroup2',
      },
    ];
  });
}

const isMountFlag = (flag: string): boolean =>
  /^(no(suid|dev|exec|atime)|relatime|release_agent=.*|nsdelegate|memory_.*)$/.test(flag);

export const hierarchies = (): Hierarchy[] => hierarchiesIn(readFileSync('/proc/mounts', 'utf8'));

/** The controllers that containers need. */
const VERSION_1 = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'pids'];
const VERSION_2 = ['cpu', 'cpuset', 'memory', 'pids'];
/** Handed down where they are there. */
const HANDED_DOWN = [...VERSION_2, 'io', 'hugetlb'];

/** What the machine's control groups lack for containers, as the end of a sentence; null: nothing. */
export function missingControllers(found: readonly Hierarchy[], unified: readonly string[]): string | null {
  const mounted = found.flatMap(({ options }) => options.split(','));
  const lacking = (controllers: readonly string[], present: readonly string[]): string[] =>
    controllers.filter((name) => !present.includes(name));
  const [one, two] = [lacking(VERSION_1, mounted), lacking(VERSION_2, unified)];
  if (one.length === 0 || two.length === 0) return null;
  return `its control groups lack ${one.join(', ')} in version 1 and ${two.join(', ')} in version 2`;
}

/** The controllers that the hierarchy of version 2 has, if there is one. */
export const unifiedControllers = (found: readonly Hierarchy[]): string[] =>
  found.filter(({ unified }) => unified).flatMap(({ path }) => controllersIn(path, 'cgroup.controllers'));

/** Whether there is nothing but version 2. */
export const isVersion2 = (found: readonly Hierarchy[]): boolean => found.every(({ unified }) => unified);

/** The controllers that a group of version 2 could hand down to its children and does not. */
export function notHandedDown(folder: string): string[] {
  const present = controllersIn(folder, 'cgroup.controllers');
  const handedDown = controllersIn(folder, 'cgroup.subtree_control');
  return HANDED_DOWN.filter((name) => present.includes(name) && !handedDown.includes(name));
}

/** Lets the children of a group of version 2 have its controllers. */
export function handDown(folder: string): void {
  setHandedDown(folder, '+', notHandedDown(folder));
}

/** Undoes {@link handDown}, except where somebody else needs a controller by now. */
export function takeBack(folder: string, controllers: readonly string[]): void {
  for (const name of controllers)
    try {
      setHandedDown(folder, '-', [name]);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
    }
}

function setHandedDown(folder: string, sign: '+' | '-', controllers: readonly string[]): void {
  if (controllers.length === 0) return;
  const line = controllers.map((name) => `${sign}${name}`).join(' ');
  writeFileSync(join(folder, 'cgroup.subtree_control'), line);
}

const controllersIn = (folder: string, file: string): string[] =>
  readFileSync(join(folder, file), 'utf8').split(/\s+/).filter(Boolean);
