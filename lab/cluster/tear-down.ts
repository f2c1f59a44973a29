import { existsSync, readFileSync, readdirSync } from 'node:fs';

import { command } from '../command.js';
import { Namespace } from '../namespace.js';
import { groupFolders, removeGroup, takeBackFromRoot } from './cgroups.js';
import { STATE, removeState } from './folders.js';
import { removeMountPoints } from './machine.js';
import { clearRecord, readRecord } from './record.js';
import { NAMESPACE_PREFIX } from './settings.js';

/**
 * Removes every trace of the cluster: processes, namespaces, control groups, mount points, state. Works on one that is
 * up, on the remains of one whose maker was killed, and on nothing at all. Rejects when something is left.
 */
export async function tearDown(): Promise<void> {
  const record = readRecord();
  // All at once, so that nothing restarts or reports what dies beside it.
  await removeGroup();
  for (const name of await namespaces()) await Namespace.named(name).remove();
  if (record !== null) {
    removeMountPoints(record.mountPoints);
    takeBackFromRoot(record.controllers);
  }
  // Without a record, because the machine was started anew since, it is this checkout's.
  removeState(record?.state ?? STATE);
  clearRecord();
  const left = await leftovers(record?.state ?? STATE);
  if (left.length > 0) throw new Error(`the cluster is down, but this is left:\n  ${left.join('\n  ')}`);
}

/** What is there of a cluster; `state` is the folder it has or had. */
export async function leftovers(state = STATE): Promise<string[]> {
  const inState = (text: string): boolean => text.includes(`${state}/`);
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  return [
    ...(await namespaces()).map((name) => `network namespace ${name}`),
    ...groupFolders()
      .filter((folder) => existsSync(folder))
      .map((folder) => `control group ${folder}`),
    ...mounts
      .filter((line) => line.includes(`/run/netns/${NAMESPACE_PREFIX}`) || inState(line))
      .map((line) => `mount ${line}`),
    ...commandLines()
      .filter(({ line }) => inState(line))
      .map(({ pid, line }) => `process ${pid}: ${line}`),
    ...(existsSync(state) ? [`folder ${state}`] : []),
  ];
}

async function namespaces(): Promise<string[]> {
  const listed = await command(['ip', 'netns', 'list']);
  const names = listed.split('\n').map((line) => line.split(' ')[0] ?? '');
  return names.filter((name) => name.startsWith(NAMESPACE_PREFIX));
}

/** Of all processes but this one and those that called it. */
function commandLines(): { pid: string; line: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid) && name !== String(process.ppid))
    .flatMap((pid) => {
      try {
        return [{ pid, line: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() }];
      } catch {
        return []; // It has ended.
      }
    });
}
