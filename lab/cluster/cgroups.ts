import { mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { signalProcess } from '../program.js';
import { CONTROL_GROUP } from './settings.js';

/*
 * Every process of the cluster is in a control group of its own, in each hierarchy of the machine. That is how the
 * cluster finds all its processes, also those of a cluster whose maker has crashed; process numbers in files would lie
 * once they are used again. A node sees its group as the root of the hierarchy.
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

/** The folders of the group `name` below the cluster's own, one per hierarchy; without `name`: of the cluster's own. */
export const groupFolders = (name = ''): string[] =>
  hierarchies().map(({ path }) => join(path, CONTROL_GROUP, name));

/** Makes the group `name` in each hierarchy. */
export function makeGroup(name: string): void {
  for (const { path } of hierarchies()) {
    makeBelow(path, CONTROL_GROUP);
    makeBelow(join(path, CONTROL_GROUP), name);
  }
}

function makeBelow(parent: string, name: string): void {
  const folder = join(parent, name);
  mkdirSync(folder, { recursive: true });
  // A new cpuset is empty and takes no process. Version 2 has files of these names that may stay empty.
  for (const file of ['cpuset.cpus', 'cpuset.mems'])
    if (existsSync(join(folder, file))) writeFileSync(join(folder, file), readFileSync(join(parent, file)));
}

/** All processes in these folders and below. */
export function processesIn(folders: readonly string[]): number[] {
  const found = new Set<number>();
  for (const folder of folders.flatMap(withSubfolders))
    for (const line of readIfThere(join(folder, 'cgroup.procs')).split('\n'))
      if (Number(line) > 0) found.add(Number(line));
  return [...found];
}

/** Ends all processes of a group and removes it; without `name`: of the cluster. Rejects when one does not go away. */
export async function removeGroup(name = ''): Promise<void> {
  const folders = groupFolders(name);
  for (let round = 0; round < 200; round++) {
    const pids = processesIn(folders);
    for (const pid of pids) signalProcess(pid, 'SIGKILL');
    if (pids.length === 0 && folders.every(removeFolders)) return;
    await sleep(25);
  }
  const left = processesIn(folders);
  throw new Error(
    `control group ${name || CONTROL_GROUP} cannot be removed; processes in it: ${left.join(', ') || 'none'}`,
  );
}

/** Whether all of them are gone. */
function removeFolders(folder: string): boolean {
  try {
    for (const each of withSubfolders(folder).reverse()) rmdirSync(each);
  } catch (error) {
    // The kernel is still busy with what was in there.
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
  }
  return !existsSync(folder);
}

/** The folder and all below, parents before children. */
export function withSubfolders(folder: string): string[] {
  try {
    const children = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [folder, ...children.flatMap(({ name }) => withSubfolders(join(folder, name)))];
  } catch {
    return []; // It went away meanwhile.
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
