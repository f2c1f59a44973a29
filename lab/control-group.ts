import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  handDown,
  hierarchies,
  isVersion2,
  notHandedDown,
  takeBack,
  unifiedControllers,
} from './cluster/hierarchies.js';
import type { Lab } from './lab.js';
import { signalProcess } from './program.js';
import { namePrefix } from './reaper.js';

/** null: no limit. */
export type Limits = Readonly<{
  /** In octets, file pages of the group's own included. */
  memory?: number | null;
  /** Processes and threads. */
  pids?: number | null;
}>;

/** Where a limit is set, by the version of control groups. Swap is out of the question: laboratories have none. */
const LIMIT_FILES = {
  memory: ['memory.limit_in_bytes', 'memory.max'],
  pids: ['pids.max', 'pids.max'],
} as const;
type Controller = keyof typeof LIMIT_FILES;

let created = 0;

/** Limits for the processes of one program, as a container has them. Needs the right to make control groups. */
export class ControlGroup {
  private constructor(
    private readonly folders: Readonly<Record<Controller, string>>,
    private readonly version: 1 | 2,
  ) {}

  /** Why there can be no such limits on this machine, as the end of a sentence; null: there can. */
  static missing(): string | null {
    try {
      foldersFor('');
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** A group that goes, with the processes in it, when the laboratory closes. */
  static create(lab: Lab): ControlGroup {
    const version = isVersion2(hierarchies()) ? 2 : 1;
    if (version === 2) handDownFromRoot(lab);
    const folders = foldersFor(`${namePrefix()}${String(++created)}`);
    const group = new ControlGroup(folders, version);
    for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
    lab.defer(() => group.#remove());
    return group;
  }

  /** What to put before a command line so that the program, and all that it starts, is in the group. */
  enter(): string[] {
    const joining = this.#paths.map((folder) => `echo $$ >${join(folder, 'cgroup.procs')}`);
    return ['sh', '-c', `${joining.join(' && ')} && exec "$@"`, 'sh'];
  }

  limit(limits: Limits): void {
    for (const controller of ['memory', 'pids'] as const) {
      const limit = limits[controller];
      if (limit === undefined) continue;
      const none = controller === 'memory' && this.version === 1 ? '-1' : 'max';
      writeFileSync(
        join(this.folders[controller], LIMIT_FILES[controller][this.version - 1] ?? ''),
        limit === null ? none : String(limit),
      );
    }
  }

  /** How much memory its processes have now, in octets. */
  memory(): number {
    const file = this.version === 1 ? 'memory.usage_in_bytes' : 'memory.current';
    return Number(readFileSync(join(this.folders.memory, file), 'utf8'));
  }

  /** How many of its processes the kernel has killed because there was no memory left. */
  outOfMemoryKills(): number {
    const file = this.version === 1 ? 'memory.oom_control' : 'memory.events';
    const [, count] = /^oom_kill (\d+)$/m.exec(readFileSync(join(this.folders.memory, file), 'utf8')) ?? [];
    return Number(count ?? Number.NaN);
  }

  get #paths(): readonly string[] {
    return [...new Set(Object.values(this.folders))];
  }

  async #remove(): Promise<void> {
    for (let round = 0; this.#paths.some(existsSync); round++) {
      for (const folder of this.#paths) removeFolder(folder);
      if (round === 200) throw new Error(`control group ${this.folders.memory} cannot be removed`);
      await sleep(10);
    }
  }
}

function removeFolder(folder: string): void {
  if (!existsSync(folder)) return;
  for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean))
    signalProcess(Number(pid), 'SIGKILL');
  try {
    rmdirSync(folder);
  } catch (error) {
    // What was in there is still on its way out.
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
  }
}

/** Has the root of version 2 let its children have controllers, as long as the laboratory is open. */
function handDownFromRoot(lab: Lab): void {
  for (const { path } of hierarchies()) {
    const missing = notHandedDown(path);
    handDown(path);
    lab.defer(() => {
      takeBack(path, missing);
      return Promise.resolve();
    });
  }
}

/** The folders of the group `name`, by controller. Throws, in words, when a controller is missing. */
function foldersFor(name: string): Record<Controller, string> {
  const found = hierarchies();
  const unified = found.find((hierarchy) => hierarchy.unified);
  const folderOf = (controller: Controller): string => {
    const own = found.find(({ options }) => options.split(',').includes(controller));
    const hierarchy = own ?? (unifiedControllers(found).includes(controller) ? unified : undefined);
    if (hierarchy === undefined) throw new Error(`there is no control group controller for ${controller}`);
    return join(hierarchy.path, name);
  };
  return { memory: folderOf('memory'), pids: folderOf('pids') };
}
