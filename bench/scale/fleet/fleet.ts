import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { Lab } from '../../../lab/lab.js';
import type { Access } from '../cluster/users.js';
import type { SimulatedNode } from '../workload.js';
import type { FleetFigures, FromFleet, ToFleet } from './messages.js';

const PROGRAM = fileURLToPath(new URL('main.ts', import.meta.url));

/** The process of the simulated agents, seen from the bench. */
export class Fleet {
  private constructor(private readonly child: ChildProcess) {}

  /** Resolves when every agent knows its VirtualRouters. */
  static async start(lab: Lab, access: Access, nodes: readonly SimulatedNode[]): Promise<Fleet> {
    const child = fork(PROGRAM, [], { execArgv: ['--import', import.meta.resolve('tsx')], stdio: 'inherit' });
    lab.defer(async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await ended;
    });
    const fleet = new Fleet(child);
    await fleet.#ask({ kind: 'start', access, nodes }, 'started');
    return fleet;
  }

  async figures(): Promise<FleetFigures> {
    return (await this.#ask({ kind: 'tell' }, 'figures')).figures;
  }

  /** See {@link ToFleet}. */
  move(virtualRouter: string, backAfter: number): void {
    this.child.send({ kind: 'move', virtualRouter, backAfter } satisfies ToFleet);
  }

  #ask<Kind extends FromFleet['kind']>(
    message: ToFleet,
    kind: Kind,
  ): Promise<Extract<FromFleet, { kind: Kind }>> {
    const { child } = this;
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        child.off('message', hear);
        child.off('exit', ended);
      };
      const hear = (answer: FromFleet): void => {
        if (answer.kind !== kind) return;
        settle();
        resolve(answer as Extract<FromFleet, { kind: Kind }>);
      };
      const ended = (): void => {
        settle();
        reject(new Error('the process of the simulated agents has ended'));
      };
      child.on('message', hear);
      child.once('exit', ended);
      child.send(message);
    });
  }
}
