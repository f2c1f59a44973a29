import { availableParallelism } from 'node:os';

import { Program } from '../lab/program.js';

/** Processes that take all the processor time they get, as other work of a host does. */
export class Burners {
  private constructor(private readonly programs: readonly Program[]) {}

  /** `nice`: 0 is ordinary work, 19 yields to everything. They die with this process. */
  static async start({ nice, count = availableParallelism() }: BurnerOptions): Promise<Burners> {
    const argv = [
      'setpriv',
      '--pdeathsig',
      'KILL',
      'nice',
      '-n',
      String(nice),
      'sh',
      '-c',
      'while :; do :; done',
    ];
    const programs: Program[] = [];
    for (let started = 0; started < count; started++) programs.push(await Program.start(argv));
    return new Burners(programs);
  }

  async stop(): Promise<void> {
    await Promise.all(this.programs.map((program) => program.kill()));
  }
}

export type BurnerOptions = Readonly<{
  nice: number;
  /** Default: one for each core. */
  count?: number;
}>;
