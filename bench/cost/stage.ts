import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Lab } from '../../lab/lab.js';
import { Namespace } from '../../lab/namespace.js';
import { Program } from '../../lab/program.js';
import { makeServiceAccount } from '../../test/support/fake-api-server.js';

/** Two hosts with so many cables between them. Nobody listens on them but who is measured: watching costs the watched. */
export class Stage {
  private constructor(
    readonly lab: Lab,
    readonly measured: Namespace,
    readonly other: Namespace,
    /** What the measured program sees as /run. */
    readonly folder: string,
    private readonly pod: Program,
  ) {}

  static async create(lab: Lab, interfaces: number): Promise<Stage> {
    const measured = await Namespace.create(lab, 'measured');
    const other = await Namespace.create(lab, 'other');
    for (let index = 0; index < interfaces; index++) await layCable(measured, other, index);
    for (const host of [measured, other]) await host.run(['nft', '-f', '-'], COUNTER);
    const folder = join(lab.directory, 'run');
    mkdirSync(folder);
    makeServiceAccount(folder, 'kube-vrrp');
    return new Stage(lab, measured, other, folder, await startPod(lab, measured, folder));
  }

  /** Starts a program on the measured host, in its pod, with nothing in between that would take time. */
  start(
    argv: readonly string[],
    environment: Readonly<Record<string, string>>,
    line: (text: string) => void,
  ): Promise<Program> {
    const enter = ['nsenter', '--target', String(this.pod.pid), '--net', '--mount', '--'];
    return this.#deferred(Program.start([...enter, ...argv], { environment, line }));
  }

  /** Starts a program on the other host. */
  startOther(argv: readonly string[], line: (text: string) => void): Promise<Program> {
    return this.#deferred(Program.start([...this.other.enter(), ...argv], { line }));
  }

  /** Adverts that have come in at a host until now. */
  async advertsAt(host: 'measured' | 'other'): Promise<number> {
    const text = await this[host].run(['nft', '-j', 'list', 'counter', 'inet', 'bench', 'adverts']);
    const { nftables } = JSON.parse(text) as { nftables: { counter?: { packets: number } }[] };
    return nftables.find(({ counter }) => counter !== undefined)?.counter?.packets ?? 0;
  }

  async #deferred(starting: Promise<Program>): Promise<Program> {
    const program = await starting;
    this.lab.defer(async () => {
      if (program.running) await program.kill();
    });
    return program;
  }
}

const COUNTER = `
table inet bench {
  counter adverts { }
  chain arriving {
    type filter hook prerouting priority 0
    ip protocol 112 counter name adverts
  }
}
`;

/** RFC 2544's range for benchmarks: 198.18.INDEX.0/24. */
async function layCable(measured: Namespace, other: Namespace, index: number): Promise<void> {
  const device = `eth${String(index)}`;
  await measured.ipBatch([`link add ${device} type veth peer name ${device} netns ${other.name}`]);
  for (const [host, number] of [
    [measured, 1],
    [other, 2],
  ] as const)
    await host.ipBatch([
      `addr add 198.18.${String(index)}.${String(number)}/24 dev ${device}`,
      `link set ${device} up`,
    ]);
}

/** A mount namespace where /run is `folder`, as a pod has one; exists for as long as the process that is returned. */
async function startPod(lab: Lab, host: Namespace, folder: string): Promise<Program> {
  let ready: () => void = () => undefined;
  const mounted = new Promise<void>((resolve) => (ready = resolve));
  const inside = `mount --bind ${folder} /run && echo mounted && exec sleep infinity`;
  const pod = await Program.start([...host.enter(), 'unshare', '--mount', 'sh', '-c', inside], {
    line: () => {
      ready();
    },
  });
  await Promise.race([
    mounted,
    pod.ended.then((how) => {
      throw new Error(`the mount namespace of the measured program was not made: ${String(how)}`);
    }),
  ]);
  lab.defer(() => pod.kill());
  return pod;
}
