import { existsSync, mkdirSync, rmSync, rmdirSync, statSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { missingPrivilege } from '../../scripts/missing-privilege.js';
import { STATE } from './folders.js';
import { hierarchies, missingControllers, unifiedControllers } from './hierarchies.js';

/** Why no cluster can run on this machine, as the end of a sentence; null: it can. */
export function missingSupport(): string | null {
  const privilege = missingPrivilege();
  if (privilege !== null) return privilege;
  const found = hierarchies();
  const lacking = missingControllers(found, unifiedControllers(found));
  if (lacking !== null) return lacking;
  if (STATE.startsWith('/run/'))
    return `${STATE} is in /run, of which each node has its own; let KUBE_VRRP_CLUSTER_STATE name another folder`;
  if (isOverlay(STATE))
    return `${STATE} is on an overlay, where containerd cannot make containers; let KUBE_VRRP_CLUSTER_STATE name an empty folder on a disk`;
  return null;
}

const OVERLAYFS = 0x794c7630;

function isOverlay(folder: string): boolean {
  return existsSync(folder) ? statfsSync(folder).type === OVERLAYFS : isOverlay(dirname(folder));
}

/** What a node mounts something over; a machine without containers does not have all of it. */
const MOUNT_POINTS = [
  ...['/var/lib/kubelet', '/var/lib/containerd', '/var/lib/cni', '/var/log/pods', '/var/log/containers'],
  // Where the agents keep what each node must know of its own.
  '/var/lib/kube-vrrp',
  '/etc/cni/net.d',
];
const MOUNT_FILES = ['/etc/machine-id', '/etc/hostname', '/etc/resolv.conf', '/etc/hosts'];

/** The mount points that the machine lacks, parents first. */
export function missingMountPoints(): string[] {
  const withParents = MOUNT_POINTS.flatMap((path) => [dirname(path), path]);
  return [...new Set([...withParents, ...MOUNT_FILES])].filter((path) => !existsSync(path));
}

export function makeMountPoints(paths: readonly string[]): void {
  for (const path of paths)
    if (MOUNT_FILES.includes(path)) writeFileSync(path, '');
    else mkdirSync(path, { recursive: true });
}

/** Removes what {@link makeMountPoints} made, unless somebody put something there since. */
export function removeMountPoints(paths: readonly string[]): void {
  for (const path of [...paths].reverse()) {
    if (!existsSync(path)) continue;
    if (statSync(path).isDirectory()) removeIfEmpty(path);
    else if (statSync(path).size === 0) rmSync(path);
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
}
