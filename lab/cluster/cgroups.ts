import { mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { signalProcess } from '../program.js';
import { handDown, hierarchies, isVersion2, notHandedDown, takeBack } from './hierarchies.js';
import { CONTROL_GROUP } from './settings.js';

/*
 * Every process of the cluster is in a control group of its own, in each hierarchy of the machine. That is how the
 * cluster finds all its processes, also those of a cluster whose maker has crashed; process numbers in files would lie
 * once they are used again. A node sees its group as the root of the hierarchy.
 */

/** The folders of the group `name` below the cluster's own, one per hierarchy; without `name`: of the cluster's own. */
export const groupFolders = (name = ''): string[] =>
  hierarchies().map(({ path }) => join(path, CONTROL_GROUP, name));

const unifiedRoots = (): string[] => hierarchies().flatMap(({ unified, path }) => (unified ? [path] : []));

/** The controllers that {@link makeGroup} would let the root of version 2 hand down. */
export const notHandedDownByRoot = (): string[] => unifiedRoots().flatMap(notHandedDown);

/** Takes back what the root of version 2 handed down for the cluster. */
export function takeBackFromRoot(controllers: readonly string[]): void {
  for (const root of unifiedRoots()) takeBack(root, controllers);
}

/** Makes the group `name` in each hierarchy; its children can have every controller. */
export function makeGroup(name: string): void {
  for (const { path, unified } of hierarchies()) {
    for (const [parent, child] of [
      [path, CONTROL_GROUP],
      [join(path, CONTROL_GROUP), name],
    ] as const) {
      if (unified) handDown(parent);
      mkdirSync(join(parent, child), { recursive: true });
      if (!unified) copyCpus(parent, join(parent, child));
    }
  }
}

/** A new cpuset of version 1 is empty and takes no process. */
function copyCpus(parent: string, folder: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems'])
    if (existsSync(join(folder, file))) writeFileSync(join(folder, file), readFileSync(join(parent, file)));
}

/**
 * Moves the processes of a group of version 2 to a child of it, where they do not keep it from handing controllers down.
 * Does nothing with version 1.
 */
export function makeRoom(name: string): void {
  if (!isVersion2(hierarchies())) return;
  for (const folder of groupFolders(name)) {
    const child = join(folder, 'system');
    mkdirSync(child, { recursive: true });
    // A process that was moved may have a child that was born before.
    for (let pids = processesOf(folder); pids.length > 0; pids = processesOf(folder))
      for (const pid of pids) moveTo(child, pid);
  }
}

function moveTo(folder: string, pid: number): void {
  try {
    writeFileSync(join(folder, 'cgroup.procs'), String(pid));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // It has ended.
  }
}

/** All processes in these folders and below. */
export function processesIn(folders: readonly string[]): number[] {
  return [...new Set(folders.flatMap(withSubfolders).flatMap(processesOf))];
}

const processesOf = (folder: string): number[] =>
  readIfThere(join(folder, 'cgroup.procs'))
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);

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
